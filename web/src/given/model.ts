// The card of the open model: what its header says, each fact with its source.
import { byId, h, showChildren } from '../dom.js';
import type { Fact, Plan } from '../ggufit.js';

/** The facts that the card shows without being opened, where the model has them. */
const first_facts = ['kind', 'parameters', 'active_parameters', 'layers', 'experts', 'file_bytes', 'bits_per_weight', 'n_ctx_train'];

/** The card of the open model. */
export function showModel(plan: Plan, facts_open: boolean, read_from: string): void {
  const { model } = plan;
  byId('model-section').hidden = false;
  const line = (fact: Fact, with_source: boolean): HTMLElement =>
    h('div', {}, h('dt', {}, fact.label), h('dd', { title: fact.source || undefined }, fact.value, with_source && fact.source ? h('span.source', {}, fact.source) : null));
  const is_first = (fact: Fact): boolean => first_facts.includes(fact.key);
  const first = model.facts.filter(is_first).map((fact) => line(fact, false));
  const more = h('details.more-facts', { 'data-key': 'facts' }, h('summary', { 'data-key': 'facts summary' }, 'All facts, and where they were read'), h('dl.facts', {}, ...model.facts.map((fact) => line(fact, true))));
  if (facts_open) more.setAttribute('open', '');
  showChildren(
    byId('model'),
    h('p.model-name', {}, h('b', {}, model.name), ' ', h('span.quiet', {}, model.quantization)),
    h('dl.facts', {}, ...first),
    more,
    h('p.cost', {}, read_from),
  );
}
