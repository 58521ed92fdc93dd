// Scores the built CLI against llama.cpp's own figures; writes web/exact/accuracy.json, which the page "How exact?" shows, and
// the same as accuracy.md beside this file. node tests/bench/accuracy.mjs [--check]; --check writes nothing.
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { root, temporaryFolder, truth, writeSparse } from '../wasm/module.mjs';
import { accuracyMarkdown } from './accuracy_markdown.mjs';

const program = join(root, 'build', 'native', 'ggufit');
export const accuracy_file = join(root, 'web', 'exact', 'accuracy.json');
export const markdown_file = join(root, 'tests', 'bench', 'accuracy.md');
/** The source that the figures were measured with. */
const measured_with = { llama_cpp: '82bb48500', date: '2026-08-18' };
const terms = ['model', 'context', 'compute'];

/** What no case was measured with: here only how many estimates say that they are approximate is known. */
const beyond_machines = [
  ['CUDA with -sm row', ['--gpu', '2x RTX 4090', '-sm', 'row']],
  ['ROCm', ['--gpu', 'RX 7900 XTX']],
  ['Vulkan', ['--gpu', 'RTX 4090,backend=Vulkan']],
  ['SYCL', ['--gpu', 'Arc A770 16GB']],
  ['Metal', ['--gpu', 'M2 Max 64GB']],
];

/** Why a figure is another one, by model, where it is known. */
const known_reasons = {
  'deepseek32-moe': 'An indexer of a shape that no CUDA kernel takes: the measuring device ran it all the same.',
  'glm-dsa-moe': 'An indexer of a shape that no CUDA kernel takes: the measuring device ran it all the same.',
};

/** The cases that llama.cpp ran: those of the real shapes ("models") before those of every architecture ("zoo"). */
export function truthCases() {
  const read = (file) => execFileSync('tar', ['-xJOf', join(truth, 'cases.tar.xz'), file], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const cases = (file, set) => read(file).trim().split('\n').map((line) => ({ ...JSON.parse(line), set }));
  return [...cases('cases.jsonl', 'models'), ...cases('zoo_cases.jsonl', 'zoo')].filter((one) => one.error === undefined);
}

/** The kinds of setting that a case is one of, for people. */
export function settingsOf({ args, machine }) {
  const words = args.split(' ');
  const value = (name) => words[words.indexOf(name) + 1];
  const kinds = [];
  if (!words.includes('-fit') || value('-fit') === 'on') kinds.push('--fit');
  if (machine.includes('+')) kinds.push('several GPUs');
  if (words.some((word) => ['-cmoe', '--cpu-moe', '-ncmoe', '--n-cpu-moe', '-ot'].includes(word))) kinds.push('experts or tensors on the processor');
  if (words.includes('-ngl') && Number(value('-ngl')) < 99) kinds.push('some layers on the processor');
  if (words.includes('-ctk') || words.includes('-ctv')) kinds.push('cache types');
  if (words.includes('-ub') || words.includes('-b')) kinds.push('batch sizes');
  if (words.includes('-np') && Number(value('-np')) > 1) kinds.push('several slots');
  if (words.includes('-fa') && value('-fa') === 'off') kinds.push('without flash attention');
  return kinds.length > 0 ? kinds : ['plain'];
}

/** Each figure of a case as {term, device, expected}; what an estimate says of it is read by `saidOf`. */
export function figuresOf(one) {
  const figures = [];
  for (const [device, bytes] of Object.entries({ ...one.devices, host: one.host })) {
    bytes.forEach((expected, i) => figures.push({ term: terms[i], device, expected }));
  }
  if (one.graph_splits) figures.push({ term: 'splits', device: '', expected: one.graph_splits });
  if (one.fit) figures.push({ term: 'fit', device: '', expected: one.fit });
  return figures;
}

function saidOf(answer, { term, device, expected }) {
  if (term === 'splits') return [answer.graph?.splits_prompt, answer.graph?.splits_decode];
  if (term === 'fit') return Object.fromEntries(Object.keys(expected).map((key) => [key, answer.fit?.[key]]));
  const found = device === 'host' ? answer.host : answer.devices?.find(({ name }) => name === device);
  return found?.[`${term}_bytes`];
}

const folder = temporaryFolder();
const files = new Map();

function fileOf(model) {
  if (!files.has(model)) files.set(model, writeSparse(folder, model));
  return files.get(model);
}

const machines = JSON.parse(readFileSync(join(truth, 'machines.json'), 'utf8'));
for (const [name, machine] of Object.entries(machines)) writeFileSync(join(folder, `${name}.json`), JSON.stringify(machine));

/** What `ggufit estimate --json` answers for a case; an empty object where it answers nothing. */
export function answerOf(one) {
  return estimated(one.model, ['--machine', join(folder, `${one.machine}.json`), '--outputs', one.outputs, ...one.args.split(' ')]);
}

async function estimated(model, rest) {
  const words = ['estimate', fileOf(model), '--json', ...rest];
  const { stdout } = await promisify(execFile)(program, words, { maxBuffer: 2 ** 26 }).catch((failed) => failed);
  try {
    return JSON.parse(stdout);
  } catch {
    return {};
  }
}

/** The figures of a case in which an answer is not equal to llama.cpp: {term, device, expected, said}. */
export function missesOf(one, answer) {
  return figuresOf(one).flatMap((figure) => {
    const said = saidOf(answer, figure);
    return JSON.stringify(said) === JSON.stringify(figure.expected) ? [] : [{ ...figure, said: said ?? null }];
  });
}

function architectureOf(model) {
  return JSON.parse(execFileSync(program, ['inspect', fileOf(model), '--json'], { encoding: 'utf8', maxBuffer: 2 ** 28 })).architecture;
}

class Tally {
  rows = new Map();
  add(name, good, of = 1) {
    const row = this.rows.get(name) ?? { name, equal: 0, of: 0 };
    row.equal += good;
    row.of += of;
    this.rows.set(name, row);
  }
  list() {
    return [...this.rows.values()];
  }
}

/** How far a figure in bytes is off, as a share of it (of a MiB where it is less); what is no size comes last. */
const off = ({ expected, said }) => (typeof expected === 'number' && typeof said === 'number' ? Math.abs(said - expected) / Math.max(expected, 2 ** 20) : 0);

/** As many at once as there are processors. */
async function mapAll(list, ask) {
  const answers = new Array(list.length);
  let next = 0;
  const work = async () => {
    for (let i = next++; i < list.length; i = next++) answers[i] = await ask(list[i]);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return answers;
}

/** How many of these answers are marked approximate, and why. */
function marked(name, answers) {
  const reasons = new Tally();
  const approximate = answers.filter((answer) => answer.approximate !== false);
  for (const answer of approximate) reasons.add(answer.approximate_because || 'no answer', 1);
  return { name, marked: approximate.length, of: answers.length, reasons: reasons.list().map(({ name: reason, equal }) => ({ reason, cases: equal })) };
}

async function approximateOf(cases, answers) {
  const models = [...new Set(cases.map(({ model }) => model))];
  const shares = [marked('the cases above, CUDA', answers)];
  for (const [name, words] of beyond_machines) {
    const asked = await mapAll(models, (model) => estimated(model, [...words, '--ram', '256GB', '-c', '4096', '-fit', 'off']));
    shares.push(marked(name, asked));
  }
  return shares;
}

async function score() {
  const cases = truthCases();
  const answers = await mapAll(cases, answerOf);

  const by_term = { models: new Tally(), zoo: new Tally() };
  const by_setting = new Tally();
  const by_architecture = new Tally();
  const architectures = new Map();
  const worst = [];
  const missed_cases = [];
  cases.forEach((one, i) => {
    const misses = missesOf(one, answers[i]);
    const figures = figuresOf(one);
    const missed = new Set(misses.map(({ term, device }) => `${term} ${device}`));
    for (const { term, device } of figures) by_term[one.set].add(term, missed.has(`${term} ${device}`) ? 0 : 1);
    by_term[one.set].add('whole case', misses.length === 0 ? 1 : 0);
    for (const kind of settingsOf(one)) by_setting.add(kind, figures.length - misses.length, figures.length);
    if (!architectures.has(one.model)) architectures.set(one.model, architectureOf(one.model));
    by_architecture.add(architectures.get(one.model), figures.length - misses.length, figures.length);
    if (misses.length > 0) missed_cases.push(`${one.model}/${one.setting}`);
    for (const miss of misses) worst.push({ model: one.model, setting: one.setting, ...miss, reason: known_reasons[one.model] ?? '' });
  });
  worst.sort((a, b) => off(b) - off(a));
  const models = (set) => new Set(cases.filter((one) => one.set === set).map(({ model }) => model)).size;
  return {
    written: new Date().toISOString().slice(0, 10),
    measured_with,
    cases: { models: cases.filter(({ set }) => set === 'models').length, zoo: cases.filter(({ set }) => set === 'zoo').length },
    models: { models: models('models'), zoo: models('zoo') },
    by_term: { models: by_term.models.list(), zoo: by_term.zoo.list() },
    by_setting: by_setting.list().sort((a, b) => b.of - a.of),
    by_architecture: by_architecture.list().sort((a, b) => a.name.localeCompare(b.name)),
    missed_cases,
    approximate: await approximateOf(cases, answers),
    worst: worst.slice(0, 10),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = await score();
  for (const set of ['models', 'zoo']) {
    for (const { name, equal, of } of found.by_term[set]) console.log(`${set}, ${name}: ${equal} of ${of} equal`);
  }
  for (const { name, marked, of } of found.approximate) console.log(`${name}: ${marked} of ${of} marked approximate`);
  if (!process.argv.includes('--check')) {
    mkdirSync(join(root, 'web', 'exact'), { recursive: true });
    writeFileSync(accuracy_file, `${JSON.stringify(found, null, 1)}\n`);
    writeFileSync(markdown_file, accuracyMarkdown(found));
  }
}
