// The layer map: a cell a layer, its attention above and its experts below, coloured by device.
import { h } from '../dom.js';
import { mib, ranges } from '../format.js';
import type { LayerPlacement, Plan } from '../ggufit.js';
import { moveFocus } from './roving.js';
import { deviceName, splits } from './splits.js';

const device_looks = 6;

/** The class of a device's colour and pattern. */
export const lookOf = (device: number): string => (device < 0 ? 'dev-host' : `dev-${device % device_looks}`);

function words(plan: Plan, layer: LayerPlacement, i: number): string {
  const kind = plan.model.layers[i]?.attention;
  const attention = kind === 'recurrent' ? 'recurrent' : kind === 'sliding' ? 'sliding attention' : 'attention';
  const experts = layer.expert_bytes > 0 ? `, experts: ${deviceName(plan, layer.expert_device)}` : '';
  const bytes = mib(layer.weight_bytes + layer.cache_bytes);
  return `layer ${i}, ${attention}: ${deviceName(plan, layer.device)}${experts} · ${bytes} MiB`;
}

/** "CUDA0 0–11 · RAM 12–47" by the device that `which` gives for a layer. */
function summary(plan: Plan, which: (layer: LayerPlacement) => number | null): string {
  const by_device = new Map<number, number[]>();
  plan.layers.forEach((layer, i) => {
    const device = which(layer);
    if (device === null) return;
    by_device.set(device, [...(by_device.get(device) ?? []), i]);
  });
  return [...by_device.entries()].map(([device, layers]) => `${deviceName(plan, device)} ${ranges(layers)}`).join(' · ');
}

function cell(plan: Plan, layer: LayerPlacement, i: number, readout: HTMLElement): HTMLElement {
  const text = words(plan, layer, i);
  const show = (): void => readout.replaceChildren(text);
  const parts = layer.expert_bytes > 0 ? [lookOf(layer.device), lookOf(layer.expert_device)] : [lookOf(layer.device)];
  return h(
    'li.layer',
    { tabindex: i === 0 ? 0 : -1, 'aria-label': text, 'data-key': `layer ${i}`, onmouseenter: show, onfocus: show },
    ...parts.map((look) => h(`span.${look}`)),
  );
}

/** Nothing where the plan names no layers. */
export function layerMap(plan: Plan): HTMLElement | null {
  const { layers } = plan;
  if (layers.length === 0) return null;
  const has_experts = layers.some((layer) => layer.expert_bytes > 0);
  const rest = `0 to ${layers.length - 1}${has_experts ? ', attention above, experts below' : ''}`;
  const readout = h('span.bar-readout', { 'aria-hidden': 'true' }, rest);
  const hide = (): void => readout.replaceChildren(rest);
  const cells = layers.map((layer, i) => cell(plan, layer, i, readout));
  const map = h('ul.layer-map', { 'aria-label': 'Layers by device', onkeydown: moveFocus, onmouseleave: hide, onfocusout: hide }, ...cells);
  map.style.setProperty('--layers', String(layers.length));
  const used = [...new Set(layers.flatMap((layer) => [layer.device, layer.expert_device]))].sort((a, b) => (a < 0 ? 99 : a) - (b < 0 ? 99 : b));
  const key = h('ul.legend', { 'aria-hidden': 'true' }, ...used.map((device) => h('li', {}, h(`span.swatch.${lookOf(device)}`), deviceName(plan, device))));
  const attention = h('li', {}, h('b', {}, has_experts ? 'attention' : 'layers'), ` ${summary(plan, (layer) => layer.device)}`);
  const experts = has_experts && h('li', {}, h('b', {}, 'experts'), ` ${summary(plan, (layer) => (layer.expert_bytes > 0 ? layer.expert_device : null))}`);
  return h(
    'section.layers',
    { 'aria-labelledby': 'layers-heading' },
    h('div.row', {}, h('h2', { id: 'layers-heading' }, 'Layers'), readout),
    map,
    h('div.layer-words', {}, key, h('ul.runs', {}, attention, experts)),
    splits(plan),
  );
}
