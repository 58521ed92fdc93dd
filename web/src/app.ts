// The page: what is given on one side, what follows on the other, and the core in its worker between them.
import { byId, h } from './dom.js';
import { takeFiles } from './given/drop.js';
import { showMachine } from './given/machine.js';
import { showSamples } from './given/samples.js';
import { fillCacheTypes, readSettings, showSettings } from './given/settings.js';
import { startLinks } from './links.js';
import { notice, sentence } from './notice.js';
import { open } from './opening.js';
import { changed, engine, openCompute } from './planning.js';
import { defaultSettings, type GivenDevice } from './state.js';
import { store } from './store.js';

function setDevices(devices: GivenDevice[]): void {
  store.state.machine.devices = devices;
  showMachine(store.state, { change: setDevices });
  changed();
}

async function addGpu(): Promise<void> {
  const name = byId<HTMLInputElement>('gpu-name');
  const size = byId<HTMLInputElement>('gpu-size');
  const error = byId('gpu-error');
  const text = name.value.trim();
  if (text === '') {
    name.focus();
    return;
  }
  try {
    const gib = size.value.trim();
    const machine = await engine.parseGpu(gib === '' ? text : `${text},vram=${gib}GiB`);
    error.textContent = '';
    name.value = '';
    size.value = '';
    byId('gpu-size-field').hidden = true;
    // Names and free memory follow from the order and from what is reserved: the core fills them in anew.
    setDevices([...store.state.machine.devices, ...machine.devices.map(({ name: _, free_mib: __, ...device }) => device)]);
    name.focus();
  } catch (thrown) {
    error.textContent = sentence(thrown);
    byId('gpu-size-field').hidden = false;
  }
}

function listenToMachine(): void {
  byId('add-gpu').addEventListener('submit', (event) => {
    event.preventDefault();
    void addGpu();
  });
  const ram = byId<HTMLInputElement>('ram');
  ram.addEventListener('input', () => {
    const gib = Number(ram.value.replace(',', '.'));
    const sound = ram.value.trim() === '' || (gib >= 0 && gib <= 2 ** 20);
    ram.setAttribute('aria-invalid', String(!sound));
    if (!sound) return;
    store.state.machine.ram.total_mib = Math.round(gib * 1024);
    changed();
  });
}

function listenToSettings(): void {
  const settings = byId('settings');
  settings.addEventListener('submit', (event) => event.preventDefault());
  settings.addEventListener('input', (event) => {
    readSettings(store.state, (event.target as HTMLElement).id);
    changed();
  });
  settings.addEventListener('focusout', () => showSettings(store.state, store.shown)); // what made no sense gives way to what holds
  byId('reset').addEventListener('click', () => {
    store.state.settings = defaultSettings();
    changed();
  });
}

/** What is opened and closed stays so in the next plan. */
function rememberDetails(): void {
  document.addEventListener(
    'toggle',
    (event) => {
      const details = event.target as HTMLDetailsElement;
      if (details.classList.contains('as-table')) store.view.table_open = details.open;
      if (details.classList.contains('more-facts')) store.view.facts_open = details.open;
      if (details.classList.contains('compute-buffers')) openCompute(details.open);
    },
    true,
  );
}

async function fillAbout(): Promise<void> {
  const { version, presets } = await engine.about();
  byId('version').textContent = `ggufit ${version}`;
  byId('gpu-presets').append(...presets.map((preset) => h('option', { value: preset.name }, `${preset.vendor}, ${preset.vram_mib.toLocaleString('en-US')} MiB`)));
}

fillCacheTypes();
showMachine(store.state, { change: setDevices });
showSettings(store.state, null);
listenToMachine();
listenToSettings();
rememberDetails();
byId('notice-close').addEventListener('click', () => notice(''));
takeFiles((sources) => void open(sources));
showSamples(byId('samples'), byId('samples-short'), (sources) => void open(sources)).catch((thrown: unknown) => notice(sentence(thrown)));
fillAbout().catch((thrown: unknown) => notice(sentence(thrown)));
startLinks(() => {
  showMachine(store.state, { change: setDevices });
  showSettings(store.state, store.shown);
});
