// From what is given to the plan on the page: a brief plan at once, a whole one when nothing more comes.
import { answer } from './answer/answer.js';
import { byId, replaceChildren } from './dom.js';
import { Engine, Superseded } from './engine.js';
import type { Alternative, Plan, PlanInputs } from './ggufit.js';
import { showModel } from './given/model.js';
import { endSteps, showCosts, showSteps } from './given/costs.js';
import { showSettings } from './given/settings.js';
import type { LinkSource, ModelSource } from './messages.js';
import { clearPlanNotice, notice, sentence } from './notice.js';
import { InputError } from './reader.js';
import { applyArguments, passedArguments, planInputs, type Settings, type State } from './state.js';
import { store } from './store.js';
import { saveState } from './stored.js';

export const engine = new Engine();
/** Whole plans take their time: they have a worker of their own, so that brief ones never wait for them. */
export const thorough = new Engine();

/** Shows the plan on the whole page. */
export function showPlan(plan: Plan): void {
  store.shown = plan;
  clearPlanNotice();
  const said = `${plan.summary}. ${plan.limit}`;
  if (byId('live').textContent !== said) byId('live').textContent = said;
  document.title = `${plan.model.name}: ${plan.summary} · ggufit`;
  byId('welcome').hidden = true;
  byId('plan').hidden = false;
  document.body.classList.add('planned');
  showModel(plan, store.view.facts_open, readFrom(store.opened));
  showSettings(store.state, store.shown);
  showCosts(plan, store.state.settings);
  replaceChildren(byId('plan'), ...answer(plan, store.view, { chooseTab, chooseAlternative, goBack, toggleSources, write, leaveBench }));
}

/** Until a whole plan comes, what a brief one lacks stays as it was. */
function filledIn(brief: Plan): Plan {
  const { shown, shown_model, opened } = store;
  if (shown === null || shown_model !== opened) return brief;
  const { alternatives, contexts, remedies, bench_entry, explanation, curve } = shown;
  return { ...brief, alternatives, contexts, remedies, bench_entry, ...(explanation ? { explanation } : {}), ...(curve ? { curve } : {}) };
}

/** A whole plan with the curve that is shown, until its own has been counted. */
function withCurve(plan: Plan): Plan {
  const { shown, shown_model, opened } = store;
  return shown?.curve && shown_model === opened ? { ...plan, curve: shown.curve } : plan;
}

const isLink = (model: ModelSource | null): model is LinkSource => model !== null && 'link' in model;

function readFrom(model: ModelSource | null): string {
  if (isLink(model)) return 'From a planning link, which holds what a plan needs of the header.';
  const host = model?.[0]?.from;
  return host ? `Read from the header at ${host}. Nothing else was fetched.` : 'Read from the header. The file stayed on this machine.';
}

function nameOf(model: ModelSource): string {
  return (isLink(model) ? model.name : model[0]?.name) || 'The model';
}

/** Machine and settings, with the context of the comparison that the model was opened from where they say none. */
function givenState(): State {
  const { state, opened, wished } = store;
  if (state.settings.n_ctx !== null || state.settings.defaults !== 'wrapper' || wished === null || wished.model !== opened) return state;
  return { ...state, settings: { ...state.settings, n_ctx: wished.n_ctx } };
}

/** What the core is asked with: machine and settings, and the section and kind of run that the open link asks for. */
export function givenInputs(): PlanInputs {
  const inputs = planInputs(givenState());
  const { opened } = store;
  if (!isLink(opened)) return { ...inputs, ...(opened?.[0]?.url ? { source: opened[0].url } : {}) };
  const { id, bench } = opened;
  return { ...inputs, ...(id !== '' ? { id } : {}), ...(bench ? { bench } : {}) };
}

const listeners: ((plan: Plan) => void)[] = [];

/** Calls `listener` with each whole plan that is shown. */
export function whenPlanned(listener: (plan: Plan) => void): void {
  listeners.push(listener);
}

/** Counts what was given: a whole plan for something older is dropped. */
let version = 0;
/** Counts whole plans: what follows one that is not the last would only stand in the next one's way. */
let n_whole = 0;

/** After a whole plan: what each setting's next step would change, then the plan at other contexts. */
async function countMore(plan: Plan, mine: number): Promise<void> {
  document.body.classList.add('counting');
  await showSteps(thorough, givenState(), plan);
  if (mine === n_whole) await addCurve();
  if (mine === n_whole) document.body.classList.remove('counting');
}

/** Plans with what is given now. An error is shown at the settings; the last plan stays. */
async function replan(brief: boolean): Promise<void> {
  const model = store.opened;
  if (!model) return;
  const asked = version;
  const whole = brief ? n_whole : ++n_whole;
  if (!brief) {
    endSteps(); // they use the same worker
    document.body.classList.remove('counting');
  }
  try {
    const explain = store.view.compute_open && !brief;
    const plan = await (brief ? engine : thorough).plan({ ...givenInputs(), brief, explain });
    if (model !== store.opened || (!brief && asked !== version)) return;
    byId('settings-error').textContent = '';
    if (brief) store.view.written = {};
    showPlan(brief ? filledIn(plan) : withCurve(plan));
    store.shown_model = model;
    if (brief) return;
    for (const listener of listeners) listener(plan);
    void countMore(plan, whole);
  } catch (thrown) {
    if (thrown instanceof Superseded || model !== store.opened) return;
    const input = thrown instanceof InputError;
    if (input && store.shown_model === store.opened) byId('settings-error').textContent = sentence(thrown);
    else if (input) notice(`${nameOf(model)} is open, but not with these settings. ${sentence(thrown)}`, 'plan');
    else notice(sentence(thrown));
  }
}

/** What the shown curve was counted for. */
let curve_of = -1;

/** The plan at other contexts: last of all, since nothing else waits for it. */
async function addCurve(): Promise<void> {
  const asked = version;
  if (asked === curve_of || !store.opened) return;
  try {
    const { curve } = await thorough.plan({ ...givenInputs(), brief: true, curve: true });
    if (asked !== version || !store.shown || !curve) return;
    curve_of = asked;
    showPlan({ ...store.shown, curve });
  } catch (thrown) {
    if (!(thrown instanceof Superseded || thrown instanceof InputError)) notice(sentence(thrown));
  }
}

/** What is being written, with the version that it is written for. */
const writing = new Map<string, number>();

/** Asks for a text that follows from what is shown, once: the test plan, or one of the other formats. */
function write(name: string): void {
  if (writing.get(name) === version) return;
  const asked = version;
  writing.set(name, asked);
  const text = name === 'advice' ? thorough.advise(givenInputs()).then(({ markdown }) => markdown) : thorough.write(name, givenInputs());
  text.then(
    (written) => {
      if (asked !== version || !store.shown) return;
      store.view.written[name] = written;
      showPlan(store.shown);
    },
    (thrown: unknown) => {
      if (!(thrown instanceof Superseded) && asked === version) notice(sentence(thrown));
    },
  );
}

const change_listeners: (() => void)[] = [];

/** Calls `listener` when what is given has changed and nothing more comes. */
export function whenChanged(listener: () => void): void {
  change_listeners.push(listener);
}

let settled = 0;

/** Plans anew: briefly at once, and in full when nothing more comes after that. */
export async function planSoon(): Promise<void> {
  const mine = ++version;
  document.body.classList.add('settling');
  clearTimeout(settled);
  endSteps();
  document.body.classList.remove('counting');
  thorough.cancelPlan();
  await replan(true);
  // counted from the brief answer on: a whole plan beside a slider that still moves would take its processor
  if (mine !== version) return;
  settled = setTimeout(async () => {
    for (const listener of change_listeners) listener();
    await replan(false);
    if (mine === version) document.body.classList.remove('settling');
  }, 150);
}

/** What is given has changed: it is kept, shown and planned with. */
export function changed(): void {
  store.view.chosen = null;
  before = null;
  applyChange();
}

function applyChange(): void {
  saveState(store.state);
  showSettings(store.state, store.shown);
  void planSoon();
}

/** What a link asks for as a bench run is planned for production. */
function leaveBench(): void {
  if (isLink(store.opened)) store.opened = { ...store.opened, bench: false };
  void planSoon();
}

function chooseTab(name: string): void {
  store.view.tab = name;
  if (store.shown) showPlan(store.shown);
}

function toggleSources(): void {
  store.view.sources = !store.view.sources;
  if (store.shown) showPlan(store.shown);
}

/** What the compute buffers are made of costs a few more estimates: it is asked for when somebody looks. */
export function openCompute(open: boolean): void {
  store.view.compute_open = open;
  if (open && store.shown && !store.shown.explanation) void replan(false);
}

/** The settings from before an alternative was chosen. */
let before: Settings | null = null;

function chooseAlternative(alternative: Alternative): void {
  const { shown, state, view } = store;
  before ??= structuredClone(state.settings);
  view.chosen = alternative.label;
  applyArguments(state.settings, alternative.arguments, passedArguments(shown?.arguments ?? [], shown?.alternatives[0]?.arguments ?? []));
  applyChange();
}

function goBack(): void {
  if (before) store.state.settings = before;
  changed();
}
