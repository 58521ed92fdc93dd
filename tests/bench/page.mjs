// Times the page in Chromium as a person sees it: a dropped file to its first answer, a slider to its painted answer.
// node tests/bench/page.mjs [--rounds N]; exit 1 beyond a bar.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { serve } from '../../web/serve.mjs';
import { header, root, temporaryFolder, writeSparse } from '../wasm/module.mjs';

const BARS = { drop: 300, single_gpu: 32, fit: 120 };
const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const rounds = Number(options.rounds);
const folder = join(root, 'build', 'web');
const { chromium } = createRequire(join(root, 'web/package.json'))('playwright-core');

let passed = true;
function report(name, milliseconds, bar, more = '') {
  const good = milliseconds <= bar;
  if (!good) passed = false;
  console.log(`${name}: ${milliseconds.toFixed(1)} ms (bar ${bar} ms${good ? '' : ', missed'})${more}`);
}

const median = (times) => [...times].sort((a, b) => a - b)[times.length >> 1];

/** Drops the file that #test-files holds; milliseconds until the verdict stands and a frame has passed. */
async function dropInPage() {
  const input = document.getElementById('test-files');
  const transfer = new DataTransfer();
  for (const file of input.files) transfer.items.add(file);
  input.remove();
  const start = performance.now();
  const shown = new Promise((resolve) => {
    new MutationObserver(() => document.querySelector('#verdict') && resolve()).observe(document.querySelector('main'), { childList: true, subtree: true });
  });
  for (const type of ['dragenter', 'dragover', 'drop']) document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  await shown;
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return performance.now() - start;
}

/** Moves the slider `n` times; milliseconds from each move until the answer to it has been painted. */
async function slideInPage(n) {
  const slider = document.querySelector('#ctx-slider');
  const [least, most] = [Number(slider.min), Number(slider.max)];
  const times = [];
  for (let i = 0; i < n; i++) {
    const shown = new Promise((resolve) => {
      const observer = new MutationObserver(() => (observer.disconnect(), resolve()));
      observer.observe(document.querySelector('#plan'), { childList: true });
    });
    slider.value = String(Math.round(least + ((most - least) * (0.35 + 0.6 * ((i * 7) % n) / n))));
    const start = performance.now();
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    await shown;
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  return times;
}

async function dropped(browser, origin, path) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(origin);
  await page.waitForFunction(() => document.querySelector('#version').textContent !== ''); // the core is there
  await page.evaluate(() => document.body.append(Object.assign(document.createElement('input'), { type: 'file', id: 'test-files' })));
  await page.locator('#test-files').setInputFiles(path);
  return { page, milliseconds: await page.evaluate(dropInPage) };
}

if (!existsSync(join(folder, 'ggufit.wasm'))) throw new Error('build/web is not built: ./dev build');
const files = temporaryFolder();
const server = await serve({ folder });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  const large = writeSparse(files, 'gpt-oss-120b-f16');
  const first = [];
  for (let i = 0; i < 5; i++) {
    const { page, milliseconds } = await dropped(browser, server.origin, large);
    first.push(milliseconds);
    await page.close();
  }
  const gib = (header('gpt-oss-120b-f16').file_bytes / 2 ** 30).toFixed(0);
  report(`a file of ${gib} GiB, from the drop to the first answer`, median(first), BARS.drop, `, least ${Math.min(...first).toFixed(1)}`);
  for (const [model, bar, what] of [['qwen3-14b-q4_k_m', BARS.single_gpu, 'one GPU'], ['qwen3-coder-next-q5_k_m', BARS.fit, '--fit']]) {
    const { page } = await dropped(browser, server.origin, writeSparse(files, model));
    await page.waitForFunction(() => !document.body.matches('.settling, .busy'), null, { timeout: 60_000 });
    await page.evaluate(slideInPage, 4);
    const times = await page.evaluate(slideInPage, rounds);
    report(`${model}, ${what}, slider to painted answer, median of ${rounds}`, median(times), bar, `, least ${Math.min(...times).toFixed(1)}`);
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
}
if (!passed) process.exitCode = 1;
