// The answer to what is given: verdict, bars, layers, reasons beside alternatives, what to copy.
import { drawnOf, h, noteItem, replaceChildren, type Drawn } from '../dom.js';
import { count, speed } from '../format.js';
import type { Alternative, Plan } from '../ggufit.js';
import { alternatives } from './alternatives.js';
import { bars } from './bars.js';
import { chart } from './chart.js';
import { computeBuffers } from './compute.js';
import { layerMap } from './layers.js';
import { outputTabs } from './outputs.js';
import { machineWords } from '../recent.js';
import { reach } from './reach.js';
import { reasons } from './reasons.js';

/** What stays as the user left it while plans come and go. */
export interface View {
  tab: string;
  table_open: boolean;
  facts_open: boolean;
  compute_open: boolean;
  sources: boolean;
  curve_open: boolean;
  /** What was asked for beside the plan that is shown, by the name of its tab. */
  written: Record<string, string>;
  /** The alternative that was chosen last, while its settings hold; null where they are the user's own. */
  chosen: string | null;
  /** What buttons say for a while after they were pressed. */
  said: Record<string, { words: string; timer: number }>;
  /** What is kept as it is while the values that it shows stay the same. */
  drawn: Drawn;
}

export interface AnswerActions {
  chooseTab: (name: string) => void;
  toggleSources: () => void;
  chooseAlternative: (alternative: Alternative) => void;
  goBack: () => void;
  /** Asks for the text of a tab that the plan does not hold. */
  write: (name: string) => void;
  /** Plans the model of a bench link for production. */
  leaveBench: () => void;
}

/** What the range comes from: what bounds it with an empty and with a full context. */
function speedNote(plan: Plan): HTMLElement | null {
  if (!plan.speed) return null;
  const { empty, full } = plan.speed;
  const bound = full.bound_by === empty.bound_by ? '' : `; when it is full ${full.bound_by}`;
  const assumed = empty.assumed.length > 0 ? ` Assumed: ${empty.assumed.join('; ')}.` : '';
  return h('p.speed-note', {}, `Estimated: ${empty.bound_by}${bound}.${assumed}`);
}

function speedLine(plan: Plan): HTMLElement | null {
  if (!plan.speed) return null;
  const { empty, full } = plan.speed;
  const prompt = empty.prompt_tokens_per_second;
  return h(
    'p.speed',
    { id: 'speed' },
    h('b', {}, `about ${speed(empty.decode_tokens_per_second)} tokens/s`),
    h('span', {}, ` ${speed(empty.decode_low)} – ${speed(empty.decode_high)} · ${speed(full.decode_tokens_per_second)} when the context is full`),
    prompt > 0 ? h('span', {}, ` · reads ~${prompt >= 1000 ? count(prompt) : speed(prompt)} t/s of a prompt`) : null,
  );
}

/** Says that the link which was opened asks for a bench run, and how to leave it. */
function benchNote(plan: Plan, leave: () => void): HTMLElement | null {
  if (!plan.bench) return null;
  return h('p.bench', {}, h('b', {}, 'Bench run'), ` of ${count(plan.n_ctx)} tokens, as the link asks for. `,
    h('button.link', { type: 'button', id: 'leave-bench', 'data-key': 'leave bench', onclick: leave }, 'Plan for production instead'));
}

function verdict(plan: Plan, leaveBench: () => void): HTMLElement {
  const approximate = plan.approximate
    ? h('p.approximate', {}, h('b', {}, 'approximate'), ` ${plan.approximate_because || 'a figure in here is a formula.'}`)
    : null;
  return h(
    'div.verdict',
    { class: `verdict verdict-${plan.verdict}` },
    h('p.on-paper', {}, h('b', {}, plan.model.name), ` ${plan.model.quantization}, ${machineWords(plan)}`), // beside it on the screen
    h('h1', { id: 'verdict' }, plan.summary),
    speedLine(plan),
    h('p.limit', { id: 'limit' }, plan.limit),
    benchNote(plan, leaveBench),
    speedNote(plan),
    approximate,
  );
}

function warnings(plan: Plan): HTMLElement | null {
  if (plan.warnings.length === 0) return null;
  const items = plan.warnings.map(noteItem);
  return h('section.warnings', { 'aria-label': 'Warnings' }, h('ul', {}, ...items));
}

/** Alternatives come with whole plans alone: a brief one leaves their table as it is. */
function columns(plan: Plan, view: View, actions: AnswerActions): HTMLElement {
  const { chosen, drawn } = view;
  const element = drawnOf(drawn, 'columns', [], () => h('div.columns')) ?? h('div.columns');
  const table = drawnOf(drawn, 'alternatives', [plan.alternatives, chosen], () =>
    alternatives(plan, { chosen, choose: actions.chooseAlternative, goBack: actions.goBack }));
  replaceChildren(element, table, reasons(plan, view.sources, actions.toggleSources));
  return element;
}

/** The sections of the answer, in the order in which they are read. */
export function answer(plan: Plan, view: View, actions: AnswerActions): HTMLElement[] {
  return [
    verdict(plan, actions.leaveBench),
    bars(plan, view.table_open, computeBuffers(plan, view.compute_open)),
    layerMap(plan),
    warnings(plan),
    columns(plan, view, actions),
    chart(plan, view.curve_open, view.drawn),
    drawnOf(view.drawn, 'reach', [plan.contexts, plan.remedies], () => reach(plan)),
    outputTabs(plan, view.tab, view.written, actions),
  ].filter((section) => section !== null);
}
