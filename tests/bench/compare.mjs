// Reads the same 7 MB header with ggufit (native, WebAssembly) and with @huggingface/gguf, in one run, and prints the ratio.
// node tests/bench/compare.mjs [--native FOLDER] [--wasm FOLDER] [--rounds N]; exit 1 below five times as fast.
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const PACKAGE = '@huggingface/gguf@0.4.6';
const BAR = 5;
const FIRST_READ_BYTES = 1024 * 1024;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const { values: options } = parseArgs({
  options: {
    native: { type: 'string', default: join(root, 'build/bench') },
    wasm: { type: 'string', default: join(root, 'build/wasm') },
    rounds: { type: 'string', default: '15' },
  },
});
const rounds = Number(options.rounds);
const folder = join(root, 'build/bench-js');

/** Median of the milliseconds that `task` takes, after two rounds that are not counted. */
async function median(task) {
  const times = [];
  for (let round = -2; round < rounds; round++) {
    const start = performance.now();
    await task();
    if (round >= 0) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}

/** The package goes into a scratch folder: it is measured against, never used. */
async function huggingface(file) {
  if (!existsSync(join(folder, 'node_modules/@huggingface/gguf'))) {
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, PACKAGE], { stdio: 'inherit' });
  }
  const entry = join(folder, 'node_modules/@huggingface/gguf/dist/index.mjs');
  const { gguf } = await import(pathToFileURL(entry));
  const { tensorInfos, metadata } = await gguf(file, { allowLocalFile: true });
  const milliseconds = await median(() => gguf(file, { allowLocalFile: true }));
  return { milliseconds, n_tensors: tensorInfos.length, n_tokens: metadata['tokenizer.ggml.tokens'].length };
}

/** Google Benchmark's own figure for reading the file; null where it is not built. */
function native(file) {
  const program = join(options.native, 'tests/bench/bench_gguf');
  if (!existsSync(program)) return null;
  const report = execFileSync(program, [file, '--benchmark_format=json', '--benchmark_min_time=0.5'], { encoding: 'utf8' });
  const figures = JSON.parse(report).benchmarks;
  const time = (name) => figures.find((figure) => figure.name === name).real_time;
  return { milliseconds: time('readFromFile'), memory: time('readFromMemory') };
}

/** The module that the page uses, reading the same file as a growing prefix; null where it is not built. */
async function wasm(file) {
  const script = join(options.wasm, 'ggufit.js');
  if (!existsSync(script)) return null;
  const { default: createModule } = await import(pathToFileURL(script));
  const module = await createModule({ wasmBinary: readFileSync(join(options.wasm, 'ggufit.wasm')) });
  const file_bytes = statSync(file).size;
  let n_tensors = 0;
  const readOnce = () => {
    const session = new module.Session();
    const handle = openSync(file, 'r');
    let have = 0;
    for (let wanted = FIRST_READ_BYTES; ;) {
      const view = session.prefix(Math.min(wanted, file_bytes));
      readSync(handle, view, have, view.length - have, have);
      have = view.length;
      const answer = JSON.parse(session.addHeader(file_bytes, 'large.gguf'));
      if (answer.ok) {
        n_tensors = answer.n_tensors;
        break;
      }
      if (answer.error.code !== 'truncated') throw new Error(answer.error.detail);
      wanted = Math.max(answer.error.needed_bytes, 2 * have);
    }
    closeSync(handle);
    session.delete();
  };
  readOnce();
  return { milliseconds: await median(readOnce), n_tensors };
}

mkdirSync(folder, { recursive: true });
const file = join(folder, 'large.gguf');
const header_bytes = Number(execFileSync(join(options.native, 'tests/bench/write_large_header'), [file], { encoding: 'utf8' }));

const theirs = await huggingface(file);
console.log(`header: ${header_bytes} bytes, ${theirs.n_tokens} tokens, ${theirs.n_tensors} tensors`);
console.log(`${PACKAGE}: ${theirs.milliseconds.toFixed(1)} ms`);
let passed = true;
for (const [name, ours] of [['native', native(file)], ['wasm', await wasm(file)]]) {
  if (ours === null) {
    console.log(`ggufit ${name}: not built`);
    continue;
  }
  if (ours.n_tensors !== undefined && ours.n_tensors !== theirs.n_tensors) throw new Error(`${name} read ${ours.n_tensors} tensors`);
  const ratio = theirs.milliseconds / ours.milliseconds;
  const memory = ours.memory === undefined ? '' : ` (from memory ${ours.memory.toFixed(2)} ms)`;
  console.log(`ggufit ${name}: ${ours.milliseconds.toFixed(2)} ms${memory}, ${ratio.toFixed(1)} times as fast`);
  if (ratio < BAR) passed = false;
}
if (!passed) {
  console.error(`below the bar of ${BAR} times`);
  process.exit(1);
}
