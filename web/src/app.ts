// The page: what is given on one side, what follows on the other, and the core in its worker between them.
import { startLog } from './answer/log.js';
import { ofFiles } from './choosing/candidates.js';
import { chooseAmong } from './choosing/choosing.js';
import { byId } from './dom.js';
import { takeFiles } from './given/drop.js';
import { takeIncoming } from './given/incoming.js';
import { setPresets, showMachine, startMachine, takeMachineFile } from './given/machine.js';
import { showSamples } from './given/samples.js';
import { fillCacheTypes, readSettings, showSettings } from './given/settings.js';
import { startLinks } from './links.js';
import type { HeaderSource } from './messages.js';
import { notice, sentence } from './notice.js';
import { keepForOffline } from './offline.js';
import { open } from './opening.js';
import { changed, engine, openCompute } from './planning.js';
import { defaultSettings } from './state.js';
import { store } from './store.js';

/** One model, or several that came in at once. */
function openAll(sources: HeaderSource[]): void {
  const candidates = ofFiles(sources);
  if (candidates.length > 0) void chooseAmong('these files', candidates);
  else void open(sources);
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
    store.state.settings = defaultSettings(store.state.settings.defaults);
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
      if (details.classList.contains('curve-table')) store.view.curve_open = details.open;
      if (details.classList.contains('more-facts')) store.view.facts_open = details.open;
      if (details.classList.contains('compute-buffers')) openCompute(details.open);
    },
    true,
  );
}

async function fillAbout(): Promise<void> {
  const { version, presets } = await engine.about();
  byId('version').textContent = `ggufit ${version}`;
  setPresets(presets);
}

fillCacheTypes();
showMachine();
startMachine();
showSettings(store.state, null);
listenToSettings();
rememberDetails();
byId('notice-close').addEventListener('click', () => notice(''));
const takers = { open: openAll, log: startLog(byId('answer')), parse: (text: string) => engine.parseListing(text), machine: takeMachineFile };
takeFiles((sources) => void takeIncoming(sources, takers));
showSamples(byId('samples'), byId('samples-short'), (sources) => void open(sources)).catch((thrown: unknown) => notice(sentence(thrown)));
fillAbout().catch((thrown: unknown) => notice(sentence(thrown)));
startLinks(() => {
  showMachine();
  showSettings(store.state, store.shown);
});
keepForOffline();
