// The strategy's reasons: what is known first, then the questions as a tree with the branch that was taken.
import { h } from '../dom.js';
import type { Plan, Reason } from '../ggufit.js';

/** Steps that state a fact; the others ask a question. */
const facts = new Set(['architecture', 'rules', 'weights', 'cache', 'budget']);
/** Asked of every plan at its end: no branch hangs on it. */
const afterwards = new Set(['host']);

const taken_words = { single_gpu: 'One GPU holds all', fit: '--fit places it', cpu: 'The processor runs it', given: 'As given' } as const;

function words(reason: Reason, sources: boolean): HTMLElement {
  return h('span', {}, reason.text, ' ', sources && reason.source ? h('span.source', {}, reason.source) : null);
}

function fact(reason: Reason, sources: boolean): HTMLElement {
  return h('li.fact', {}, h('span.mark', { 'aria-hidden': 'true' }), words(reason, sources));
}

function question(reason: Reason, sources: boolean, branch: HTMLElement | null): HTMLElement {
  return h(
    'li',
    { class: reason.passed ? 'passed' : 'failed' },
    h('span.mark', { 'aria-hidden': 'true' }),
    h('span', {}, words(reason, sources), h('b.turn', {}, reason.passed ? ' yes' : ' no')),
    branch,
  );
}

/** A question that is answered with no leads to those that follow; one with yes is a stop on the same branch. */
function tree(plan: Plan, questions: Reason[], sources: boolean): HTMLElement {
  const items: HTMLElement[] = [];
  for (let i = 0; i < questions.length; i++) {
    const reason = questions[i] as Reason;
    const rest = questions.slice(i + 1);
    const leads = !reason.passed && rest.length > 0;
    // Several GPUs are tried one after the other: they are neighbours, not a branch of each other.
    const sibling = leads && rest[0]?.step === reason.step;
    if (leads && !sibling) {
      items.push(question(reason, sources, tree(plan, rest, sources)));
      return h('ol', {}, ...items);
    }
    items.push(question(reason, sources, null));
  }
  items.push(h('li.taken', {}, h('span.mark', { 'aria-hidden': 'true' }), h('b', {}, taken_words[plan.strategy]), `: ${plan.summary}.`));
  return h('ol', {}, ...items);
}

export function reasons(plan: Plan, sources: boolean, toggleSources: () => void): HTMLElement {
  const known = plan.reasons.filter((reason) => facts.has(reason.step));
  const asked = plan.reasons.filter((reason) => !facts.has(reason.step) && !afterwards.has(reason.step));
  const last = plan.reasons.filter((reason) => afterwards.has(reason.step));
  const toggle = h(
    'button.link',
    { type: 'button', 'data-key': 'sources', 'aria-pressed': sources ? 'true' : 'false', onclick: toggleSources },
    sources ? 'Hide sources' : 'Show sources',
  );
  return h(
    'section.reasons',
    { 'aria-labelledby': 'reasons-heading' },
    h('div.row', {}, h('h2', { id: 'reasons-heading' }, 'Why'), toggle),
    h('ol.facts-known', {}, ...known.map((reason) => fact(reason, sources))),
    tree(plan, [...asked, ...last], sources),
  );
}
