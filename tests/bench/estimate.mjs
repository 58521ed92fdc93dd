// Times one estimate of the largest header natively and in Chromium, and prints both beside their bars.
// node tests/bench/estimate.mjs [--native FOLDER] [--wasm FOLDER] [--rounds N]; exit 1 beyond a bar.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { serve } from '../../web/serve.mjs';
import { header, root, truth } from '../wasm/module.mjs';

const BARS = { native_ms: 5, wasm_ms: 15, mib: 32, growth: 1.25 };
const REPETITIONS = 7;
const LARGEST = 'deepseek-v3.1-q4_k_m';
const CASES = {
  'experts on the CPU, 64k': ['-ngl', '99', '-c', '65536', '--cpu-moe', '-fit', 'off'],
  'full, 8k': ['-ngl', '99', '-c', '8192', '-np', '1', '-fit', 'off'],
};

const { values: options } = parseArgs({
  options: {
    native: { type: 'string', default: join(root, 'build/bench') },
    wasm: { type: 'string', default: join(root, 'build/wasm') },
    rounds: { type: 'string', default: '50' },
  },
});
const rounds = Number(options.rounds);

let passed = true;
/** One line: what was measured, the figure, its bar. */
function report(name, figure, bar, unit, more = '') {
  const good = figure <= bar;
  if (!good) passed = false;
  console.log(`${name}: ${figure.toFixed(2)} ${unit} (bar ${bar} ${unit}${good ? '' : ', missed'})${more}`);
}

/** Of each benchmark the quickest repetition: what the program needs where nothing comes between. */
function leastOf(figures) {
  const failed = figures.find((figure) => figure.error_occurred);
  if (failed) throw new Error(`${failed.name}: ${failed.error_message}`);
  const least = new Map();
  for (const figure of figures) {
    if (!(least.get(figure.name)?.cpu_time <= figure.cpu_time)) least.set(figure.name, figure);
  }
  return [...least.values()];
}

/** Google Benchmark's figures, in processor time, which other processes on the machine disturb least. */
function native() {
  const program = join(options.native, 'tests/bench/bench_estimate');
  if (!existsSync(program)) return console.log('native: not built');
  const flags = ['--benchmark_format=json', '--benchmark_min_time=0.2', `--benchmark_repetitions=${REPETITIONS}`];
  const text = execFileSync(program, flags, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const figures = leastOf(JSON.parse(text).benchmarks.filter((figure) => figure.run_type === 'iteration'));
  for (const { name, cpu_time, nodes, heap_peak } of figures) {
    if (name.startsWith('llama')) continue;
    if (name.startsWith('deepseek')) report(`native, ${name}`, cpu_time, BARS.native_ms, 'ms', `, ${nodes} nodes`);
    else console.log(`native, ${name}: ${cpu_time.toFixed(2)} ms, ${nodes} nodes`);
    report(`native, ${name}, heap at its peak`, heap_peak / 2 ** 20, BARS.mib, 'MiB');
  }
  const family = figures.filter(({ name }) => name.startsWith('llama'));
  const each = family.map(({ per_layer }) => per_layer * 1e9);
  console.log(`native, a layer: ${family.map(({ layers }, i) => `${(each[i] / 1000).toFixed(1)} µs of ${layers}`).join(', ')}`);
  report('native, slowest layer by quickest', Math.max(...each) / Math.min(...each), BARS.growth, 'times');
}

/** Runs in the page: builds the model and estimates until the engine has settled. Keeps `estimate` and `memory` there. */
async function openInPage({ file, file_bytes, inputs }) {
  const { default: create } = await import('/ggufit.js');
  const module = await create({ wasmBinary: await (await fetch('/ggufit.wasm')).arrayBuffer() });
  const bytes = new Uint8Array(await (await fetch('/header')).arrayBuffer());
  const session = new module.Session();
  session.prefix(bytes.length).set(bytes);
  for (const answer of [session.addHeader(file_bytes, file), session.build()]) {
    if (JSON.parse(answer).error) throw new Error(answer);
  }
  window.estimate = () => session.estimate(inputs);
  window.memory = () => session.prefix(1).buffer.byteLength;
  const built_bytes = memory();
  const answer = JSON.parse(estimate());
  if (answer.error) throw new Error(answer.error.detail);
  if (answer.approximate) throw new Error(`no graph was built: ${answer.approximate_because}`);
  for (let round = 0; round < 10; round++) estimate();
  return built_bytes;
}

/** Runs in the page: median of the milliseconds on the clock. */
function timeInPage(rounds) {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    estimate();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[rounds >> 1];
}

/** The bar is held against the thread's processor time, as natively; the clock's median stands beside it. */
async function measurePage(page, origin, name, question) {
  await page.goto(`${origin}/ggufit.js`); // any document of this origin will do
  const built_bytes = await page.evaluate(openInPage, question);
  const inspector = await page.context().newCDPSession(page);
  await inspector.send('Performance.enable');
  const threadSeconds = async () => (await inspector.send('Performance.getMetrics')).metrics.find((metric) => metric.name === 'ThreadTime').value;
  const start = await threadSeconds();
  const median = await page.evaluate(timeInPage, rounds);
  const each = ((await threadSeconds()) - start) / rounds;
  const bytes = await page.evaluate(() => memory());
  report(`Chromium, deepseek-v3.1, ${name}`, 1000 * each, BARS.wasm_ms, 'ms', `, median on the clock ${median.toFixed(2)} ms`);
  const grown = (bytes - built_bytes) / 2 ** 20;
  report(`Chromium, deepseek-v3.1, ${name}, memory`, bytes / 2 ** 20, BARS.mib, 'MiB', `, ${grown.toFixed(1)} MiB of them since the model was built`);
}

async function wasm() {
  if (!existsSync(join(options.wasm, 'ggufit.js'))) return console.log('wasm: not built');
  const { chromium } = createRequire(join(root, 'web/package.json'))('playwright-core');
  const machine = JSON.parse(readFileSync(join(truth, 'machines.json'), 'utf8'))['4090+5070ti'];
  const { file, bytes, file_bytes } = header(LARGEST);
  const server = await serve({ folder: resolve(options.wasm) });
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  try {
    for (const [name, words] of Object.entries(CASES)) {
      const page = await browser.newPage();
      await page.route('**/header', (route) => route.fulfill({ body: bytes, contentType: 'application/octet-stream' }));
      const inputs = JSON.stringify({ machine, arguments: words });
      await measurePage(page, server.origin, name, { file, file_bytes, inputs });
      await page.close();
    }
  } finally {
    await browser.close();
    await server.close();
  }
}

native();
await wasm();
if (!passed) process.exit(1);
