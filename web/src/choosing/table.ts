// The comparison as a table: what is wished for above it, the best marked with the reason, each row a model to open.
import { h } from '../dom.js';
import { count, gib, mib, speed } from '../format.js';
import type { ChooseRanking, ChooseRow, RankedGroup, RankedRow, UnreadRow } from '../ggufit.js';

export interface ChoicesState {
  from: string;
  candidates: readonly { name: string }[];
  rows: readonly (ChooseRow | UnreadRow | null)[];
  ranking: ChooseRanking | null;
  min_tps: number;
  min_ctx: number;
  /** The row whose model is open; −1: none. */
  chosen: number;
  reading: boolean;
  /** The settings have a context of their own. */
  context_set: boolean;
}

export interface ChoicesActions {
  choose: (row: number) => void;
  /** False where the text makes no sense. */
  wish: (name: 'min_tps' | 'min_ctx', text: string) => boolean;
  cancel: () => void;
  close: () => void;
}

const verdict_words = { fits: '', tight: 'tight', does_not_fit: 'does not fit' } as const;
const head = ['Model', 'size', 'bits/weight', 'largest context', 't/s, empty', 't/s, full', 'free MiB'];

const cell = (text: string, unit?: string): HTMLElement => h('td', { role: 'cell', ...(unit ? { 'data-unit': unit } : {}) }, text);

function nameCell(row: ChooseRow, ranked: RankedRow, chosen: boolean, choose: () => void): HTMLElement {
  const tight = verdict_words[row.verdict];
  const said = row.verdict === 'does_not_fit' && ranked.reason !== '' ? [ranked.reason] : [row.placement, tight, ranked.pick === 0 ? ranked.reason : ''];
  const notes = [...said, row.approximate ? 'approximate' : ''].filter(Boolean).join('; ');
  return h('th', { scope: 'row', role: 'rowheader' },
    h('button.choose', { type: 'button', 'data-key': `choice ${row.name}`, onclick: choose, ...(chosen ? { 'aria-current': 'true' } : {}) }, row.name),
    chosen ? ' ' : null, chosen ? h('span.shown', {}, 'shown') : null,
    ranked.pick > 0 ? h('span.pick', {}, `${ranked.pick === 1 ? 'best' : `${ranked.pick}. best`}: ${ranked.reason}`) : null,
    h('span.note', {}, notes));
}

function rowOf(ranked: RankedRow, state: ChoicesState, actions: ChoicesActions): HTMLElement | null {
  const row = state.rows[ranked.row];
  if (!row || !('verdict' in row)) return null;
  const chosen = ranked.row === state.chosen;
  const tokens = (part: 'empty' | 'full'): HTMLElement => (row.speed ? cell(`~${speed(row.speed[part].decode_tokens_per_second)}`, `t/s ${part}`) : cell('–'));
  return h('tr', { role: 'row', class: [chosen ? 'current' : '', ranked.misses.length > 0 ? 'missed' : ''].filter(Boolean).join(' ') || undefined },
    nameCell(row, ranked, chosen, () => actions.choose(ranked.row)),
    cell(gib(row.size_bytes)),
    cell(row.bits_per_weight.toFixed(2), 'bits/weight'),
    row.largest_n_ctx > 0 ? cell(count(row.largest_n_ctx), 'tokens') : cell('–'),
    tokens('empty'), tokens('full'),
    cell(row.headroom_bytes.map(mib).join(' / '), 'MiB free'));
}

function bodyOf(group: RankedGroup, named: boolean, state: ChoicesState, actions: ChoicesActions): HTMLElement {
  const body = h('tbody', { role: 'rowgroup' });
  if (named) body.append(h('tr', { role: 'row' }, h('th.group', { scope: 'rowgroup', role: 'rowheader', colspan: head.length }, group.model_name || group.architecture)));
  for (const ranked of group.rows) {
    const row = rowOf(ranked, state, actions);
    if (row) body.append(row);
  }
  return body;
}

function wishes(state: ChoicesState, actions: ChoicesActions): HTMLElement {
  const field = (name: 'min_tps' | 'min_ctx', label: string, unit: string, value: string): HTMLElement =>
    h('label', {}, label, ' ', h('input.figure', {
      value, maxlength: 11, inputmode: 'decimal', 'data-key': `wish ${name}`, id: name.replace('_', '-'),
      onchange: (event) => {
        const input = event.target as HTMLInputElement;
        input.setAttribute('aria-invalid', String(!actions.wish(name, input.value)));
      },
    }), ` ${unit}`);
  return h('p.wishes', {}, field('min_tps', 'At least', 't/s with the context full,', String(state.min_tps)), ' ', field('min_ctx', 'a context of', 'tokens; then the best quality first.', count(state.min_ctx)));
}

/** The context that the rows were planned for: that of the settings, or the one that is wished for. */
function contexts({ rows, context_set }: ChoicesState): string {
  const planned = rows.flatMap((row) => (row && 'n_ctx' in row ? [row.n_ctx] : []));
  const [least, most] = [Math.min(...planned), Math.max(...planned)];
  if (planned.length === 0) return '';
  return `, planned for ${least === most ? count(most) : `${count(least)} to ${count(most)}`} tokens of context, as ${context_set ? 'the settings say' : 'wished'}; the plan of the model that you open has the same`;
}

function progress(state: ChoicesState, actions: ChoicesActions): HTMLElement {
  const read = state.rows.filter((row) => row !== null).length;
  const all = state.candidates.length;
  const said = state.reading && read < all ? `Read ${read} of ${all} …` : read < all ? `Stopped after ${read} of ${all}.` : `${all} compared${contexts(state)}.`;
  return h('p.choose-progress', {}, h('span', { role: 'status', id: 'choose-said' }, said),
    state.reading && read < all ? h('button.link', { type: 'button', id: 'choose-cancel', 'data-key': 'choose cancel', onclick: actions.cancel }, 'Stop') : null);
}

/** The section's content. */
export function choices(state: ChoicesState, actions: ChoicesActions): (HTMLElement | null)[] {
  const groups = state.ranking?.groups ?? [];
  const unread = (state.ranking?.unreadable ?? []).flatMap((i) => state.rows[i] ?? []);
  const columns = head.map((text) => h('th', { scope: 'col', role: 'columnheader' }, text));
  return [
    h('div.row', {}, h('h2', { id: 'choose-heading' }, `Which of ${state.from}?`), h('button.link', { type: 'button', id: 'choose-close', 'data-key': 'choose close', onclick: actions.close }, 'Close')),
    wishes(state, actions),
    progress(state, actions),
    groups.length === 0 ? null : h('div.scroll', {}, h('table', { role: 'table', 'aria-labelledby': 'choose-heading' },
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...columns)), ...groups.map((group) => bodyOf(group, groups.length > 1, state, actions)))),
    unread.length === 0 ? null : h('ul.unread', { 'aria-label': 'Could not be compared' }, ...unread.map((row) => h('li', {}, h('b', {}, row.name), ` ${row.error}`))),
  ];
}
