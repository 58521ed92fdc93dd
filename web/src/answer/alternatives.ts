// What else could be run, as a table: each can be chosen, the one that is shown is marked, and there is a way back.
import { h } from '../dom.js';
import { count, mib, speed } from '../format.js';
import type { Alternative, Plan } from '../ggufit.js';

const verdict_words = { fits: 'fits', tight: 'tight', does_not_fit: 'does not fit' } as const;

export interface Choosing {
  /** What was chosen last, while its plan is shown; null where the settings are the user's own. */
  chosen: string | null;
  choose: (alternative: Alternative) => void;
  goBack: () => void;
}

function nameCell(alternative: Alternative, shown: boolean, choosing: Choosing): HTMLElement {
  if (shown) {
    const label = choosing.chosen ?? alternative.label;
    return h('th', { scope: 'row', role: 'rowheader' }, h('b', {}, label), ' ', h('span.shown', {}, 'shown'), alternative.note ? h('span.note', {}, alternative.note) : null);
  }
  const choose = h(
    'button.choose',
    {
      type: 'button',
      'data-key': `alternative ${alternative.name}`,
      onclick: () => choosing.choose(alternative),
      ...(alternative.arguments.length === 0 ? { disabled: true } : {}),
    },
    alternative.label,
  );
  const advised = alternative.recommended ? ' recommended' : '';
  return h('th', { scope: 'row', role: 'rowheader' }, choose, advised && h('span.quiet', {}, advised), alternative.note ? h('span.note', {}, alternative.note) : null);
}

function row(alternative: Alternative, shown: boolean, choosing: Choosing): HTMLElement {
  const headroom = alternative.headroom_bytes.map((bytes) => mib(bytes)).join(' / ');
  const fast = alternative.decode_tokens_per_second;
  return h(
    'tr',
    { role: 'row', class: shown ? 'current' : undefined, ...(shown ? { 'aria-current': 'true' } : {}) },
    nameCell(alternative, shown, choosing),
    h('td', { role: 'cell', class: `verdict-${alternative.verdict}` }, verdict_words[alternative.verdict]),
    h('td', { role: 'cell', 'data-unit': 'tokens' }, count(alternative.n_ctx)),
    fast > 0 ? h('td', { role: 'cell', 'data-unit': 't/s' }, `~${speed(fast)}`) : h('td', { role: 'cell' }, '–'),
    h('td', { role: 'cell', 'data-unit': 'splits' }, alternative.splits_decode > 0 ? count(alternative.splits_decode) : '–'),
    h('td', { role: 'cell', 'data-unit': 'MiB free' }, headroom),
  );
}

/** The plan itself stands first, whatever else is recommended. */
export function alternatives(plan: Plan, choosing: Choosing): HTMLElement | null {
  if (plan.alternatives.length === 0) return null;
  const head = ['Placement', 'verdict', 'context', 't/s', 'splits', 'free MiB'].map((text) => h('th', { scope: 'col', role: 'columnheader' }, text));
  const rows = plan.alternatives.map((alternative, i) => row(alternative, i === 0, choosing));
  const back = choosing.chosen === null ? null : h('button.link', { type: 'button', id: 'go-back', 'data-key': 'go back', onclick: choosing.goBack }, 'Back to what was set');
  return h(
    'section.alternatives',
    { 'aria-labelledby': 'alternatives-heading' },
    h('div.row', {}, h('h2', { id: 'alternatives-heading' }, 'Alternatives'), back),
    h('div.scroll', {}, h('table', { role: 'table' }, h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...head)), h('tbody', { role: 'rowgroup' }, ...rows))),
  );
}
