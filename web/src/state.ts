// What the user has given: machine and settings, their defaults, and their place in localStorage.
import { shellWord } from './format.js';
import type { MachineDevice, PlanInputs } from './ggufit.js';

/** Cache types that llama-server takes for -ctk and -ctv. */
export const cache_types = ['f32', 'f16', 'bf16', 'q8_0', 'q5_1', 'q5_0', 'q4_1', 'q4_0', 'iq4_nl'] as const;
export type CacheType = (typeof cache_types)[number];

export interface Settings {
  /** null: left to the planner, which takes the wrapper's 131,072, or as trained where that is less. */
  n_ctx: number | null;
  type_k: CacheType;
  type_v: CacheType;
  n_ubatch: number;
  n_parallel: number;
  /** More arguments for llama-server, as typed. */
  more: string;
}

export interface State {
  devices: MachineDevice[];
  ram_mib: number;
  settings: Settings;
}

export const wrapper_ctx = 131072;
export const default_batch = 2048;

export function defaultSettings(): Settings {
  return { n_ctx: null, type_k: 'q8_0', type_v: 'q8_0', n_ubatch: 512, n_parallel: 1, more: '' };
}

export function defaultState(): State {
  return {
    devices: [
      { description: 'NVIDIA GeForce RTX 4090', backend: 'CUDA', total_mib: 24564, reserved_mib: 0, compute_capability: '8.9', bandwidth_gb_s: 1008 },
      { description: 'NVIDIA GeForce RTX 5070 Ti', backend: 'CUDA', total_mib: 16303, reserved_mib: 3500, compute_capability: '12.0', bandwidth_gb_s: 896 },
    ],
    ram_mib: 65536,
    settings: defaultSettings(),
  };
}

export function planInputs(state: State): PlanInputs {
  const { settings } = state;
  const words = settings.n_ctx === null ? [] : ['-c', `${settings.n_ctx}`];
  words.push('-ctk', settings.type_k, '-ctv', settings.type_v, '-ub', `${settings.n_ubatch}`, '-np', `${settings.n_parallel}`);
  if (settings.n_ubatch > default_batch) words.push('-b', `${settings.n_ubatch}`); // it bounds the micro-batch
  return {
    machine: { devices: state.devices, ...(state.ram_mib > 0 ? { ram: { total_mib: state.ram_mib } } : {}) },
    arguments: words,
    command_line: settings.more,
  };
}

const key = 'ggufit';
const most_devices = 16;

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function storedDevice(value: unknown): MachineDevice | null {
  if (typeof value !== 'object' || value === null) return null;
  const given = value as Record<string, unknown>;
  if (!isWhole(given['total_mib'], 1, 2 ** 31)) return null;
  const device: MachineDevice = { total_mib: given['total_mib'] };
  for (const name of ['description', 'backend', 'compute_capability', 'architecture'] as const) {
    const text = given[name];
    if (typeof text === 'string' && text.length < 200) device[name] = text;
  }
  for (const name of ['reserved_mib', 'driver_mib'] as const) {
    const number = given[name];
    if (isWhole(number, 0, 2 ** 31)) device[name] = number;
  }
  for (const name of ['bandwidth_gb_s', 'fp16_tflops', 'pcie_gen', 'pcie_lanes'] as const) {
    const number = given[name];
    if (typeof number === 'number') device[name] = number;
  }
  if (typeof given['unified_memory'] === 'boolean') device.unified_memory = given['unified_memory'];
  return device;
}

/** The state of the last session, field by field where it is sound, the default elsewhere. */
export function loadState(): State {
  const state = defaultState();
  let stored: Record<string, unknown>;
  try {
    stored = JSON.parse(localStorage.getItem(key) ?? '{}') as Record<string, unknown>;
  } catch {
    return state;
  }
  if (typeof stored !== 'object' || stored === null) return state;
  if (Array.isArray(stored['devices'])) {
    state.devices = stored['devices'].slice(0, most_devices).map(storedDevice).filter((device) => device !== null);
  }
  if (isWhole(stored['ram_mib'], 0, 2 ** 31)) state.ram_mib = stored['ram_mib'];
  const given = stored['settings'] as Record<string, unknown> | undefined;
  if (typeof given !== 'object' || given === null) return state;
  const settings = state.settings;
  if (isWhole(given['n_ctx'], 1, 2 ** 31 - 1)) settings.n_ctx = given['n_ctx'];
  for (const name of ['type_k', 'type_v'] as const) {
    const type = cache_types.find((known) => known === given[name]);
    if (type) settings[name] = type;
  }
  if (isWhole(given['n_ubatch'], 1, 2 ** 20)) settings.n_ubatch = given['n_ubatch'];
  if (isWhole(given['n_parallel'], 1, 256)) settings.n_parallel = given['n_parallel'];
  if (typeof given['more'] === 'string' && given['more'].length < 10000) settings.more = given['more'];
  return state;
}

export function saveState(state: State): void {
  try {
    localStorage.setItem(key, JSON.stringify(state));
  } catch {
    // Private windows and full storage: the session goes on without being remembered.
  }
}

/** Words by option: ["-ot", "a=CPU"], ["--jinja"]. */
function groups(words: string[]): string[][] {
  const all: string[][] = [];
  for (const word of words) {
    const last = all[all.length - 1];
    if (last && !/^-{1,2}[a-zA-Z]/.test(word)) last.push(word);
    else all.push([word]);
  }
  return all;
}

/** The planner's own defaults, which need not be said. */
const unsaid = new Set(['-fa on', '-fitt 128,1024']);

/**
 * Takes over the arguments of an alternative, which say what differs from llama-server's defaults: those that have a
 * control go there, the others to the free text. `passed` are arguments of the plan that are not about memory: what
 * the user typed of them stays.
 */
export function applyArguments(settings: Settings, words: string[], passed: string[]): void {
  const typed = settings.more;
  const more = groups(passed).filter((group) => typed.includes(group[0] ?? ''));
  Object.assign(settings, { n_ctx: null, type_k: 'f16', type_v: 'f16', n_ubatch: 512 });
  for (const group of groups(words)) {
    const [name = '', value = ''] = group;
    const number = Number(value);
    const type = cache_types.find((known) => known === value);
    if (name === '-c' && isWhole(number, 1, 2 ** 31 - 1)) settings.n_ctx = number;
    else if (name === '-ctk' && type) settings.type_k = type;
    else if (name === '-ctv' && type) settings.type_v = type;
    else if (name === '-ub' && isWhole(number, 1, 2 ** 20)) settings.n_ubatch = number;
    else if (name === '-np' && isWhole(number, 1, 256)) settings.n_parallel = number;
    else if (name !== '-b' && !unsaid.has(group.join(' '))) more.push(group);
  }
  settings.more = more.flat().map(shellWord).join(' ');
}

/** Arguments of a plan behind its model and its settings: samplers, --jinja and what else was passed through. */
export function passedArguments(all: string[], settings_words: string[]): string[] {
  const rest = all[0] === '-m' ? all.slice(2) : all;
  return settings_words.every((word, i) => rest[i] === word) ? rest.slice(settings_words.length) : [];
}
