// What is given, as forms: the model's card, the machine and the settings, each with what it costs now.
import { byId, h, replaceChildren } from '../dom.js';
import { count, mib, shortGpu } from '../format.js';
import type { Fact, MachineDevice, Plan } from '../ggufit.js';
import { cache_types, wrapper_ctx, type CacheType, type State } from '../state.js';

/** The facts that the card shows without being opened, where the model has them. */
const first_facts = ['kind', 'parameters', 'active_parameters', 'layers', 'experts', 'file_bytes', 'bits_per_weight', 'n_ctx_train'];

/** The card of the open model. */
export function showModel(plan: Plan, facts_open: boolean): void {
  const { model } = plan;
  byId('model-section').hidden = false;
  const line = (fact: Fact, with_source: boolean): HTMLElement =>
    h('div', {}, h('dt', {}, fact.label), h('dd', { title: fact.source || undefined }, fact.value, with_source && fact.source ? h('span.source', {}, fact.source) : null));
  const is_first = (fact: Fact): boolean => first_facts.includes(fact.key);
  const first = model.facts.filter(is_first).map((fact) => line(fact, false));
  const more = h('details.more-facts', { 'data-key': 'facts' }, h('summary', { 'data-key': 'facts summary' }, 'All facts, and where they were read'), h('dl.facts', {}, ...model.facts.map((fact) => line(fact, true))));
  if (facts_open) more.setAttribute('open', '');
  replaceChildren(
    byId('model'),
    h('p.model-name', {}, h('b', {}, model.name), ' ', h('span.quiet', {}, model.quantization)),
    h('dl.facts', {}, ...first),
    more,
    h('p.cost', {}, 'Read from the header. The file stayed on this machine.'),
  );
}

export interface MachineActions {
  change: (devices: MachineDevice[]) => void;
}

function deviceButton(label: string, text: string, key: string, act: (() => void) | null): HTMLElement {
  return h('button.link', { type: 'button', 'aria-label': label, title: label, 'data-key': key, ...(act ? { onclick: act } : { disabled: true }) }, text);
}

function deviceRow(devices: MachineDevice[], i: number, actions: MachineActions): HTMLElement {
  const device = devices[i] as MachineDevice;
  const name = shortGpu(device.description ?? 'GPU');
  const swap = (other: number): (() => void) | null => {
    if (other < 0 || other >= devices.length) return null;
    return () => {
      const next = [...devices];
      [next[i], next[other]] = [next[other] as MachineDevice, next[i] as MachineDevice];
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
  const rows = state.devices.map((_, i) => deviceRow(state.devices, i, actions));
  replaceChildren(byId('devices'), ...(rows.length > 0 ? rows : [h('li.quiet', {}, 'No GPU: everything runs from system memory.')]));
  const ram = byId<HTMLInputElement>('ram');
  if (document.activeElement !== ram) ram.value = state.ram_mib > 0 ? String(Math.round((state.ram_mib / 1024) * 100) / 100) : '';
}

/** A whole number within bounds, with or without thousands' commas; "128k" is 131,072. */
export function parseWhole(text: string, least: number, most: number): number | null {
  const match = /^\s*([\d,]+)\s*(k)?\s*$/i.exec(text);
  if (!match) return null;
  const value = Number((match[1] ?? '').replaceAll(',', '')) * (match[2] ? 1024 : 1);
  return Number.isInteger(value) && value >= least && value <= most ? value : null;
}

/** Fills the lists of cache types, once. */
export function fillCacheTypes(): void {
  for (const id of ['type-k', 'type-v']) byId(id).append(...cache_types.map((type) => h('option', { value: type }, type)));
}

function setValue(id: string, value: string): void {
  const input = byId<HTMLInputElement>(id);
  if (document.activeElement === input) return;
  input.value = value;
  input.removeAttribute('aria-invalid');
}

/** The settings' controls, as the state has them. A field that is being typed into is left alone. */
export function showSettings(state: State, plan: Plan | null): void {
  const { settings } = state;
  const n_ctx_train = plan?.model.n_ctx_train;
  const n_ctx = settings.n_ctx ?? plan?.n_ctx ?? wrapper_ctx;
  const slider = byId<HTMLInputElement>('ctx-slider');
  slider.max = String(Math.max(n_ctx_train || wrapper_ctx, 2048));
  slider.value = String(n_ctx);
  slider.setAttribute('aria-valuetext', `${count(n_ctx)} tokens`);
  slider.style.setProperty('--at', `${Math.min(1, n_ctx / Number(slider.max)) * 100}%`);
  setValue('ctx-number', count(n_ctx));
  byId<HTMLSelectElement>('type-k').value = settings.type_k;
  byId<HTMLSelectElement>('type-v').value = settings.type_v;
  setValue('ubatch', String(settings.n_ubatch));
  setValue('slots', String(settings.n_parallel));
  setValue('more', settings.more);
}

/** Under each setting what it costs in the plan that is shown. */
export function showCosts(plan: Plan): void {
  const all = [...plan.devices, plan.host];
  const total = (field: 'context_bytes' | 'compute_bytes'): number => all.reduce((sum, device) => sum + device[field], 0);
  const trained = plan.model.n_ctx_train;
  const beyond = trained > 0 && plan.n_ctx > trained ? ', which this is beyond' : '';
  byId('ctx-cost').textContent = trained > 0 ? `Trained for ${count(trained)}${beyond}.` : '';
  byId('cache-cost').textContent = `The cache takes ${mib(total('context_bytes'))} MiB in all.`;
  byId('ubatch-cost').textContent = `Compute buffers take ${mib(total('compute_bytes'))} MiB in all${plan.approximate ? ', approximately' : ''}.`;
  byId('slots-cost').textContent = '';
}

/** Reads the settings' controls into the state. A field that makes no sense is marked and leaves its setting alone. */
export function readSettings(state: State, field: string): void {
  const { settings } = state;
  const text = (id: string): string => byId<HTMLInputElement>(id).value;
  const whole = (id: string, least: number, most: number, set: (value: number) => void): void => {
    const value = parseWhole(text(id), least, most);
    byId(id).setAttribute('aria-invalid', String(value === null));
    if (value !== null) set(value);
  };
  switch (field) {
    case 'ctx-slider':
      settings.n_ctx = Number(text('ctx-slider'));
      break;
    case 'ctx-number':
      whole('ctx-number', 1, 2 ** 31 - 1, (value) => (settings.n_ctx = value));
      break;
    case 'type-k':
      settings.type_k = text('type-k') as CacheType;
      break;
    case 'type-v':
      settings.type_v = text('type-v') as CacheType;
      break;
    case 'ubatch':
      whole('ubatch', 1, 2 ** 20, (value) => (settings.n_ubatch = value));
      break;
    case 'slots':
      whole('slots', 1, 256, (value) => (settings.n_parallel = value));
      break;
    case 'more':
      settings.more = text('more');
      break;
  }
}

