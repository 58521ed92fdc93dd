// The fields of one device: of a card in the list, of one that the table does not have, and of an RPC server.
import { h } from '../dom.js';
import type { GivenDevice } from '../state.js';
import { parseDecimal, parseMib } from './numbers.js';

const backends = [
  ['CUDA', 'CUDA (NVIDIA)'],
  ['ROCm', 'ROCm (AMD)'],
  ['Vulkan', 'Vulkan'],
  ['SYCL', 'SYCL (Intel)'],
  ['Metal', 'Metal (Apple)'],
  ['RPC', 'RPC server'],
] as const;

/** Usual networks and what they carry, in GB/s. */
export const links = [
  ['0.12', '1 GbE'],
  ['0.29', '2.5 GbE'],
  ['1.15', '10 GbE'],
  ['2.9', '25 GbE'],
  ['4.6', 'USB4, 40 GbE'],
  ['11', '100 GbE'],
] as const;

type Change = (patch: { [Name in keyof GivenDevice]?: GivenDevice[Name] | undefined }) => void;

interface TextField {
  label: string;
  name: string;
  value: string;
  hint?: string;
  list?: string;
  /** False where the text makes no sense: the field is marked and the device stays as it is. */
  set: (text: string) => boolean;
}

function textField(key: string, field: TextField): HTMLElement {
  const take = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    input.setAttribute('aria-invalid', String(!field.set(input.value.trim())));
  };
  const input = h('input', { value: field.value, maxlength: 200, spellcheck: 'false', 'data-key': `${key} ${field.name}`, onchange: take, placeholder: field.hint, list: field.list });
  return h('label.field', { class: `field field-${field.name}` }, h('span', {}, field.label), input);
}

/** Takes a number over a field; empty is left out. */
function number(text: string, least: number, most: number, set: (value: number | undefined) => void): boolean {
  if (text === '') {
    set(undefined);
    return true;
  }
  const value = parseDecimal(text);
  if (value === null || value < least || value > most) return false;
  set(value);
  return true;
}

function backendField(device: GivenDevice, key: string, change: Change): HTMLElement {
  const options = backends.map(([value, label]) => h('option', { value, selected: value === (device.backend ?? 'CUDA') }, label));
  // what a driver takes for itself depends on the backend: it is filled in anew
  const select = h('select', { 'data-key': `${key} backend`, onchange: (event) => change({ backend: (event.target as HTMLSelectElement).value, driver_mib: undefined }) }, ...options);
  return h('label.field', {}, h('span', {}, 'Runs with'), select);
}

/** Fields that tell `change` of each sound value. */
export function deviceForm(device: GivenDevice, key: string, change: Change): HTMLElement {
  const remote = device.backend === 'RPC';
  const cuda = (device.backend ?? 'CUDA') === 'CUDA';
  const fields: TextField[] = [
    {
      label: remote ? 'Server' : 'Name', name: 'name', value: device.description ?? '', hint: remote ? 'host:50052' : 'My card',
      set: (text) => text.length > 0 && (change({ description: text }), true),
    },
    {
      label: 'Memory, MiB', name: 'memory', value: device.total_mib ? String(device.total_mib) : '', hint: '24 GiB',
      set: (text) => {
        const total_mib = parseMib(text);
        if (total_mib === null) return false;
        change({ total_mib, reserved_mib: Math.min(device.reserved_mib ?? 0, total_mib) });
        return true;
      },
    },
    {
      label: 'Bandwidth, GB/s', name: 'bandwidth', value: device.bandwidth_gb_s ? String(device.bandwidth_gb_s) : '', hint: 'of its memory',
      set: (text) => number(text, 1, 1e6, (bandwidth_gb_s) => change({ bandwidth_gb_s })),
    },
  ];
  if (cuda) {
    fields.push({
      label: 'Compute capability', name: 'capability', value: device.compute_capability ?? '', hint: '8.9',
      set: (text) => (text === '' || /^\d{1,2}\.\d$/.test(text)) && (change({ compute_capability: text || undefined }), true),
    });
  }
  if (remote) {
    fields.push({
      label: 'Link, GB/s', name: 'link', value: device.link_gb_s ? String(device.link_gb_s) : '', hint: '1.15', list: 'links',
      set: (text) => number(text, 0.001, 1e4, (link_gb_s) => change({ link_gb_s })),
    });
  }
  const [name, ...rest] = fields.map((field) => textField(key, field));
  return h('div.device-form', {}, name, backendField(device, key, change), ...rest);
}
