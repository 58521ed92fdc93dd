// What the user has given, machine and settings, with their defaults; and what the core is asked with it.
import { shellWord } from './format.js';
import type { MachineDevice, PlanInputs } from './ggufit.js';

/** Cache types that llama-server takes for -ctk and -ctv. */
export const cache_types = ['f32', 'f16', 'bf16', 'q8_0', 'q5_1', 'q5_0', 'q4_1', 'q4_0', 'iq4_nl'] as const;
export type CacheType = (typeof cache_types)[number];

export const flash_attention = ['auto', 'on', 'off'] as const;
export type FlashAttention = (typeof flash_attention)[number];

/** Whose defaults the settings start from: those of the models.conf wrapper, or plain llama-server's. */
export const starting_points = ['wrapper', 'llama-server'] as const;
export type StartingPoint = (typeof starting_points)[number];

export interface Settings {
  defaults: StartingPoint;
  /** null: left to the defaults: the wrapper's 131,072, or as trained where that is less; llama-server's is as trained. */
  n_ctx: number | null;
  type_k: CacheType;
  type_v: CacheType;
  flash_attn: FlashAttention;
  n_batch: number;
  n_ubatch: number;
  /** −1: auto, which is 4 slots and a unified cache. */
  n_parallel: number;
  kv_unified: boolean;
  /** Margins of --fit: one figure for all devices, or one each. */
  fit_target_mib: number[];
  /** Whose rules hold, "b9460" or "2026-06-01"; empty: the newest known. No argument of llama-server, so not in links. */
  llama_cpp: string;
  /** More arguments for llama-server, as typed. */
  more: string;
}

/** A device in the list; one that is switched off stays there and takes no part in the plan. */
export interface GivenDevice extends MachineDevice {
  on?: boolean;
}

/** The machine format, with every field that the form has. */
export interface GivenMachine {
  name: string;
  devices: GivenDevice[];
  /** `memory` as people write it, "DDR5-6000 2ch"; a total of 0 and an empty text are not given. */
  ram: { total_mib: number; memory: string };
  calibration?: { decode?: number; prompt?: number };
}

export interface State {
  /** The machine that is planned for. */
  machine: GivenMachine;
  /** The others that are kept, by name. */
  machines: GivenMachine[];
  settings: Settings;
}

export const wrapper_ctx = 131072;

const wrapper_margins = [128, 1024];
const server_margin = 1024;

export function defaultSettings(defaults: StartingPoint = 'wrapper'): Settings {
  const common = { defaults, n_ctx: null, n_batch: 2048, n_ubatch: 512, kv_unified: false, llama_cpp: '', more: '' };
  return defaults === 'wrapper'
    ? { ...common, type_k: 'q8_0', type_v: 'q8_0', flash_attn: 'on', n_parallel: 1, fit_target_mib: [...wrapper_margins] }
    : { ...common, type_k: 'f16', type_v: 'f16', flash_attn: 'auto', n_parallel: -1, fit_target_mib: [server_margin] };
}

/** Two cards as the table of GPUs has them, in what llama.cpp prints of their memory. */
export function defaultMachine(): GivenMachine {
  return {
    name: 'My machine',
    devices: [
      {
        description: 'NVIDIA GeForce RTX 4090', backend: 'CUDA', total_mib: 24080, reserved_mib: 0, driver_mib: 500, compute_capability: '8.9',
        bandwidth_gb_s: 1008, fp16_tflops: 82.58, architecture: 'Ada Lovelace', pcie_gen: 4, pcie_lanes: 16,
      },
      {
        description: 'NVIDIA GeForce RTX 5070 Ti', backend: 'CUDA', total_mib: 15842, reserved_mib: 3500, driver_mib: 500, compute_capability: '12.0',
        bandwidth_gb_s: 896, architecture: 'Blackwell', pcie_gen: 5, pcie_lanes: 16,
      },
    ],
    ram: { total_mib: 65536, memory: '' },
  };
}

export function defaultState(): State {
  return { machine: defaultMachine(), machines: [], settings: defaultSettings() };
}

/** The settings as llama-server's arguments, over the wrapper's defaults. */
export function settingsWords(settings: Settings): string[] {
  const words: string[] = [];
  if (settings.n_ctx !== null) words.push('-c', `${settings.n_ctx}`);
  else if (settings.defaults === 'llama-server') words.push('-c', '0');
  words.push('-ctk', settings.type_k, '-ctv', settings.type_v, '-ub', `${settings.n_ubatch}`, '-np', `${settings.n_parallel}`);
  const n_batch = Math.max(settings.n_batch, settings.n_ubatch); // it bounds the micro-batch
  if (n_batch !== 2048) words.push('-b', `${n_batch}`);
  if (settings.flash_attn !== 'on') words.push('-fa', settings.flash_attn);
  if (settings.kv_unified) words.push('-kvu');
  const margins = settings.fit_target_mib.join(',');
  if (margins !== wrapper_margins.join(',')) words.push('-fitt', margins || `${server_margin}`);
  return words;
}

/** The machine as the core reads it, and as a machine file has it: without devices that are off and fields that are empty. */
export function machineInputs({ name, devices, ram, calibration }: GivenMachine): PlanInputs['machine'] {
  const memory = { ...(ram.total_mib > 0 ? { total_mib: ram.total_mib } : {}), ...(ram.memory ? { memory: ram.memory } : {}) };
  return {
    ...(name ? { name } : {}),
    devices: devices.filter(({ on }) => on !== false).map(({ on: _, ...device }) => device),
    ...(Object.keys(memory).length > 0 ? { ram: memory } : {}),
    ...(calibration ? { calibration } : {}),
  };
}

/** What tells llama-server of the RPC servers among the devices. */
function rpcWords({ devices }: GivenMachine): string[] {
  const remote = devices.filter(({ backend, on }) => backend === 'RPC' && on !== false).map(({ description = '' }) => description);
  const servers = [...new Set(remote.filter((server) => /^[\w.-]+:\d{1,5}$/.test(server)))];
  return servers.length > 0 ? ['--rpc', servers.join(',')] : [];
}

export function planInputs(state: State): PlanInputs {
  const words = [...settingsWords(state.settings), ...rpcWords(state.machine)];
  const { llama_cpp, more } = state.settings;
  return { machine: machineInputs(state.machine), arguments: words, command_line: more, ...(llama_cpp ? { llama_cpp } : {}) };
}

export function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** A version as typed, "b9460", "9460" or a day; nothing where it is none. */
export function parseVersion(text: string): string | null {
  const version = text.trim();
  if (version === '' || /^\d{4}-\d{2}-\d{2}$/.test(version)) return version;
  const [, build] = /^b?(\d{4,6})$/i.exec(version) ?? [];
  return build === undefined ? null : `b${build}`;
}

/** Margins as typed or as -fitt takes them, "128,1024"; nothing where they are no list of MiB. */
export function parseMargins(text: string): number[] | null {
  const margins = text.split(/[\s,]+/).filter(Boolean).map(Number);
  return margins.length > 0 && margins.length <= 64 && margins.every((mib) => isWhole(mib, 0, 2 ** 20)) ? margins : null;
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

/** Takes one option to its control; false where it has none. */
function applyOption(settings: Settings, name: string, value: string): boolean {
  const number = Number(value);
  const type = cache_types.find((known) => known === value);
  const flash = flash_attention.find((known) => known === value);
  const margins = parseMargins(value);
  if (name === '-c' && isWhole(number, 1, 2 ** 31 - 1)) settings.n_ctx = number;
  else if (name === '-ctk' && type) settings.type_k = type;
  else if (name === '-ctv' && type) settings.type_v = type;
  else if (name === '-fa' && flash) settings.flash_attn = flash;
  else if (name === '-b' && isWhole(number, 1, 2 ** 20)) settings.n_batch = number;
  else if (name === '-ub' && isWhole(number, 1, 2 ** 20)) settings.n_ubatch = number;
  else if (name === '-np' && isWhole(number, 1, 256)) settings.n_parallel = number;
  else if (name === '-kvu') settings.kv_unified = true;
  else if (name === '-fitt' && margins) settings.fit_target_mib = margins;
  else return false;
  return true;
}

/**
 * Takes over the arguments of an alternative, which say what differs from llama-server's defaults: those that have a
 * control go there, the others to the free text. `passed` are arguments of the plan that are not about memory: what
 * the user typed of them stays.
 */
export function applyArguments(settings: Settings, words: string[], passed: string[]): void {
  const { more: typed, defaults, llama_cpp } = settings;
  const more = groups(passed).filter((group) => typed.includes(group[0] ?? ''));
  Object.assign(settings, defaultSettings('llama-server'), { defaults, llama_cpp });
  for (const group of groups(words)) {
    const [name = '', value = ''] = group;
    if (!applyOption(settings, name, value)) more.push(group);
  }
  settings.more = more.flat().map(shellWord).join(' ');
}

/** The settings that a planning link's arguments say: over the wrapper's defaults. */
export function linkedSettings(words: string[]): Settings {
  const settings = defaultSettings();
  const more = groups(words).filter(([name = '', value = '']) => !applyOption(settings, name, value));
  settings.more = more.flat().map(shellWord).join(' ');
  return settings;
}

/** Arguments of a plan behind its model and its settings: samplers, --jinja and what else was passed through. */
export function passedArguments(all: string[], settings_words: string[]): string[] {
  const rest = all[0] === '-m' ? all.slice(2) : all;
  return settings_words.every((word, i) => rest[i] === word) ? rest.slice(settings_words.length) : [];
}
