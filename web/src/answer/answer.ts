// The answer to what is given: verdict, bars, layers, reasons beside alternatives, what to copy.
import { bars } from './bars.js';
import { computeBuffers } from './compute.js';
import { h } from '../dom.js';
import { entry } from './entry.js';
import { count, mib, speed } from '../format.js';
import type { Alternative, Plan } from '../ggufit.js';
import { layerMap } from './layers.js';
import { reach } from './reach.js';

const verdict_words = { fits: 'fits', tight: 'tight', does_not_fit: 'does not fit' } as const;

/** What stays as the user left it while plans come and go. */
export interface View {
  tab: string;
  table_open: boolean;
  facts_open: boolean;
  compute_open: boolean;
  sources: boolean;
}

export interface AnswerActions {
  chooseTab: (name: string) => void;
  toggleSources: () => void;
  chooseAlternative: (alternative: Alternative) => void;
}

function speedLine(plan: Plan): HTMLElement | null {
  if (!plan.speed) return null;
  const { empty, full } = plan.speed;
  return h(
    'p.speed',
    { id: 'speed' },
    h('b', {}, `~${speed(empty.decode_tokens_per_second)} t/s`),
    ` estimated, ${speed(empty.decode_low)} to ${speed(empty.decode_high)}, with an empty context (${empty.bound_by}), ~${speed(full.decode_tokens_per_second)} with a full one`,
    full.bound_by === empty.bound_by ? '.' : ` (${full.bound_by}).`,
    empty.assumed.length > 0 ? ` Assumed: ${empty.assumed.join('; ')}.` : null,
  );
}

function verdict(plan: Plan): HTMLElement {
  const approximate = plan.approximate
    ? h('p.approximate', {}, h('b', {}, 'approximate'), ` ${plan.approximate_because || 'a figure in here is a formula.'}`)
    : null;
  return h(
    'div.verdict',
    { class: `verdict verdict-${plan.verdict}` },
    h('h1', { id: 'verdict' }, plan.summary),
    h('p.limit', { id: 'limit' }, plan.limit),
    speedLine(plan),
    approximate,
  );
}

function warnings(plan: Plan): HTMLElement | null {
  if (plan.warnings.length === 0) return null;
  const items = plan.warnings.map((warning) => h('li', {}, warning.text, ' ', h('span.quiet', {}, warning.remedy)));
  return h('section.warnings', { 'aria-label': 'Warnings' }, h('ul', {}, ...items));
}

function reasons(plan: Plan, view: View, actions: AnswerActions): HTMLElement {
  const items = plan.reasons.map((reason) =>
    h(
      'li',
      { class: reason.passed ? 'passed' : 'failed' },
      h('span.mark', { 'aria-hidden': 'true' }),
      h('span.sr', {}, reason.passed ? 'Yes: ' : 'No: '),
      h('span', {}, reason.text, ' ', view.sources && reason.source ? h('span.source', {}, reason.source) : null),
    ),
  );
  const toggle = h(
    'button.link',
    { type: 'button', 'data-key': 'sources', 'aria-pressed': view.sources ? 'true' : 'false', onclick: actions.toggleSources },
    view.sources ? 'Hide sources' : 'Show sources',
  );
  return h('section.reasons', { 'aria-labelledby': 'reasons-heading' }, h('div.row', {}, h('h2', { id: 'reasons-heading' }, 'Why'), toggle), h('ol', {}, ...items));
}

function alternativeRow(alternative: Alternative, actions: AnswerActions): HTMLElement {
  const headroom = alternative.headroom_bytes.map((bytes) => mib(bytes)).join(' / ');
  const chooses = h(
    'button.choose',
    {
      type: 'button',
      'data-key': `alternative ${alternative.name}`,
      onclick: () => actions.chooseAlternative(alternative),
      ...(alternative.arguments.length === 0 ? { disabled: true } : {}),
    },
    alternative.label,
  );
  const name = h('th', { scope: 'row', role: 'rowheader' }, chooses);
  if (alternative.note) name.append(h('span.note', {}, alternative.note));
  return h(
    'tr',
    { role: 'row', class: alternative.recommended ? 'recommended' : undefined },
    name,
    h('td', { role: 'cell', class: `verdict-${alternative.verdict}` }, verdict_words[alternative.verdict]),
    h('td', { role: 'cell', 'data-unit': 'tokens' }, count(alternative.n_ctx)),
    alternative.decode_tokens_per_second > 0
      ? h('td', { role: 'cell', 'data-unit': 't/s' }, `~${speed(alternative.decode_tokens_per_second)}`)
      : h('td', { role: 'cell' }, '–'),
    h('td', { role: 'cell', 'data-unit': 'MiB free' }, headroom),
  );
}

function alternatives(plan: Plan, actions: AnswerActions): HTMLElement | null {
  if (plan.alternatives.length === 0) return null;
  const head = ['Placement', 'verdict', 'context', 't/s', 'free MiB'].map((text) => h('th', { scope: 'col', role: 'columnheader' }, text));
  return h(
    'section.alternatives',
    { 'aria-labelledby': 'alternatives-heading' },
    h('h2', { id: 'alternatives-heading' }, 'Alternatives'),
    h(
      'div.scroll',
      {},
      h('table', { role: 'table' }, h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...head)), h('tbody', { role: 'rowgroup' }, ...plan.alternatives.map((alternative) => alternativeRow(alternative, actions)))),
    ),
  );
}

/** The sections of the answer, in the order in which they are read. */
export function answer(plan: Plan, view: View, actions: AnswerActions): HTMLElement[] {
  return [
    verdict(plan),
    bars(plan, view.table_open, computeBuffers(plan, view.compute_open)),
    layerMap(plan),
    warnings(plan),
    h('div.columns', {}, alternatives(plan, actions), reasons(plan, view, actions)),
    reach(plan),
    entry(plan, view.tab, actions.chooseTab),
  ].filter((section) => section !== null);
}
