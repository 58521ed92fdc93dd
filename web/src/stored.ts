// The place of what was given in localStorage: checked field by field, older shapes are read.
import { cache_types, defaultSettings, defaultState, flash_attention, isWhole, parseVersion, starting_points, type GivenDevice, type GivenMachine, type Settings, type State } from './state.js';

const key = 'ggufit/2';
/** Of the page's first version: {devices, ram_mib, settings}. */
const first_key = 'ggufit';
const most_devices = 64;
const most_machines = 50;
const most_mib = 2 ** 31;

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown, longest: number): value is string => typeof value === 'string' && value.length <= longest;
const isFactor = (value: unknown): value is number => typeof value === 'number' && value >= 0.1 && value <= 10;

function storedDevice(given: unknown): GivenDevice | null {
  if (!isFields(given) || !isWhole(given['total_mib'], 1, most_mib)) return null;
  const device: GivenDevice = { total_mib: given['total_mib'] };
  for (const name of ['name', 'description', 'backend', 'compute_capability', 'architecture'] as const) {
    const text = given[name];
    if (isText(text, 200)) device[name] = text;
  }
  for (const name of ['reserved_mib', 'driver_mib'] as const) {
    const number = given[name];
    if (isWhole(number, 0, device.total_mib ?? 0)) device[name] = number;
  }
  for (const name of ['bandwidth_gb_s', 'fp16_tflops', 'link_gb_s'] as const) {
    const number = given[name];
    if (typeof number === 'number' && number >= 0 && number <= 1e6) device[name] = number;
  }
  for (const name of ['pcie_gen', 'pcie_lanes'] as const) {
    const number = given[name];
    if (isWhole(number, 0, name === 'pcie_gen' ? 9 : 32)) device[name] = number;
  }
  if (typeof given['unified_memory'] === 'boolean') device.unified_memory = given['unified_memory'];
  if (given['on'] === false) device.on = false;
  return device;
}

/** A machine of the machine format as the form holds it; null where there is no list of devices. */
export function storedMachine(given: unknown): GivenMachine | null {
  if (!isFields(given) || !Array.isArray(given['devices'])) return null;
  const devices = given['devices'].slice(0, most_devices).map(storedDevice);
  const machine: GivenMachine = { name: '', devices: devices.filter((device) => device !== null), ram: { total_mib: 0, memory: '' } };
  if (isText(given['name'], 80)) machine.name = given['name'].trim();
  const ram = given['ram'];
  if (isFields(ram)) {
    if (isWhole(ram['total_mib'], 0, most_mib)) machine.ram.total_mib = ram['total_mib'];
    if (isText(ram['memory'], 100)) machine.ram.memory = ram['memory'];
  }
  const calibration = given['calibration'];
  if (isFields(calibration)) {
    const { decode, prompt } = calibration;
    const sound = { ...(isFactor(decode) ? { decode } : {}), ...(isFactor(prompt) ? { prompt } : {}) };
    if (Object.keys(sound).length > 0) machine.calibration = sound;
  }
  return machine;
}

function storedSettings(given: Fields): Settings {
  const settings = defaultSettings(starting_points.find((known) => known === given['defaults']));
  if (isWhole(given['n_ctx'], 1, 2 ** 31 - 1)) settings.n_ctx = given['n_ctx'];
  for (const name of ['type_k', 'type_v'] as const) {
    const type = cache_types.find((known) => known === given[name]);
    if (type) settings[name] = type;
  }
  const flash = flash_attention.find((known) => known === given['flash_attn']);
  if (flash) settings.flash_attn = flash;
  for (const name of ['n_batch', 'n_ubatch'] as const) {
    const number = given[name];
    if (isWhole(number, 1, 2 ** 20)) settings[name] = number;
  }
  if (isWhole(given['n_parallel'], -1, 256) && given['n_parallel'] !== 0) settings.n_parallel = given['n_parallel'];
  if (typeof given['kv_unified'] === 'boolean') settings.kv_unified = given['kv_unified'];
  const margins = given['fit_target_mib'];
  if (Array.isArray(margins) && margins.length > 0 && margins.length <= most_devices && margins.every((mib) => isWhole(mib, 0, 2 ** 20))) {
    settings.fit_target_mib = margins as number[];
  }
  if (isText(given['llama_cpp'], 20)) settings.llama_cpp = parseVersion(given['llama_cpp']) ?? '';
  if (isText(given['more'], 10000)) settings.more = given['more'];
  return settings;
}

/** A stored text as fields; what is no object of JSON is none. */
function read(name: string): Fields | null {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(name) ?? 'null');
    return isFields(stored) ? stored : null;
  } catch {
    return null;
  }
}

/** The first version's shape as today's. */
function converted(first: Fields): Fields {
  return { machine: { name: 'My machine', devices: first['devices'], ram: { total_mib: first['ram_mib'] } }, settings: first['settings'] };
}

/** The state of the last session, field by field where it is sound, the default elsewhere. */
export function loadState(): State {
  const state = defaultState();
  const first = read(first_key);
  const stored = read(key) ?? (first ? converted(first) : null);
  if (!stored) return state;
  state.machine = storedMachine(stored['machine']) ?? state.machine;
  if (state.machine.name === '') state.machine.name = 'My machine';
  if (Array.isArray(stored['machines'])) {
    const names = new Set([state.machine.name]);
    for (const machine of stored['machines'].slice(0, most_machines).map(storedMachine)) {
      if (!machine || machine.name === '' || names.has(machine.name)) continue;
      names.add(machine.name);
      state.machines.push(machine);
    }
  }
  if (isFields(stored['settings'])) state.settings = storedSettings(stored['settings']);
  return state;
}

export function saveState(state: State): void {
  try {
    localStorage.setItem(key, JSON.stringify(state));
    localStorage.removeItem(first_key);
  } catch {
    // Private windows and full storage: the session goes on without being remembered.
  }
}
