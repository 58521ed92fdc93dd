// The settings as a form: what stands in its controls, and what is read from them.
import { byId, h } from '../dom.js';
import { count } from '../format.js';
import type { Plan } from '../ggufit.js';
import {
  cache_types, defaultSettings, flash_attention, parseMargins, parseVersion, wrapper_ctx, type CacheType, type FlashAttention, type Settings, type StartingPoint, type State,
} from '../state.js';
import { showContextSlider, sliderContext } from './context_slider.js';
import { parseWhole } from './numbers.js';

/** Fills the lists of values, once. */
export function fillCacheTypes(): void {
  const fill = (id: string, values: readonly string[]): void => byId(id).append(...values.map((value) => h('option', { value }, value)));
  for (const id of ['type-k', 'type-v']) fill(id, cache_types);
  fill('flash-attn', flash_attention);
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
  const n_ctx = settings.n_ctx ?? plan?.n_ctx ?? wrapper_ctx;
  showContextSlider(n_ctx, plan, settings);
  setValue('defaults', settings.defaults);
  setValue('ctx-number', count(n_ctx));
  setValue('type-k', settings.type_k);
  setValue('type-v', settings.type_v);
  setValue('flash-attn', settings.flash_attn);
  setValue('batch', String(settings.n_batch));
  setValue('ubatch', String(settings.n_ubatch));
  setValue('slots', settings.n_parallel < 0 ? 'auto' : String(settings.n_parallel));
  const unified = byId<HTMLInputElement>('unified');
  unified.checked = settings.kv_unified || settings.n_parallel < 0;
  unified.disabled = settings.n_parallel < 0; // 4 slots on a cache that they share
  setValue('margins', settings.fit_target_mib.join(', '));
  setValue('llama-cpp', settings.llama_cpp);
  setValue('more', settings.more);
}

/** Settings of the other starting point; the build and what was typed as more arguments stay. */
export function startFrom(settings: Settings, defaults: StartingPoint): void {
  Object.assign(settings, defaultSettings(defaults), { llama_cpp: settings.llama_cpp, more: settings.more });
}

/** Reads one of the settings' controls into the state. A field that makes no sense is marked and leaves its setting alone. */
export function readSettings(state: State, field: string): void {
  const { settings } = state;
  const text = (): string => byId<HTMLInputElement>(field).value;
  const take = <T>(value: T | null, set: (value: T) => void): void => {
    byId(field).setAttribute('aria-invalid', String(value === null));
    if (value !== null) set(value);
  };
  const readers: Record<string, () => void> = {
    'ctx-slider': () => (settings.n_ctx = sliderContext()),
    'ctx-number': () => take(parseWhole(text(), 1, 2 ** 31 - 1), (value) => (settings.n_ctx = value)),
    'type-k': () => (settings.type_k = text() as CacheType),
    'type-v': () => (settings.type_v = text() as CacheType),
    'flash-attn': () => (settings.flash_attn = text() as FlashAttention),
    batch: () => take(parseWhole(text(), 1, 2 ** 20), (value) => (settings.n_batch = value)),
    ubatch: () => take(parseWhole(text(), 1, 2 ** 20), (value) => (settings.n_ubatch = value)),
    slots: () => take(/^\s*(auto|-1)\s*$/i.test(text()) ? -1 : parseWhole(text(), 1, 256), (value) => (settings.n_parallel = value)),
    unified: () => (settings.kv_unified = byId<HTMLInputElement>('unified').checked),
    margins: () => take(parseMargins(text()), (value) => (settings.fit_target_mib = value)),
    defaults: () => startFrom(settings, text() as StartingPoint),
    'llama-cpp': () => take(parseVersion(text()), (value) => (settings.llama_cpp = value)),
    more: () => (settings.more = text()),
  };
  readers[field]?.();
}
