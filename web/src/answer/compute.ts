// What the compute buffers are made of when they are largest, and which setting would shrink them.
import { h } from '../dom.js';
import { mib } from '../format.js';
import type { AliveTensor, ComputeExplanation, ComputePeak, Plan } from '../ggufit.js';
import { scroller } from './scroller.js';

const shown_from_bytes = 512 * 1024; // less rounds to no MiB

const deviceName = (name: string): string => (name === 'host' ? 'RAM' : name);

function aliveRow(tensor: AliveTensor): HTMLElement {
  const copies = tensor.count > 1 ? ` × ${tensor.count}` : '';
  const holds = tensor.meaning || tensor.ne.join(' × ');
  return h('tr', {}, h('th', { scope: 'row' }, h('code', {}, tensor.name), copies), h('td', {}, mib(tensor.bytes)), h('td.words', {}, `${holds}, ${tensor.type}`));
}

function plainRow(label: string, bytes: number): HTMLElement | null {
  return bytes < shown_from_bytes ? null : h('tr', {}, h('th', { scope: 'row' }, label), h('td', {}, mib(bytes)), h('td'));
}

function peakTable(peak: ComputePeak): HTMLElement {
  const alive = peak.alive.filter((tensor) => tensor.bytes >= shown_from_bytes);
  const smaller = peak.alive.filter((tensor) => tensor.bytes < shown_from_bytes).reduce((sum, tensor) => sum + tensor.bytes, peak.others_bytes);
  const body = h('tbody', {}, ...alive.map(aliveRow));
  for (const row of [plainRow('smaller ones', smaller), plainRow('gaps between them', peak.gaps_bytes)]) if (row) body.append(row);
  return h('table.peak', {}, h('caption', {}, h('b', {}, deviceName(peak.device)), ` ${mib(peak.bytes)} MiB`), body);
}

function levers(plan: Plan, explanation: ComputeExplanation): HTMLElement {
  if (explanation.levers.length === 0) return h('p.quiet', {}, 'No setting alone would shrink these buffers.');
  const names = [...plan.devices.map((device) => device.name), 'host'];
  const head = h('tr', {}, h('th', { scope: 'col' }, 'saves MiB'), ...names.map((name) => h('th', { scope: 'col' }, deviceName(name))));
  const rows = explanation.levers.map((lever) =>
    h('tr', {}, h('th', { scope: 'row' }, h('code', {}, lever.argument)), ...[...lever.saved_bytes, lever.host_saved_bytes].map((bytes) => h('td', {}, mib(bytes)))),
  );
  return h('table', {}, h('thead', {}, head), h('tbody', {}, ...rows));
}

/** Closed until somebody asks; filled in by the plan that comes then. None where the graph is not known. */
export function computeBuffers(plan: Plan, open: boolean): HTMLElement | null {
  if (!plan.graph) return null;
  const { explanation } = plan;
  const content = explanation
    ? [h('div.peaks', {}, ...explanation.peaks.map((peak) => scroller(`Compute buffer of ${deviceName(peak.device)}`, peakTable(peak)))), scroller('What would shrink the compute buffers', levers(plan, explanation))]
    : [h('p.quiet', {}, 'Counting …')];
  const details = h('details.compute-buffers', {}, h('summary', { 'data-key': 'compute buffers' }, 'What the compute buffers are made of'), ...content);
  if (open) details.setAttribute('open', '');
  return details;
}
