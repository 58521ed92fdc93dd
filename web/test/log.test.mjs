// The log box: pasted or dropped, beside a model or alone, after running out of memory, with text that means harm.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dropFiles, openSample, settled, visitPage, withBrowser } from './support.mjs';

withBrowser();

const fixture = (name) => readFileSync(new URL(`../../tests/data/logs/${name}`, import.meta.url), 'utf8');

async function paste(page, text) {
  await page.locator('#log-text').fill(text);
  await page.locator('#log-check').click();
  await page.locator('#log-result > *').first().waitFor();
}

const rows = (page) => page.locator('#log-result tbody tr').evaluateAll((found) => found.map((row) => [...row.children].map((cell) => cell.textContent.trim())));

test('a log without a model shows what was measured', async () => {
  await visitPage(async (page) => {
    await paste(page, fixture('two_cards.log'));
    assert.match(await page.locator('.log-summary').textContent(), /came to its end/);
    const found = await rows(page);
    assert.deepEqual(found[0], ['CUDA0 weights, MiB', '13,755.36']);
    assert.ok(found.some(([name, value]) => name === 'graph splits for a token' && value === '111'));
    assert.match(await page.locator('#log-result').textContent(), /Open the model that ran/);
  });
});

test('beside an open model each figure has its prediction, and a difference is said in words', async () => {
  await visitPage(async (page) => {
    await openSample(page, 0);
    const log = [
      'llama_prepare_model_devices: using device CUDA0 (NVIDIA GeForce RTX 4090) (0000:01:00.0) - 24040 MiB free',
      'llama_context: n_ctx = 8192',
      'llama_context: n_batch = 2048',
      'llama_context: n_ubatch = 512',
      'llama_context: n_seq_max = 1',
      'llama_context: n_outputs_max = 1',
      'llama_kv_cache:      CUDA0 KV buffer size =   1.00 MiB',
      'sched_reserve:      CUDA0 compute buffer size =   9999.00 MiB',
      'sched_reserve: graph splits = 2',
    ].join('\n');
    await paste(page, log);
    const found = await rows(page);
    const compute = found.find(([name]) => name === 'CUDA0 compute, MiB');
    assert.equal(compute?.length, 4);
    assert.equal(compute[2], '9,999.00');
    assert.match(compute[3], /^\+9,\d{3}\.\d\d$/);
    assert.ok(found.some((row) => row[3] === 'equal'), JSON.stringify(found));
    assert.match(await page.locator('#log-result').textContent(), /What explains it/);
    await page.locator('#log-clear').click();
    assert.equal(await page.locator('#log-result > *').count(), 0);
  });
});

test('a dropped log goes to the box, also before a model is opened', async () => {
  await visitPage(async (page) => {
    const folder = mkdtempSync(join(tmpdir(), 'ggufit-log-'));
    const file = join(folder, 'server.log');
    writeFileSync(file, fixture('out_of_memory.log'));
    await dropFiles(page, [file]);
    await page.locator('.log-summary.failed').waitFor();
    const text = await page.locator('#log-result').textContent();
    assert.match(text, /CUDA1 ran out of memory when the cache was allocated: 20,480 MiB were asked for/);
    assert.match(text, /What would help, cheapest first/);
    assert.equal(await page.locator('#log-result button').count(), 0, 'nothing to choose without a model');
    assert.equal(await page.locator('#notice').isVisible(), false);
  });
});

test('a remedy is taken over into the settings', async () => {
  await visitPage(async (page) => {
    await openSample(page, 0);
    const log = [
      'llama_prepare_model_devices: using device CUDA0 (NVIDIA GeForce RTX 4090) (0000:01:00.0) - 24040 MiB free',
      'llama_context: n_ctx = 131072',
      'llama_context: n_batch = 2048',
      'llama_context: n_ubatch = 2048',
      'llama_context: n_seq_max = 1',
      'llama_context: n_outputs_max = 1',
      'ggml_gallocr_reserve_n_impl: failed to allocate CUDA0 buffer of size 1048576',
      'graph_reserve: failed to allocate compute buffers',
    ].join('\n');
    await paste(page, log);
    const remedy = page.locator('#log-result button.choose').first();
    const change = await remedy.textContent();
    await remedy.click();
    await settled(page);
    const words = change.split(' ');
    const command = await page.locator('#plan').textContent();
    assert.ok(command.length > 0);
    if (words[0] === '-ub') assert.equal(await page.locator('#ubatch').inputValue(), words[1]);
  });
});

test('nothing of a log becomes markup', async () => {
  await visitPage(async (page) => {
    const evil = '<img src=x onerror="document.title=1">';
    await paste(page, `print_info: arch = ${evil}\nprint_info: model type = ${evil}\nbuild: ${evil}\nllama_context: n_ctx = 5\nsched_reserve: ${'<b>x</b>'} compute buffer size = 5.00 MiB\nllama_model_load: error loading model: ${evil}`);
    assert.equal(await page.locator('#log-result img, #log-result b b').count(), 0);
    assert.match(await page.locator('#log-result').textContent(), /<img src=x/);
    assert.notEqual(await page.title(), '1');
  });
});

test('text that is no log gets a sentence', async () => {
  await visitPage(async (page) => {
    await paste(page, 'hello');
    assert.match(await page.locator('#log-result').textContent(), /holds no start of llama\.cpp/);
  });
});

test('the box is usable on a phone', async () => {
  await visitPage(
    async (page) => {
      await paste(page, fixture('out_of_memory.log'));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      assert.equal(wide, false);
    },
    { viewport: { width: 360, height: 740 } },
  );
});
