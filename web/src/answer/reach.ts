// How far the machine reaches: the largest contexts, and what single change would do.
import { h } from '../dom.js';
import { count } from '../format.js';
import type { LargestContext, Plan, Remedies } from '../ggufit.js';
import { scroller } from './scroller.js';

const cacheName = ({ type_k, type_v }: LargestContext): string => (type_k === type_v ? type_k : `${type_k} / ${type_v}`);

function contextTable(contexts: LargestContext[]): HTMLElement {
  const types = [...new Set(contexts.map(cacheName))];
  const labels = [...new Set(contexts.map((one) => one.label))];
  const head = h('tr', {}, h('th', { scope: 'col' }, 'with a cache of'), ...types.map((type) => h('th', { scope: 'col' }, type)));
  const cell = (label: string, type: string): string => {
    const found = contexts.find((one) => one.label === label && cacheName(one) === type);
    return found && found.n_ctx > 0 ? count(found.n_ctx) : '–';
  };
  const body = labels.map((label) => h('tr', {}, h('th', { scope: 'row' }, label), ...types.map((type) => h('td', {}, cell(label, type)))));
  return scroller('Largest contexts', h('table', {}, h('thead', {}, head), h('tbody', {}, ...body)));
}

function remedyList(remedies: Remedies): HTMLElement {
  if (remedies.changes.length === 0) return h('p', {}, 'No single change would.');
  return h('ul.remedies', {}, ...remedies.changes.map((remedy) => h('li', {}, h('b', {}, remedy.change), h('span.note', {}, `${remedy.text}.`))));
}

/** Comes with a whole plan; none where no GPU is used. */
export function reach(plan: Plan): HTMLElement | null {
  const { contexts, remedies } = plan;
  if (contexts.length === 0 && remedies.goal === 'none') return null;
  const table = contexts.length === 0 ? null : h('section', { 'aria-labelledby': 'contexts-heading' }, h('h2', { id: 'contexts-heading' }, 'How much context would fit'), contextTable(contexts));
  const title = remedies.goal === 'fits' ? 'What would make it fit' : 'What would keep everything on the GPUs';
  const changes = remedies.goal === 'none' ? null : h('section', { 'aria-labelledby': 'remedies-heading' }, h('h2', { id: 'remedies-heading' }, title), remedyList(remedies));
  return h('div.columns.reach', {}, table, changes);
}
