// The list of a machine's GPUs: which take part, in which order, what other programs hold of them.
import { h, replaceChildren } from '../dom.js';
import { count, shortGpu } from '../format.js';
import type { GivenDevice } from '../state.js';
import { deviceForm } from './device_form.js';
import { parseWhole } from './numbers.js';

export interface DeviceActions {
  change: (devices: GivenDevice[]) => void;
  /** Opens the fields of a device, or closes them (−1). */
  edit: (position: number) => void;
}

/** "CUDA0", as llama.cpp counts the devices that take part; "off" for others. */
export function deviceNames(devices: GivenDevice[]): string[] {
  const seen = new Map<string, number>();
  return devices.map(({ backend = 'CUDA', on }) => {
    if (on === false) return 'off';
    const n = seen.get(backend) ?? 0;
    seen.set(backend, n + 1);
    return `${backend === 'Metal' ? 'MTL' : backend}${n}`;
  });
}

export function moved<T>(list: T[], from: number, to: number): T[] {
  const next = [...list];
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}

/** Follows a pointer from a handle over the rows, and tells where it was let go. */
function drag(event: PointerEvent, from: number, drop: (to: number) => void): void {
  const handle = event.currentTarget as HTMLElement;
  const row = handle.closest('li');
  const list = row?.parentElement;
  if (!row || !list || event.button !== 0) return;
  handle.setPointerCapture(event.pointerId);
  const rows = [...list.children] as HTMLElement[];
  let to = from;
  const move = ({ clientY }: PointerEvent): void => {
    const above = rows.filter((other, i) => i !== from && other.getBoundingClientRect().top + other.offsetHeight / 2 < clientY).length;
    to = above;
    row.classList.add('dragged');
    for (const [i, other] of rows.entries()) {
      other.classList.toggle('drop-above', i !== from && to < from && i === to);
      other.classList.toggle('drop-below', i !== from && to > from && i === to);
    }
  };
  const end = (given: Event): void => {
    for (const [name, act] of Object.entries({ pointermove: move, pointerup: end, pointercancel: end, lostpointercapture: end })) handle.removeEventListener(name, act as EventListener);
    for (const other of rows) other.classList.remove('dragged', 'drop-above', 'drop-below');
    if (given.type === 'pointerup' && to !== from) drop(to);
  };
  handle.addEventListener('pointermove', move);
  handle.addEventListener('pointerup', end);
  handle.addEventListener('pointercancel', end);
  handle.addEventListener('lostpointercapture', end);
}

function button(label: string, text: string, key: string, act: (() => void) | null, more: Record<string, string> = {}): HTMLElement {
  return h('button.link', { type: 'button', 'aria-label': label, title: label, 'data-key': key, ...more, ...(act ? { onclick: act } : { disabled: true }) }, text);
}

function facts(device: GivenDevice): string {
  const all = [`${count(device.total_mib ?? 0)} MiB`];
  if (device.bandwidth_gb_s) all.push(`${count(device.bandwidth_gb_s)} GB/s`);
  if (device.backend === 'RPC' && device.link_gb_s) all.push(`${device.link_gb_s} GB/s link`);
  if (device.reserved_mib === undefined && device.free_mib !== undefined) all.push(`${count(device.free_mib)} free`);
  return all.join(' · ');
}

function row(devices: GivenDevice[], i: number, name: string, editing: number, actions: DeviceActions): HTMLElement {
  const device = devices[i] as GivenDevice;
  const title = shortGpu(device.description ?? 'GPU');
  const move = (to: number): (() => void) | null => (to < 0 || to >= devices.length ? null : () => actions.change(moved(devices, i, to)));
  const set = (patch: object): void => {
    const next = { ...device, ...patch } as Record<string, unknown>;
    for (const key of Object.keys(next)) if (next[key] === undefined) delete next[key];
    actions.change(devices.map((old, j) => (j === i ? (next as GivenDevice) : old)));
  };
  const reserve = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const reserved_mib = parseWhole(input.value, 0, device.total_mib ?? 0);
    input.setAttribute('aria-invalid', String(reserved_mib === null));
    if (reserved_mib !== null) set({ reserved_mib });
  };
  const handle = h('button.handle', {
    type: 'button', 'data-key': `handle ${i}`, title: 'Drag, or use the arrow keys, to change the order',
    'aria-label': `${title}, ${name}: place ${i + 1} of ${devices.length}. Arrow keys move it.`,
    onpointerdown: (event) => drag(event as PointerEvent, i, (to) => move(to)?.()),
    onkeydown: (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[(event as KeyboardEvent).key];
      if (step === undefined) return;
      event.preventDefault();
      move(i + step)?.();
      document.querySelector<HTMLElement>(`[data-key="handle ${Math.min(Math.max(i + step, 0), devices.length - 1)}"]`)?.focus();
    },
  }, name);
  const on = h('input', { type: 'checkbox', checked: device.on !== false, 'data-key': `on ${i}`, 'aria-label': `Use ${title}`, title: `Use ${title}`, onchange: (event) => set({ on: (event.target as HTMLInputElement).checked ? undefined : false }) });
  const reserved = h('input', { inputmode: 'numeric', maxlength: 7, value: device.reserved_mib ?? 0, 'data-key': `reserved ${i}`, onchange: reserve, 'aria-label': `${title}: MiB reserved for display and other programs` });
  return h(
    'li', { class: device.on === false ? 'device off' : 'device' },
    h('div.row', {}, h('span.device-name', {}, on, handle, h('b', {}, title)), h('span.device-buttons', {},
      button(`Edit ${title}`, editing === i ? 'Done' : 'Edit', `edit ${i}`, () => actions.edit(editing === i ? -1 : i), { 'aria-expanded': String(editing === i) }),
      button(`Remove ${title}`, 'Remove', `remove ${i}`, () => actions.change(devices.filter((_, j) => j !== i))))),
    h('div.row.quiet', {}, h('span', {}, facts(device)), h('label.reserved', {}, reserved, ' reserved')),
    editing !== i ? null : h('div', {}, deviceForm(device, `device ${i}`, set), h('div.links', {},
      button(`Move ${title} up`, 'Move up', `up ${i}`, move(i - 1)),
      button(`Move ${title} down`, 'Move down', `down ${i}`, move(i + 1)))),
  );
}

export function showDevices(list: HTMLElement, devices: GivenDevice[], editing: number, actions: DeviceActions): void {
  const names = deviceNames(devices);
  const rows = devices.map((_, i) => row(devices, i, names[i] ?? '', editing, actions));
  replaceChildren(list, ...(rows.length > 0 ? rows : [h('li.quiet', {}, 'No GPU: everything runs from system memory.')]));
}
