// What follows from what is given: alternatives and the way back, layers, contexts, reasons, outputs, how exact.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { code, openSample, settled, verdict, visitPage, withBrowser } from './support.mjs';

withBrowser();

async function saved(page, press) {
  const [download] = await Promise.all([page.waitForEvent('download'), press()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

test('an alternative is chosen by a click, marked as shown, and there is a way back', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    const before = await code(page);
    const other = page.locator('.alternatives .choose:not([disabled])', { hasText: 'f16 cache' });
    const label = await other.textContent();
    assert.equal(await page.locator('#go-back').count(), 0);
    await other.click();
    await page.waitForFunction((text) => document.querySelector('#code').textContent !== text, before);
    await settled(page);
    const shown = page.locator('.alternatives tr[aria-current]');
    assert.equal(await shown.count(), 1);
    assert.match(await shown.textContent(), new RegExp(`^${label} shown`));
    assert.equal(await page.locator('#type-k').inputValue(), 'f16');
    await page.locator('#go-back').click();
    await page.waitForFunction((text) => document.querySelector('#code').textContent === text, before);
    await page.locator('#go-back').waitFor({ state: 'detached' });
  }));

test('layers are read one by one with the keyboard, and the splits between them are named', () =>
  visitPage(async (page) => {
    await openSample(page, 0);
    const cells = page.locator('.layer');
    assert.equal(await cells.count(), 48);
    await cells.first().focus();
    const readout = page.locator('.layers .bar-readout');
    assert.match(await readout.textContent(), /^layer 0, recurrent: CUDA0, experts: \w+ · [\d,]+ MiB$/);
    await page.keyboard.press('End');
    assert.match(await readout.textContent(), /^layer 47,/);
    const splits = await page.locator('.splits').textContent();
    const [, total] = /(\d+) graph splits for each token/.exec(splits);
    assert.equal(await page.locator('.alternatives tr[aria-current] td').nth(3).textContent(), total);
    assert.match(splits, /between layers \d+ and \d+: CUDA0 → CUDA1/);
    assert.match(splits, /to the experts of layers [\d–, ]+: CUDA1 → RAM → CUDA1/);
  }));

test('the contexts are drawn with what fits, and a table says the same', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    await page.locator('.small-chart').first().waitFor();
    const said = await page.locator('.curve-section > p').textContent();
    const [, now, largest] = /^([\d,]+) tokens now; the largest that fits is ([\d,]*\d)/.exec(said);
    await page.locator('.curve-table summary').click();
    const current = page.locator('.curve-table tr.current');
    assert.equal(await current.locator('th').textContent(), now);
    assert.ok((await page.locator('.curve-table tbody th').allTextContents()).includes(largest));
    const cuda0 = await page.locator('.as-table tbody tr').evaluateAll((rows) => {
      const mib = (name) => Number(rows.find((row) => row.firstChild.textContent === name)?.children[1].textContent.replace(',', '') || 0);
      return ['attention', 'feed-forward', 'experts', 'embeddings', 'output', 'cache', 'compute'].reduce((sum, name) => sum + (mib(name) || 0), 0);
    });
    const counted = Number((await current.locator('td').nth(1).textContent()).replace(',', ''));
    assert.ok(Math.abs(counted - cuda0) <= 5, `${counted} beside ${cuda0}`);
    assert.match(await page.locator('.small-chart svg').first().getAttribute('aria-label'), /Memory of CUDA0 by context: /);
  }));

test('the reasons are a tree whose last branch is the one that was taken', () =>
  visitPage(async (page) => {
    await openSample(page, 0);
    const taken = page.locator('.reasons li.taken');
    assert.equal(await taken.count(), 1);
    assert.match(await taken.textContent(), /--fit places it/);
    assert.ok((await taken.evaluate((item) => item.closest('.reasons').querySelectorAll('li.failed li.taken').length)) === 1, 'it hangs on a question that was answered with no');
    await page.locator('#samples-short button').nth(2).click();
    await page.waitForFunction(() => /One GPU holds all/.test(document.querySelector('.reasons li.taken')?.textContent ?? ''));
  }));

test('every output is a file of its own kind', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    await page.getByRole('tab', { name: 'preset .ini' }).click();
    const preset = await saved(page, () => page.locator('#download').click());
    assert.match(preset.name, /\.ini$/);
    assert.match(preset.bytes.toString(), /^model = .*\.gguf$/m);
    await page.getByRole('tab', { name: 'JSON' }).click();
    const json = await saved(page, () => page.locator('#download').click());
    assert.equal(JSON.parse(json.bytes.toString()).summary, await verdict(page).textContent());
    await page.getByRole('tab', { name: 'test plan' }).click();
    await page.waitForFunction(() => document.querySelector('#code').textContent.startsWith('#'));
    const advice = await saved(page, () => page.locator('#download').click());
    assert.match(advice.name, /-test-plan\.md$/);
    assert.match(advice.bytes.toString(), /llama-server|EXTRA_ARGS/);
    const svg = await saved(page, () => page.locator('#download-svg').click());
    assert.match(svg.bytes.toString(), /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    const png = await saved(page, () => page.locator('#download-png').click());
    assert.deepEqual([...png.bytes.subarray(1, 4)], [...Buffer.from('PNG')]);
    assert.equal(png.bytes.readUInt32BE(16), 2000, 'twice the width of the drawing');
  }));

test('how exact it is stands on a page of its own', () =>
  visitPage(async (page) => {
    await page.getByRole('link', { name: 'How exact?' }).click();
    await page.locator('#terms table').waitFor();
    assert.match(await page.locator('#measured').textContent(), /1,280 cases: 24 models/);
    assert.match(await page.locator('#terms tr', { hasText: 'weights by device' }).textContent(), /([\d,]+) of \1 100 %/);
    await page.getByRole('link', { name: 'Back to the planner' }).click();
    await page.locator('.sample').first().waitFor();
  }));
