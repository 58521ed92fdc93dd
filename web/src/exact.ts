// The page "How exact?": the accuracy tables of the bundle, drawn up from exact/accuracy.json.
import { byId, h } from './dom.js';
import { count, mib } from './format.js';

interface Row {
  name: string;
  equal: number;
  of: number;
}

interface Miss {
  model: string;
  setting: string;
  term: string;
  device: string;
  expected: unknown;
  said: unknown;
  reason: string;
}

interface Approximate {
  name: string;
  marked: number;
  of: number;
  reasons: { reason: string; cases: number }[];
}

interface Accuracy {
  written: string;
  measured_with: { llama_cpp: string; date: string };
  cases: { models: number; zoo: number };
  models: { models: number; zoo: number };
  by_term: { models: Row[]; zoo: Row[] };
  by_setting: Row[];
  by_architecture: Row[];
  approximate: Approximate[];
  worst: Miss[];
}

const term_labels: Record<string, string> = {
  model: 'weights by device',
  context: 'cache and states by device',
  compute: 'compute buffers by device',
  splits: 'graph splits, prompt and decode',
  fit: 'what --fit chose',
  'whole case': 'all of a case',
};

const share = (part: number, of: number): string => `${(Math.floor((part / of) * 1000) / 10).toFixed(1).replace('.0', '')} %`;

function ratio({ equal, of }: Row): HTMLElement {
  return h('td', { class: equal === of ? undefined : 'not-all' }, `${count(equal)} of ${count(of)}`, h('span.quiet', {}, ` ${share(equal, of)}`));
}

function table(head: string[], rows: HTMLElement[]): HTMLElement {
  return h('table', {}, h('thead', {}, h('tr', {}, ...head.map((text) => h('th', { scope: 'col', class: text === 'why' ? 'words' : undefined }, text)))), h('tbody', {}, ...rows));
}

const named = (row: Row, label = row.name): HTMLElement => h('tr', {}, h('th', { scope: 'row' }, label), ratio(row));

function terms({ models, zoo }: Accuracy['by_term']): HTMLElement {
  const rows = models.map((row) => {
    const other = zoo.find(({ name }) => name === row.name);
    return h('tr', {}, h('th', { scope: 'row' }, term_labels[row.name] ?? row.name), ratio(row), other ? ratio(other) : h('td', {}, '–'));
  });
  return table(['figure', 'models of real shapes', 'one or two of each architecture'], rows);
}

function approximate(shares: Approximate[]): HTMLElement {
  const rows = shares.map(({ name, marked, of, reasons }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      h('td', { class: marked === 0 ? undefined : 'not-all' }, `${count(marked)} of ${count(of)}`, h('span.quiet', {}, ` ${share(marked, of)}`)),
      h('td.words', {}, reasons.map(({ reason }) => reason).join('; ')),
    ),
  );
  return table(['estimates', 'marked approximate', 'why'], rows);
}

function worst(misses: Miss[]): HTMLElement {
  const size = (value: unknown): string => (typeof value === 'number' ? `${mib(value)} MiB` : Array.isArray(value) ? value.join(' and ') : '–');
  const rows = misses.map((miss) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, `${miss.model}, ${miss.setting}`),
      h('td', {}, `${miss.term} ${miss.device === 'host' ? 'RAM' : miss.device}`),
      h('td', {}, size(miss.expected)),
      h('td', {}, size(miss.said)),
      h('td.words', {}, miss.reason),
    ),
  );
  return rows.length === 0 ? h('p', {}, 'None is off.') : table(['case', 'figure', 'llama.cpp', 'ggufit', 'why'], rows);
}

function show(found: Accuracy): void {
  const { cases, models, measured_with } = found;
  const compared = `${count(cases.models + cases.zoo)} cases: ${models.models} models of real shapes and ${models.zoo} tiny ones of every architecture that llama.cpp builds`;
  byId('measured').textContent = `${compared}. Measured with llama.cpp ${measured_with.llama_cpp} of ${measured_with.date} on stand-in devices; scored on ${found.written}.`;
  byId('terms').append(terms(found.by_term));
  byId('settings').append(table(['setting', 'figures equal'], found.by_setting.map((row) => named(row))));
  byId('approximate').append(approximate(found.approximate));
  byId('worst').append(worst(found.worst));
  const all = found.by_architecture.filter(({ equal, of }) => equal === of).length;
  byId('architectures-sum').textContent = `Every figure is equal for ${all} of ${found.by_architecture.length} architectures.`;
  byId('architectures').append(table(['architecture', 'figures equal'], found.by_architecture.map((row) => named(row))));
}

async function load(): Promise<void> {
  const response = await fetch(new URL('exact/accuracy.json', import.meta.url));
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  show((await response.json()) as Accuracy);
}

load().catch((thrown: unknown) => {
  byId('measured').textContent = `The tables could not be loaded (${thrown instanceof Error ? thrown.message : String(thrown)}).`;
});
