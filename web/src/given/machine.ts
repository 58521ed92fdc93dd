// The machine as a form: its GPUs in llama.cpp's order, and the system memory.
import { byId, h, replaceChildren } from '../dom.js';
import { count, shortGpu } from '../format.js';
import type { GivenDevice, State } from '../state.js';
import { parseWhole } from './numbers.js';

export interface MachineActions {
  change: (devices: GivenDevice[]) => void;
}

function deviceButton(label: string, text: string, key: string, act: (() => void) | null): HTMLElement {
  return h('button.link', { type: 'button', 'aria-label': label, title: label, 'data-key': key, ...(act ? { onclick: act } : { disabled: true }) }, text);
}

function deviceRow(devices: GivenDevice[], i: number, actions: MachineActions): HTMLElement {
  const device = devices[i] as GivenDevice;
  const name = shortGpu(device.description ?? 'GPU');
  const swap = (other: number): (() => void) | null => {
    if (other < 0 || other >= devices.length) return null;
    return () => {
      const next = [...devices];
      [next[i], next[other]] = [next[other] as GivenDevice, next[i] as GivenDevice];
      actions.change(next);
    };
  };
  const reserve = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const reserved_mib = parseWhole(input.value, 0, device.total_mib ?? 0);
    input.setAttribute('aria-invalid', String(reserved_mib === null));
    if (reserved_mib !== null) actions.change(devices.map((old, j) => (j === i ? { ...old, reserved_mib } : old)));
  };
  const facts = [`${count(device.total_mib ?? 0)} MiB`];
  if (device.bandwidth_gb_s) facts.push(`${count(device.bandwidth_gb_s)} GB/s`);
  const input = h('input', {
    inputmode: 'numeric', maxlength: 7, value: device.reserved_mib ?? 0, 'data-key': `reserved ${i}`, onchange: reserve,
    'aria-label': `${name}: MiB reserved for display and other programs`,
  });
  return h(
    'li',
    {},
    h('div.row', {}, h('b', {}, name), h('span.device-buttons', {},
      deviceButton(`Move ${name} up`, '↑', `up ${i}`, swap(i - 1)),
      deviceButton(`Move ${name} down`, '↓', `down ${i}`, swap(i + 1)),
      deviceButton(`Remove ${name}`, 'Remove', `remove ${i}`, () => actions.change(devices.filter((_, j) => j !== i))))),
    h('div.row.quiet', {}, h('span', {}, facts.join(' · ')), h('label.reserved', {}, input, ' reserved')),
  );
}

/** The list of GPUs and the system memory. */
export function showMachine(state: State, actions: MachineActions): void {
  const { devices, ram: memory } = state.machine;
  const rows = devices.map((_, i) => deviceRow(devices, i, actions));
  replaceChildren(byId('devices'), ...(rows.length > 0 ? rows : [h('li.quiet', {}, 'No GPU: everything runs from system memory.')]));
  const ram = byId<HTMLInputElement>('ram');
  if (document.activeElement !== ram) ram.value = memory.total_mib > 0 ? String(Math.round((memory.total_mib / 1024) * 100) / 100) : '';
}
