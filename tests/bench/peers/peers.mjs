// Measures ggufit beside its peers in one run, on the same headers, and prints the tables of README.md in Markdown.
// node tests/bench/peers/peers.mjs [--native FOLDER] [--wasm FOLDER] [--folder SCRATCH] [--passes N] [--only read|estimate]
// exit 1 below a bar.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { truthCases } from '../accuracy.mjs';
import { root, writeSparse } from '../../wasm/module.mjs';
import { install } from './install.mjs';

/** How many times as fast as these the native reader is at least. */
const BARS = { '@huggingface/gguf': 5, 'llama.cpp (gguf_init_from_file)': 3 };
const ROUNDS = 4; // of a process, the first of which is not counted

const { values: options } = parseArgs({
  options: {
    native: { type: 'string', default: join(root, 'build/bench') },
    wasm: { type: 'string', default: join(root, 'build/wasm') },
    folder: { type: 'string', default: process.env.GGUFIT_PEERS ?? join(root, 'build/peers') },
    passes: { type: 'string', default: '7' },
    only: { type: 'string' },
  },
});
const env = { ...process.env, PEERS: options.folder, WASM: options.wasm };
const middle = (figures) => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)];

function run([program, ...before], args, input) {
  const text = execFileSync(program, [...before, ...args], { encoding: 'utf8', env, input, maxBuffer: 2 ** 28, stdio: ['pipe', 'pipe', 'ignore'] });
  return text.trim().split('\n').map((line) => JSON.parse(line));
}

/** One process of a reader: its quickest round, in wall-clock and in processor time. */
function measured(command, file) {
  const counted = run(command, [file, String(ROUNDS)]).slice(1, -1);
  const least = (key) => Math.min(...counted.map((round) => round[key]));
  return { wall_ms: least('wall_ms'), cpu_ms: least('cpu_ms'), n_tensors: counted[0].n_tensors };
}

/** Peak memory of reading once, above the same process that reads nothing. */
function peakKib(command, file) {
  const peak = (rounds) => run(command, [file, rounds]).at(-1).peak_kib;
  return peak('1') - peak('0');
}

/** All readers one after the other, pass after pass, so that whatever else the machine does disturbs them alike. */
function read(readers) {
  const file = join(options.folder, 'large.gguf');
  const header_bytes = Number(execFileSync(join(options.native, 'tests/bench/write_large_header'), [file], { encoding: 'utf8' }));
  for (const [name, command] of Object.entries(readers)) {
    try {
      run(command, [file, '1']);
    } catch (error) {
      if (name === 'ggufit') throw error;
      console.error(`${name} is left out: ${error.message}`);
      delete readers[name];
    }
  }
  const passes = Array.from({ length: Number(options.passes) }, () =>
    Object.fromEntries(Object.entries(readers).map(([name, command]) => [name, measured(command, file)])));
  console.log(`A header of ${header_bytes} bytes, ${passes[0].ggufit.n_tensors} tensors:\n`);
  console.log('| reader | processor time | wall clock | ggufit is quicker by | memory above the empty program |\n|---|---|---|---|---|');
  let passed = true;
  for (const [name, command] of Object.entries(readers)) {
    const figure = (key) => middle(passes.map((pass) => pass[name][key]));
    const ratio = middle(passes.map((pass) => pass[name].cpu_ms / pass.ggufit.cpu_ms));
    if (passes.some((pass) => pass[name].n_tensors !== pass.ggufit.n_tensors)) throw new Error(`${name} read other tensors`);
    const beside = name === 'ggufit' ? '' : `${ratio.toFixed(1)} times`;
    console.log(`| ${name} | ${figure('cpu_ms').toFixed(1)} ms | ${figure('wall_ms').toFixed(1)} ms | ${beside} | ${(peakKib(command, file) / 1024).toFixed(1)} MiB |`);
    if (BARS[name] && ratio < BARS[name]) {
      passed = false;
      console.error(`below the bar of ${BARS[name]} times beside ${name}`);
    }
  }
  return passed;
}

/** The cases that all can be asked: a model wholly on one card. */
function cases() {
  const asked = { 'full-8k': {}, 'full-32k-ub2048': { n_batch: 2048, n_ubatch: 2048 }, 'full-128k-q8': { cache_type: 'q8_0' }, 'full-8k-nofa': { flash: false }, 'full-16k-np4': { n_seq: 4 } };
  const models = join(options.folder, 'models');
  return truthCases().filter((one) => asked[one.setting] && one.set === 'models').map((one) => {
    const file = join(models, `${one.model}.gguf`);
    if (!existsSync(file)) writeSparse(models, one.model);
    const [weights, cache, compute] = one.devices.CUDA0;
    return { one, truth: { weights, cache, compute, context: cache + compute },
             question: { file, n_ctx: one.n_ctx, n_batch: 2048, n_ubatch: 512, n_seq: 1, flash: true, cache_type: 'f16', ...asked[one.setting] } };
  });
}

function ggufitSays({ one, question }) {
  const args = ['estimate', question.file, '--json', '--gpu', 'RTX 4090', '--outputs', one.outputs, ...one.args.split(' ')];
  const answer = JSON.parse(execFileSync(join(options.native, 'ggufit'), args, { encoding: 'utf8', maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'ignore'] }));
  const { model_bytes, context_bytes, compute_bytes } = answer.devices[0];
  return { weights: model_bytes, cache: context_bytes, compute: compute_bytes };
}

/** "middle (nine of ten within, worst)" of relative errors. */
function errorsOf(asked, said, term) {
  const known = asked.map(({ truth }, i) => [truth[term], said[i]?.[term]]).filter(([wanted, got]) => wanted > 0 && Number.isFinite(got));
  if (known.length === 0) return 'not said apart';
  const errors = known.map(([wanted, got]) => Math.abs(got / wanted - 1)).toSorted((a, b) => a - b);
  const percent = (share) => `${(100 * errors[Math.min(errors.length - 1, Math.floor(share * errors.length))]).toFixed(1)} %`;
  return `${percent(0.5)} (${percent(0.9)}, ${percent(1)})`;
}

function estimate(readers) {
  const asked = cases();
  const input = `${asked.map(({ question }) => JSON.stringify(question)).join('\n')}\n`;
  const answers = { ggufit: asked.map(ggufitSays) };
  for (const name of ['gguf-parser-go', 'node-llama-cpp']) {
    if (readers[name]) answers[name] = run(readers[name], [], input);
  }
  console.log(`\n${asked.length} cases that llama.cpp reserved memory for, each wholly on one card; error in the middle (nine of ten within, worst):\n`);
  console.log('| | answered | weights | cache | compute buffer | cache and compute buffer |\n|---|---|---|---|---|---|');
  for (const [name, said] of Object.entries(answers)) {
    const whole = said.map((answer) => (answer.error ? {} : { context: answer.cache + answer.compute, ...answer }));
    const answered = whole.filter((answer) => Number.isFinite(answer.weights)).length;
    console.log(`| ${name} | ${answered} | ${['weights', 'cache', 'compute', 'context'].map((term) => errorsOf(asked, whole, term)).join(' | ')} |`);
  }
}

mkdirSync(options.folder, { recursive: true });
const readers = install(options.folder, options);
const passed = options.only === 'estimate' || read(readers);
if (options.only !== 'read') estimate(readers);
if (!passed) process.exit(1);
