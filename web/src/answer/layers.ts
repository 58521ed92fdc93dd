// The layer map: a column a layer, its attention above and its experts below, coloured by device.
import { h } from '../dom.js';
import { mib, ranges } from '../format.js';
import type { LayerPlacement, Plan } from '../ggufit.js';

const device_looks = 6;

const lookOf = (device: number): string => (device < 0 ? 'dev-host' : `dev-${device % device_looks}`);

function nameOf(plan: Plan, device: number): string {
  return device < 0 ? 'RAM' : (plan.devices[device]?.name ?? `device ${device}`);
}

function words(plan: Plan, layer: LayerPlacement, i: number): string {
  const kind = plan.model.layers[i]?.attention;
  const attention = kind === 'recurrent' ? 'recurrent' : kind === 'sliding' ? 'sliding attention' : 'attention';
  const experts = layer.expert_bytes > 0 ? `, experts: ${nameOf(plan, layer.expert_device)}` : '';
  const bytes = mib(layer.weight_bytes + layer.cache_bytes);
  return `layer ${i}, ${attention}: ${nameOf(plan, layer.device)}${experts} · ${bytes} MiB`;
}

/** "CUDA0 0–11 · RAM 12–47" by the device that `which` gives for a layer. */
function summary(plan: Plan, which: (layer: LayerPlacement) => number | null): string {
  const by_device = new Map<number, number[]>();
  plan.layers.forEach((layer, i) => {
    const device = which(layer);
    if (device === null) return;
    by_device.set(device, [...(by_device.get(device) ?? []), i]);
  });
  return [...by_device.entries()].map(([device, layers]) => `${nameOf(plan, device)} ${ranges(layers)}`).join(' · ');
}

/** Nothing where the plan names no layers. */
export function layerMap(plan: Plan): HTMLElement | null {
  const { layers } = plan;
  if (layers.length === 0) return null;
  const has_experts = layers.some((layer) => layer.expert_bytes > 0);
  const rest = `0 to ${layers.length - 1}`;
  const readout = h('span.bar-readout', { 'aria-hidden': 'true' }, rest);
  const columns = layers.map((layer, i) => {
    const show = (): void => readout.replaceChildren(words(plan, layer, i));
    const bottom = layer.expert_bytes > 0 ? layer.expert_device : layer.device;
    return h('span.layer', { onmouseenter: show }, h(`span.${lookOf(layer.device)}`), h(`span.${lookOf(bottom)}`));
  });
  const map = h('div.layer-map', { 'aria-hidden': 'true', onmouseleave: () => readout.replaceChildren(rest) }, ...columns);
  map.style.setProperty('--layers', String(layers.length));
  const used = [...new Set(layers.flatMap((layer) => [layer.device, layer.expert_device]))].sort((a, b) => (a < 0 ? 99 : a) - (b < 0 ? 99 : b));
  const key = h('ul.legend', { 'aria-hidden': 'true' }, ...used.map((device) => h('li', {}, h(`span.swatch.${lookOf(device)}`), nameOf(plan, device))));
  const attention = h('li', {}, h('b', {}, has_experts ? 'attention' : 'layers'), ` ${summary(plan, (layer) => layer.device)}`);
  const experts = has_experts && h('li', {}, h('b', {}, 'experts'), ` ${summary(plan, (layer) => (layer.expert_bytes > 0 ? layer.expert_device : null))}`);
  return h(
    'section.layers',
    { 'aria-labelledby': 'layers-heading' },
    h('div.row', {}, h('h2', { id: 'layers-heading' }, 'Layers'), readout),
    map,
    h('div.layer-words', {}, key, h('ul.runs', {}, attention, experts)),
  );
}
