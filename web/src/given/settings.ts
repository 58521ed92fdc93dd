// The settings as a form, each with what it costs now.
import { byId, h } from '../dom.js';
import { count, mib } from '../format.js';
import type { Plan } from '../ggufit.js';
import { cache_types, wrapper_ctx, type CacheType, type State } from '../state.js';
import { parseWhole } from './numbers.js';

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
