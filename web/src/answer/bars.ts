// A bar per device, made of its named parts: GPUs to one scale, system memory to its own.
import { h } from '../dom.js';
import { count, mib, shortGpu } from '../format.js';
import type { Part, Plan, PlanDevice } from '../ggufit.js';
import { part_looks, partLook } from './parts.js';
import { moveFocus } from './roving.js';
import { scroller } from './scroller.js';

const sum = (parts: Part[]): number => parts.reduce((total, part) => total + part.bytes, 0);

/** Parts with bytes; "free" is what is left of the total where the parts leave some. */
export function shownParts(device: PlanDevice): Part[] {
  const parts = device.parts.filter((part) => part.bytes > 0 && part.name !== 'free');
  const free = device.total_bytes - sum(parts);
  return free > 0 ? [...parts, { name: 'free', bytes: free }] : parts;
}

/** What a bar spans: the device, or what was planned for it where that is more. */
export const span = (device: PlanDevice): number => Math.max(device.total_bytes, sum(shownParts(device)));

export function totals(device: PlanDevice): string {
  const used = sum(device.parts.filter((part) => part.name !== 'free'));
  if (device.total_bytes === 0) return `${mib(used)} MiB`;
  const whole = `${mib(used)} of ${mib(device.total_bytes)} MiB`;
  if (device.headroom_bytes < 0) return `${whole} · ${mib(-device.headroom_bytes)} too many`;
  return `${whole} · ${mib(device.headroom_bytes)} free`;
}

function segment(device: PlanDevice, part: Part, first: boolean, readout: HTMLElement): HTMLElement {
  const look = partLook(part.name);
  const share = Math.round((part.bytes / span(device)) * 100);
  const words = `${look.label}: ${mib(part.bytes)} MiB, ${share} %`;
  const show = (): void => readout.replaceChildren(words);
  const hide = (): void => readout.replaceChildren(totals(device));
  const element = h(
    'li',
    {
      class: `part part-${look.name}`,
      tabindex: first ? 0 : -1,
      'data-key': `bar ${device.name} ${part.name}`,
      onmouseenter: show,
      onmouseleave: hide,
      onfocus: show,
      onblur: hide,
    },
    h('span.part-label', {}, look.label),
    h('span.sr', {}, words.slice(look.label.length)),
  );
  element.style.flexGrow = String(part.bytes);
  return element;
}

function bar(device: PlanDevice, scale: number): HTMLElement {
  const readout = h('span.bar-readout', {}, totals(device));
  const parts = shownParts(device);
  const segments = parts.map((part, i) => segment(device, part, i === 0, readout));
  const list = h('ul.bar', { 'aria-label': `${device.name}: ${totals(device)}`, onkeydown: moveFocus }, ...segments);
  const frame = h('div.bar-frame', {}, list);
  frame.style.width = `${(span(device) / scale) * 100}%`;
  if (device.total_bytes > 0 && span(device) > device.total_bytes) {
    const limit = h('span.bar-limit', { 'aria-hidden': 'true' });
    limit.style.left = `${(device.total_bytes / span(device)) * 100}%`;
    frame.append(limit);
  }
  const is_host = device.name === 'host';
  const name = h('span.bar-name', {}, h('b', {}, is_host ? 'RAM' : device.name), ' ');
  name.append(is_host ? h('span.quiet', {}, 'own scale') : shortGpu(device.description));
  if (!is_host && !device.used) name.append(h('span.quiet', {}, ' · not used'));
  return h('div.device-bar', {}, h('div.row', {}, name, readout), frame);
}

function legend(devices: PlanDevice[]): HTMLElement {
  const present = part_looks.filter((look) => devices.some((device) => shownParts(device).some((part) => part.name === look.name)));
  return h(
    'ul.legend',
    { 'aria-hidden': 'true' },
    ...present.map((look) => h('li', {}, h(`span.swatch.part-${look.name}`), look.label)),
  );
}

function table(devices: PlanDevice[]): HTMLElement {
  const rows = part_looks.filter((look) => devices.some((device) => shownParts(device).some((part) => part.name === look.name)));
  const cell = (device: PlanDevice, name: string): string => {
    const part = shownParts(device).find((candidate) => candidate.name === name);
    return part ? mib(part.bytes) : '–';
  };
  const head = h('tr', {}, h('th', { scope: 'col' }, 'MiB'), ...devices.map((d) => h('th', { scope: 'col' }, d.name === 'host' ? 'RAM' : d.name)));
  const body = rows.map((look) => h('tr', {}, h('th', { scope: 'row' }, look.label), ...devices.map((d) => h('td', {}, cell(d, look.name)))));
  const layers = h('tr', {}, h('th', { scope: 'row' }, 'layers'), ...devices.map((d) => h('td', {}, count(d.n_layers))));
  return h(
    'details.as-table',
    {},
    h('summary', { 'data-key': 'bars table' }, 'As a table'),
    scroller('Parts by device', h('table', {}, h('thead', {}, head), h('tbody', {}, ...body, layers))),
  );
}

/** The bars of a plan with their legend, the same as a table, and `more` about them. */
export function bars(plan: Plan, table_open: boolean, more: HTMLElement | null): HTMLElement {
  const scale = Math.max(...plan.devices.map(span), 1);
  const all = [...plan.devices, plan.host];
  const details = table(all);
  if (table_open) details.setAttribute('open', '');
  return h('section.bars', { 'aria-label': 'Memory by device' },
    ...plan.devices.map((device) => bar(device, scale)),
    bar(plan.host, Math.max(span(plan.host), 1)),
    legend(all),
    details,
    more ?? '',
  );
}
