// The machine as a form, put together from its parts: which machine, its GPUs, what can be added, system memory.
import { byId, h, replaceChildren } from '../dom.js';
import { shortGpu } from '../format.js';
import type { GpuPreset, Listing, Machine } from '../ggufit.js';
import { takeMachine } from '../link.js';
import { notice, said, sentence } from '../notice.js';
import { changed, engine } from '../planning.js';
import type { GivenDevice, GivenMachine } from '../state.js';
import { store } from '../store.js';
import { combobox } from './combobox.js';
import { deviceForm, links } from './device_form.js';
import { showDevices } from './devices.js';
import { presetDetail, searchGpus, splitCount } from './gpu_search.js';
import { freeName, showMachines, use } from './machines.js';
import { parseDecimal } from './numbers.js';
import { givenDevice, machineOf, openPaste, startPaste } from './paste.js';

/** Kinds of system memory that are common. Any other text is read too. */
const memory_kinds = [
  'DDR4-3200 2ch', 'DDR4-3200 4ch', 'DDR4-3200 8ch', 'DDR5-4800 2ch', 'DDR5-5600 2ch', 'DDR5-6000 2ch', 'DDR5-6400 2ch', 'DDR5-4800 8ch',
  'DDR5-4800 12ch', 'DDR5-6000 12ch', 'LPDDR5X-7500 128-bit', 'LPDDR5X-8000 256-bit',
];
const not_listed = '\u0000not listed';

/** How the form is looked at: no part of the state. */
const view = { editing: -1, managing: false, draft: null as GivenDevice | null };
let presets: GpuPreset[] = [];

function machineChanged(): void {
  showMachine();
  changed();
}

function setDevices(devices: GivenDevice[]): void {
  const edited = store.state.machine.devices[view.editing];
  store.state.machine.devices = devices;
  // the fields follow the device, which may have been changed in its place
  const moved = edited ? devices.indexOf(edited) : -1;
  if (moved >= 0) view.editing = moved;
  else if (view.editing >= devices.length) view.editing = -1;
  machineChanged();
}

function addDevices(machine: Machine): void {
  setDevices([...store.state.machine.devices, ...machine.devices.map(givenDevice)]);
}

function setMachine(machine: GivenMachine, beside: boolean): void {
  const { state } = store;
  if (beside) use(state, { ...machine, name: freeName(state, machine.name || 'Pasted machine') });
  else state.machine = { ...machine, name: state.machine.name };
  view.editing = -1;
  machineChanged();
}

/** Plans for the machine of a file that was dropped or picked; the one before is kept. */
export function takeMachineFile(listing: Listing, file: string): void {
  const { state } = store;
  takeMachine(state, machineOf(listing, state.machine), file.replace(/\.\w+$/, '').slice(0, 60) || 'Dropped machine');
  view.editing = -1;
  machineChanged();
  const { devices, ram } = state.machine;
  const gpus = devices.map(({ description }) => shortGpu(description ?? 'GPU')).join(', ') || 'no GPU';
  const notes = listing.notes.map(({ text, remedy }) => ` ${text} ${remedy}`).join('');
  said(`${file} is the machine now: ${gpus}, ${Math.round(ram.total_mib / 1024)} GiB of system memory.${notes}`);
}

// --- adding ----------------------------------------------------------------------------------------------------------

const nameInput = (): HTMLInputElement => byId<HTMLInputElement>('gpu-name');

async function add(text: string): Promise<void> {
  const error = byId('gpu-error');
  if (text.trim() === '') return nameInput().focus();
  const { n, name } = splitCount(text);
  const preset = presets.find((known) => known.name === name);
  try {
    const shared = preset?.unified_memory && preset.vram_mib === 0;
    const found = shared ? { ...(await sharedGpu(preset.name, n)), notes: [] } : await engine.parseGpu(text);
    addDevices(found);
    error.textContent = '';
    byId('gpu-note').textContent = found.notes.map((note) => `${note.text.replace(/^--gpu /, '')} ${note.remedy}`).join(' ');
    nameInput().value = '';
    nameInput().dispatchEvent(new Event('input')); // the list of suggestions follows
  } catch (thrown) {
    byId('gpu-note').textContent = '';
    error.textContent = sentence(thrown);
  }
  nameInput().focus();
}

/** A GPU in the system's memory: how much it may take of that follows from its size. */
async function sharedGpu(gpu: string, n: number): Promise<Machine> {
  const { total_mib } = store.state.machine.ram;
  const devices = Array.from({ length: n }, () => ({ gpu }));
  return (await engine.parseListing(JSON.stringify({ devices, ...(total_mib > 0 ? { ram: { total_mib } } : {}) }))).machine;
}

function choose(name: string): void {
  const input = nameInput();
  if (name === not_listed) return openDraft({ description: splitCount(input.value).name, backend: 'CUDA' });
  const { n } = splitCount(input.value);
  void add(n > 1 ? `${n}x ${name}` : name);
}

function openDraft(device: GivenDevice): void {
  view.draft = device;
  nameInput().value = byId('gpu-note').textContent = '';
  byId('gpu-error').textContent = '';
  showDraft();
  byId('draft').querySelector<HTMLInputElement>('input')?.focus();
}

/** The form of a card that the table does not have, or of an RPC server. */
function showDraft(): void {
  const { draft } = view;
  if (!draft) return replaceChildren(byId('draft'));
  const error = h('p.field-error', { role: 'status' });
  const done = (): void => {
    view.draft = null;
    showDraft();
    nameInput().focus();
  };
  const take = (): void => {
    const { description, total_mib } = draft;
    if (!description || !total_mib) {
      error.textContent = draft.backend === 'RPC' ? 'Say where the server is and how much memory it offers.' : 'Say what it is called and how much memory it has.';
      return;
    }
    setDevices([...store.state.machine.devices, draft]);
    done();
  };
  const change = (patch: object): void => {
    const before = draft.backend;
    Object.assign(draft, patch);
    if (draft.backend !== before) showDraft(); // other backends have other fields
  };
  replaceChildren(byId('draft'), h('form.draft', {
    'aria-label': draft.backend === 'RPC' ? 'RPC server' : 'GPU that is not listed',
    onsubmit: (event) => {
      event.preventDefault();
      take();
    },
    onkeydown: (event) => (event as KeyboardEvent).key === 'Escape' && done(),
  }, deviceForm(draft, 'draft', change), error, h('div.links', {}, h('button.button', { type: 'submit' }, 'Add it'), h('button.link', { type: 'button', onclick: done }, 'Cancel'))));
}

// --- the whole -------------------------------------------------------------------------------------------------------

function showMemory(): void {
  const { total_mib, memory } = store.state.machine.ram;
  const set = (id: string, value: string): void => {
    const input = byId<HTMLInputElement>(id);
    if (document.activeElement !== input) input.value = value;
  };
  set('ram', total_mib > 0 ? String(Math.round((total_mib / 1024) * 100) / 100) : '');
  set('ram-kind', memory);
}

/** Shows the machine that is planned for. */
export function showMachine(): void {
  const { state } = store;
  showMachines(byId('machines'), state, view.managing, {
    changed: () => {
      view.editing = -1;
      machineChanged();
    },
    manage: (open) => {
      view.managing = open;
      showMachine();
    },
    openFile: (file) => void openFile(file),
  });
  showDevices(byId('devices'), state.machine.devices, view.editing, {
    change: setDevices,
    edit: (position) => {
      view.editing = position;
      showMachine();
    },
  });
  showMemory();
}

async function openFile(file: File): Promise<void> {
  if (file.size > 2 ** 20) notice(`${file.name} is larger than a machine file or a list of GPUs is.`);
  else openPaste(await file.text());
}

function listenToMemory(): void {
  const ram = byId<HTMLInputElement>('ram');
  ram.addEventListener('input', () => {
    const gib = ram.value.trim() === '' ? 0 : parseDecimal(ram.value);
    const sound = gib !== null && gib <= 2 ** 20;
    ram.setAttribute('aria-invalid', String(!sound));
    if (!sound) return;
    store.state.machine.ram.total_mib = Math.round(gib * 1024);
    changed();
  });
  const kind = byId<HTMLInputElement>('ram-kind');
  kind.addEventListener('change', async () => {
    try {
      const { total_mib, memory } = kind.value.trim() === '' ? { total_mib: 0, memory: '' } : await engine.parseRam(kind.value);
      const before = store.state.machine.ram;
      store.state.machine.ram = { total_mib: total_mib || before.total_mib, memory };
      byId('ram-error').textContent = '';
      kind.value = memory;
      machineChanged();
    } catch (thrown) {
      byId('ram-error').textContent = sentence(thrown);
    }
  });
  byId('ram-kinds').append(...memory_kinds.map((value) => h('option', { value })));
  byId('links').append(...links.map(([value, label]) => h('option', { value }, label)));
}

/** The table of GPUs, for suggestions; it comes with the core. */
export function setPresets(known: GpuPreset[]): void {
  presets = known;
  if (document.activeElement === nameInput()) nameInput().dispatchEvent(new Event('input'));
}

/** Makes the machine's form work, once. */
export function startMachine(): void {
  byId('add-gpu').addEventListener('submit', (event) => {
    event.preventDefault();
    void add(nameInput().value);
  });
  combobox(nameInput(), byId('gpu-options'), {
    suggest: (text) => {
      if (text.trim() === '') return [];
      const found = searchGpus(presets, text).map((preset) => ({ label: preset.name, detail: presetDetail(preset), value: preset.name }));
      return [...found, { label: 'My GPU is not listed', detail: 'describe it', value: not_listed }];
    },
    choose,
  });
  byId('own-gpu').addEventListener('click', () => openDraft({ backend: 'CUDA' }));
  byId('add-rpc').addEventListener('click', () => openDraft({ backend: 'RPC', link_gb_s: 1.15 }));
  startPaste({ parse: (text) => engine.parseListing(text), take: (listing: Listing, beside) => setMachine(machineOf(listing, store.state.machine), beside) });
  listenToMemory();
}
