// Where a plan's work changes the device: the boundaries, and what each hand-over costs.
import { h } from '../dom.js';
import { count, ranges } from '../format.js';
import type { Plan } from '../ggufit.js';

export function deviceName(plan: Plan, device: number): string {
  return device < 0 ? 'RAM' : (plan.devices[device]?.name ?? `device ${device}`);
}

interface Boundary {
  text: string;
  /** Splits of the graph that it makes: one a crossing. */
  crossings: number;
}

/** Layer after layer where attention goes on elsewhere, then layers whose experts lie elsewhere. */
export function boundaries(plan: Plan): Boundary[] {
  const { layers } = plan;
  const found: Boundary[] = [];
  layers.forEach((layer, i) => {
    const before = layers[i - 1];
    if (!before || before.device === layer.device) return;
    found.push({ text: `between layers ${i - 1} and ${i}: ${deviceName(plan, before.device)} → ${deviceName(plan, layer.device)}`, crossings: 1 });
  });
  const away = new Map<string, number[]>();
  layers.forEach((layer, i) => {
    if (layer.expert_bytes === 0 || layer.expert_device === layer.device) return;
    const way = `${deviceName(plan, layer.device)} → ${deviceName(plan, layer.expert_device)} → ${deviceName(plan, layer.device)}`;
    away.set(way, [...(away.get(way) ?? []), i]);
  });
  for (const [way, numbers] of away) {
    found.push({ text: `to the experts of ${numbers.length === 1 ? 'layer' : 'layers'} ${ranges(numbers)}: ${way}`, crossings: 2 * numbers.length });
  }
  return found;
}

/** Seconds that a token spends on hand-overs; null where they were not estimated. */
function handOverSeconds(plan: Plan): number | null {
  return plan.speed?.empty.parts.find((part) => part.name === 'handing over between devices')?.seconds ?? null;
}

function costs(plan: Plan): string {
  const seconds = handOverSeconds(plan);
  const { splits_decode = 0 } = plan.graph ?? {};
  if (seconds === null || !plan.speed || splits_decode < 2) return '';
  const each = (seconds / (splits_decode - 1)) * 1e6;
  const share = seconds * plan.speed.empty.decode_tokens_per_second * 100;
  return ` A hand-over costs about ${count(each)} µs, all of them ${(seconds * 1000).toFixed(1)} ms of each token: ${share.toFixed(0)} % of its time.`;
}

/** Nothing where the graph is not known. */
export function splits(plan: Plan): HTMLElement | null {
  if (!plan.graph) return null;
  const { splits_decode, splits_prompt } = plan.graph;
  const total = `${count(splits_decode)} graph ${splits_decode === 1 ? 'split' : 'splits'} for each token, ${count(splits_prompt)} for each batch of a prompt.`;
  const list = boundaries(plan);
  const items = list.map(({ text, crossings }) => h('li', {}, text, h('span.quiet', {}, ` · ${count(crossings)} ${crossings === 1 ? 'hand-over' : 'hand-overs'}`)));
  const seen = list.reduce((sum, boundary) => sum + boundary.crossings, 1);
  const rest = splits_decode - seen;
  if (rest > 0 && list.length > 0) items.push(h('li', {}, `${count(rest)} more: the input embeddings, which lie in RAM, and operations that go where their data is.`));
  const unsplit = list.length === 0 ? ' The work stays on one device.' : '';
  return h('div.splits', {}, h('p', {}, h('b', {}, total), unsplit, costs(plan)), items.length > 0 ? h('ul', {}, ...items) : null);
}
