// Which of several models: their headers are read a few at a time, each is planned, and the table fills as they come.
import { byId, replaceChildren } from '../dom.js';
import type { ChooseRanking, ChooseRow, UnreadRow } from '../ggufit.js';
import { parseDecimal, parseWhole } from '../given/numbers.js';
import type { HeaderSource } from '../messages.js';
import { sentence } from '../notice.js';
import { open } from '../opening.js';
import { planSoon, whenChanged } from '../planning.js';
import { inTurns, scout } from '../remote/address.js';
import { planInputs, type Settings } from '../state.js';
import { store } from '../store.js';
import type { Candidate } from './candidates.js';
import { choices } from './table.js';

const read_at_once = 3;

/** What is chosen among now. */
interface Choosing {
  from: string;
  candidates: Candidate[];
  /** By candidate; null until its header is there. */
  headers: (HeaderSource[] | null)[];
  rows: (ChooseRow | UnreadRow | null)[];
  ranking: ChooseRanking | null;
  min_tps: number;
  min_ctx: number;
  chosen: number;
  reading: AbortController;
}

let now: Choosing | null = null;
let planned = 0;

/** Whether the settings say the context; else rows are planned for the one that is wished for. */
function saysContext({ n_ctx, defaults }: Settings): boolean {
  return n_ctx !== null || defaults === 'llama-server';
}

function show(): void {
  document.body.classList.toggle('choosing', now !== null);
  const parent = byId('choose');
  parent.hidden = now === null;
  if (!now) return replaceChildren(parent);
  replaceChildren(parent, ...choices({ ...now, reading: !now.reading.signal.aborted, context_set: saysContext(store.state.settings) }, {
    choose: (i) => void take(i),
    wish: setWish,
    cancel: () => now?.reading.abort(),
    close: () => {
      now?.reading.abort();
      now = null;
      show();
    },
  }));
}

/** Ranks what is there, in the order in which the rows stand in `rows`. */
async function rank(choosing: Choosing): Promise<void> {
  const there = choosing.rows.flatMap((row, i) => (row ? [{ row, i }] : []));
  const ranking = await scout().call('chooseRank', { rows: there.map(({ row }) => row), wishes: { min_tps: choosing.min_tps, min_ctx: choosing.min_ctx } });
  for (const group of ranking.groups) for (const ranked of group.rows) ranked.row = there[ranked.row]?.i ?? 0;
  ranking.unreadable = ranking.unreadable.map((row) => there[row]?.i ?? 0);
  if (choosing !== now) return;
  choosing.ranking = ranking;
  show();
}

async function planOne(choosing: Choosing, i: number): Promise<void> {
  const { name, n_files, size_bytes } = choosing.candidates[i] as Candidate;
  const version = planned;
  let row: ChooseRow | UnreadRow;
  try {
    const sources = (choosing.headers[i] ??= await (choosing.candidates[i] as Candidate).read(choosing.reading.signal));
    const inputs = { ...planInputs(store.state), name, n_files, size_bytes, min_ctx: choosing.min_ctx };
    row = await scout().call('chooseRow', { sources, inputs });
  } catch (thrown) {
    if (choosing !== now || !choosing.headers[i] && choosing.reading.signal.aborted) return;
    row = { name, n_files, size_bytes, error: sentence(thrown) };
  }
  if (choosing !== now) return;
  if (version !== planned) return planOne(choosing, i);
  choosing.rows[i] = row;
  followWish(choosing, i);
  await rank(choosing);
}

/** Compares models, from the best to the least. Those of an earlier comparison go. */
export async function chooseAmong(from: string, candidates: Candidate[]): Promise<void> {
  now?.reading.abort();
  const choosing: Choosing = {
    from, candidates, headers: candidates.map(() => null), rows: candidates.map(() => null), ranking: null,
    min_tps: now?.min_tps ?? 10, min_ctx: now?.min_ctx ?? 32768, chosen: -1, reading: new AbortController(),
  };
  now = choosing;
  show();
  byId('choose').scrollIntoView({ block: 'start' });
  await inTurns(candidates, (_, i) => (choosing.reading.signal.aborted ? Promise.resolve() : planOne(choosing, i)), read_at_once);
  choosing.reading.abort(); // nothing is under way any more
  if (choosing === now) show();
}

/** Machine, settings or wishes have changed: what is read is planned anew. */
function planAgain(): void {
  const choosing = now;
  if (!choosing) return;
  planned++;
  void inTurns(choosing.candidates, (_, i) => (choosing === now && choosing.headers[i] ? planOne(choosing, i) : Promise.resolve()), 1);
}

function setWish(name: 'min_tps' | 'min_ctx', text: string): boolean {
  const value = name === 'min_tps' ? parseDecimal(text) : parseWhole(text, 1, 2 ** 31 - 1);
  if (value === null || !now) return false;
  now[name] = value;
  if (name === 'min_ctx') planAgain();
  else void rank(now);
  return true;
}

/** The plan of a row's model has the row's context where the settings say none, so that both say the same. */
function takeContext({ headers, rows }: Choosing, i: number): void {
  const [model, row] = [headers[i], rows[i]];
  if (model && row && 'n_ctx' in row) store.wished = { model, n_ctx: row.n_ctx };
}

/** Another context was wished for: the plan of the row that is open follows. */
function followWish(choosing: Choosing, i: number): void {
  const before = store.wished;
  if (i !== choosing.chosen || before === null || before.model !== choosing.headers[i]) return;
  takeContext(choosing, i);
  if (store.wished?.n_ctx !== before.n_ctx && !saysContext(store.state.settings)) void planSoon();
}

/** Makes a row's model the one that is planned. */
async function take(i: number): Promise<void> {
  const headers = now?.headers[i];
  if (!now || !headers) return;
  const choosing = now;
  takeContext(choosing, i);
  if (!(await open(headers)) || choosing !== now) return;
  choosing.chosen = i;
  show();
  byId('answer').querySelector('#verdict')?.scrollIntoView({ block: 'start' });
}

whenChanged(planAgain);
