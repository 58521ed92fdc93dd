// The page: what is given on one side, what follows on the other, and the core in its worker between them.
import { answer, type View } from './answer/answer.js';
import { byId, h, replaceChildren } from './dom.js';
import { takeFiles } from './given/drop.js';
import { Engine, EngineStopped, Superseded } from './engine.js';
import type { Alternative, MachineDevice, Plan } from './ggufit.js';
import { fillCacheTypes, readSettings, showCosts, showMachine, showModel, showSettings } from './given/given.js';
import type { HeaderSource } from './messages.js';
import { InputError } from './reader.js';
import { showSamples } from './given/samples.js';
import { applyArguments, defaultSettings, loadState, passedArguments, planInputs, saveState } from './state.js';

const state = loadState();
const view: View = { tab: 'entry', table_open: false, facts_open: false, compute_open: false, sources: false };
const engine = new Engine();
/** Whole plans take their time: they have a worker of their own, so that brief ones never wait for them. */
const thorough = new Engine();

let shown: Plan | null = null;
/** The model that the core has open, and the one whose plan is shown. */
let opened: HeaderSource[] | null = null;
let shown_model: HeaderSource[] | null = null;

// --- sentences in place ---------------------------------------------------------------------------------------------

function sentence(thrown: unknown): string {
  if (thrown instanceof InputError) {
    const { where, detail } = thrown.error;
    return where ? `${where}: ${detail}` : detail;
  }
  if (thrown instanceof EngineStopped) {
    return `The planner stopped (${thrown.message}) and was started again${opened ? ' with the same model' : ''}.`;
  }
  return thrown instanceof Error ? thrown.message : String(thrown);
}

type About = 'file' | 'plan';
let notice_about: About = 'file';

/** Shows a sentence, or none. One about a plan goes when the next plan comes, one about a file with the next file. */
function notice(text: string, about: About = 'file'): void {
  notice_about = about;
  byId('notice-text').textContent = text;
  byId('notice').hidden = text === '';
}

// --- planning -------------------------------------------------------------------------------------------------------

function showPlan(plan: Plan): void {
  shown = plan;
  if (notice_about === 'plan') notice('');
  const said = `${plan.summary}. ${plan.limit}`;
  if (byId('live').textContent !== said) byId('live').textContent = said;
  document.title = `${plan.model.name}: ${plan.summary} · ggufit`;
  byId('welcome').hidden = true;
  byId('plan').hidden = false;
  document.body.classList.add('planned');
  showModel(plan, view.facts_open);
  showSettings(state, shown);
  showCosts(plan);
  replaceChildren(byId('plan'), ...answer(plan, view, { chooseTab, chooseAlternative, toggleSources }));
}

/** Until a whole plan comes, what a brief one lacks stays as it was. */
function filledIn(brief: Plan): Plan {
  if (shown === null || shown_model !== opened) return brief;
  const { alternatives, contexts, remedies, bench_entry, explanation } = shown;
  return { ...brief, alternatives, contexts, remedies, bench_entry, ...(explanation ? { explanation } : {}) };
}

/** Counts what was given: a whole plan for something older is dropped. */
let version = 0;

/** Plans with what is given now. An error is shown at the settings; the last plan stays. */
async function replan(brief: boolean): Promise<void> {
  if (!opened) return;
  const model = opened;
  const asked = version;
  try {
    const plan = await (brief ? engine : thorough).plan({ ...planInputs(state), brief, explain: view.compute_open && !brief });
    if (model !== opened || (!brief && asked !== version)) return;
    byId('settings-error').textContent = '';
    showPlan(brief ? filledIn(plan) : plan);
    shown_model = model;
  } catch (thrown) {
    if (thrown instanceof Superseded || model !== opened) return;
    if (thrown instanceof InputError && shown_model === opened) byId('settings-error').textContent = sentence(thrown);
    else if (thrown instanceof InputError) notice(`${model[0]?.name ?? 'The model'} is open, but not with these settings. ${sentence(thrown)}`, 'plan');
    else notice(sentence(thrown));
  }
}

let settled = 0;

/** Plans anew: briefly at once, and in full when nothing more comes. */
async function planSoon(): Promise<void> {
  version++;
  document.body.classList.add('settling');
  clearTimeout(settled);
  thorough.cancelPlan();
  const mine = setTimeout(async () => {
    await replan(false);
    if (mine === settled) document.body.classList.remove('settling');
  }, 150);
  settled = mine;
  await replan(true);
}

function changed(): void {
  saveState(state);
  showSettings(state, shown);
  void planSoon();
}

let opening = 0;

async function open(sources: HeaderSource[] | Promise<HeaderSource[]>): Promise<void> {
  const mine = ++opening;
  document.body.classList.add('busy');
  try {
    const model = await sources;
    await Promise.all([engine.open(model), thorough.open(model)]);
    if (mine !== opening) return;
    opened = model;
    notice('');
    await planSoon();
    window.scrollTo({ top: 0 });
  } catch (thrown) {
    if (mine === opening) notice(sentence(thrown));
  } finally {
    if (mine === opening) document.body.classList.remove('busy');
  }
}

function chooseTab(name: string): void {
  view.tab = name;
  if (shown) showPlan(shown);
}

function toggleSources(): void {
  view.sources = !view.sources;
  if (shown) showPlan(shown);
}

/** What the compute buffers are made of costs a few more estimates: it is asked for when somebody looks. */
function openCompute(open: boolean): void {
  view.compute_open = open;
  if (open && shown && !shown.explanation) void replan(false);
}

function chooseAlternative(alternative: Alternative): void {
  const current = shown?.alternatives.find((candidate) => candidate.recommended)?.arguments ?? [];
  applyArguments(state.settings, alternative.arguments, passedArguments(shown?.arguments ?? [], current));
  changed();
}

// --- what is given ---------------------------------------------------------------------------------------------------

function setDevices(devices: MachineDevice[]): void {
  state.devices = devices;
  showMachine(state, { change: setDevices });
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
    setDevices([...state.devices, ...machine.devices.map(({ name: _, free_mib: __, ...device }) => device)]);
    name.focus();
  } catch (thrown) {
    error.textContent = sentence(thrown);
    byId('gpu-size-field').hidden = false;
  }
}

function listen(): void {
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
    state.ram_mib = Math.round(gib * 1024);
    changed();
  });
  const settings = byId('settings');
  settings.addEventListener('submit', (event) => event.preventDefault());
  settings.addEventListener('input', (event) => {
    readSettings(state, (event.target as HTMLElement).id);
    changed();
  });
  settings.addEventListener('focusout', () => showSettings(state, shown)); // what made no sense gives way to what holds
  byId('reset').addEventListener('click', () => {
    state.settings = defaultSettings();
    changed();
  });
  byId('notice-close').addEventListener('click', () => notice(''));
  document.addEventListener(
    'toggle',
    (event) => {
      const details = event.target as HTMLDetailsElement;
      if (details.classList.contains('as-table')) view.table_open = details.open;
      if (details.classList.contains('more-facts')) view.facts_open = details.open;
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
showMachine(state, { change: setDevices });
showSettings(state, null);
listen();
takeFiles((sources) => void open(sources));
showSamples(byId('samples'), byId('samples-short'), (sources) => void open(sources)).catch((thrown: unknown) => notice(sentence(thrown)));
fillAbout().catch((thrown: unknown) => notice(sentence(thrown)));
