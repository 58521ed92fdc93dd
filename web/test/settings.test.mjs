// The settings on the page: the slider over all contexts, starting points, and what each setting costs now.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextSteps, placeOf } from '../../build/modules/given/context_slider.js';
import { nextSteps, stepText, versionText } from '../../build/modules/given/costs.js';
import { applyArguments, defaultSettings, parseVersion } from '../../build/modules/state.js';
import { openSample, settled, visitPage, withBrowser } from './support.mjs';

withBrowser();
const mib = 2 ** 20;

test('the steps of the slider grow with the context', () => {
  const steps = contextSteps(2 ** 20, [202752]);
  assert.equal(steps[0], 1024);
  assert.equal(steps.at(-1), 2 ** 20);
  assert.ok(steps.includes(202752) && steps.includes(4096) && steps.includes(131072));
  assert.ok(steps.length < 100);
  for (let i = 1; i < steps.length; i++) assert.ok(steps[i] > steps[i - 1]);
  assert.ok(Math.abs(placeOf(32768, steps) - 0.5) < 0.02, 'half way from 1,024 to 1,048,576 by doublings');
  assert.deepEqual([placeOf(1, steps), placeOf(1024, steps), placeOf(2 ** 21, steps)], [0, 0, 1]);
});

test('a next step says what it would change', () => {
  const plan = (bytes, tokens, verdict = 'fits') => ({ devices: [{ context_bytes: bytes, compute_bytes: 0 }], host: { context_bytes: 0, compute_bytes: mib }, verdict, speed: { empty: { decode_tokens_per_second: tokens } } });
  assert.equal(stepText('-ub 256', plan(500 * mib, 20), plan(188 * mib, 20)), '-ub 256 would free 312 MiB.');
  assert.equal(stepText('q4_0', plan(2 * mib, 20), plan(mib, 21.4)), 'q4_0 would free 1 MiB, gain 1.4 t/s.');
  assert.equal(stepText('f16', plan(mib, 20), plan(3 * mib, 0, 'does_not_fit')), 'f16 would cost 2 MiB, no longer fit.');
  assert.equal(stepText('2 slots', plan(mib, 20), plan(mib, 20)), '2 slots would change nothing here.');
  const names = nextSteps(defaultSettings(), 131072).map(({ name }) => name);
  assert.deepEqual(names, ['65,536', 'q4_0', '-ub 256', '2 slots', 'off']);
  assert.deepEqual(nextSteps({ ...defaultSettings(), n_parallel: 4, n_ubatch: 64 }, 1024).map(({ name }) => name), ['512', 'q4_0', '-ub 128', '3 slots', 'off', 'Shared']);
});

test('the slider shows what the model was trained with and what fits, and moves by keys', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    assert.match(await page.locator('#ctx-marks').textContent(), /trained.*202,752/);
    const slider = page.locator('#ctx-slider');
    await slider.focus();
    await page.keyboard.press('Home');
    await page.waitForFunction(() => document.querySelector('#ctx-number').value === '1,024');
    await page.keyboard.press('End');
    await page.waitForFunction(() => document.querySelector('#ctx-number').value === '202,752');
    await page.waitForFunction(() => /^CTX_SIZE=202752$/m.test(document.querySelector('#code').textContent));
    await settled(page);
    await page.getByLabel('Use RTX 5070 Ti').uncheck();
    await page.locator('#type-k').selectOption('f16');
    await page.locator('#type-v').selectOption('f16');
    await settled(page);
    assert.match(await page.locator('#ctx-marks').textContent(), /fits on GPUs [\d,]+.*trained 202,752/);
  }));

test('each setting says what it costs now, and what the next step of it would change', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    const cost = (id) => page.locator(`#${id}`).textContent();
    assert.match(await cost('ctx-cost'), /^[\d,]+ MiB of cache, −[\d.]+ t\/s when full\./);
    assert.match(await cost('ubatch-cost'), /Compute buffers take [\d,]+ MiB/);
    for (const id of ['ctx-step', 'cache-step', 'ubatch-step', 'slots-step', 'flash-step']) await page.locator(`#${id}:not(:empty)`).waitFor();
    const promised = /-ub 256 would free ([\d,]+) MiB/.exec(await cost('ubatch-step'))[1];
    const compute = async () => Number(/take ([\d,]+) MiB/.exec(await cost('ubatch-cost'))[1].replace(',', ''));
    const before = await compute();
    await page.locator('#ubatch').fill('256');
    await page.locator('#ubatch').press('Tab');
    await settled(page);
    assert.ok(Math.abs(before - (await compute()) - Number(promised)) <= 1, 'what was promised is what comes');
    await page.waitForFunction(() => document.querySelector('#ubatch-step').textContent.startsWith('-ub 128'));
  }));

test('the steps do not hold up the slider', () =>
  visitPage(async (page) => {
    await openSample(page, 0);
    await page.locator('#ctx-slider').focus();
    for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowLeft');
    const n_ctx = await page.locator('#ctx-number').inputValue();
    await page.waitForFunction((text) => document.querySelector('#code').textContent.includes(`CTX_SIZE=${text}`), n_ctx.replaceAll(',', ''));
    await settled(page);
    await page.waitForFunction(() => document.querySelector('#ubatch-step').textContent.includes('MiB'));
    assert.equal(await page.locator('#notice').isVisible(), false);
    assert.equal(await page.locator('#settings-error').textContent(), '');
  }));

test('the defaults of llama-server itself are one choice away, and come back after a reload', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    await page.locator('#more').fill('--temp 0.5');
    await page.locator('#defaults').selectOption('llama-server');
    await settled(page);
    const value = (id) => page.locator(`#${id}`).inputValue();
    assert.deepEqual([await value('type-k'), await value('flash-attn'), await value('slots'), await value('margins'), await value('more')], ['f16', 'auto', 'auto', '1024', '--temp 0.5']);
    assert.equal(await page.locator('#unified').isDisabled(), true);
    assert.match(await page.locator('#code').textContent(), /^CTX_SIZE=202752$/m); // as trained
    await page.locator('#slots').fill('3');
    await page.locator('#slots').press('Tab');
    await page.locator('#unified').check();
    await page.locator('#margins').fill('256, 512');
    await page.locator('#margins').press('Tab');
    await settled(page);
    await page.getByRole('tab', { name: 'command line' }).click();
    assert.match(await page.locator('#code').textContent(), /-np 3[\s\S]*-kvu[\s\S]*-fitt 256,512/);
    await page.reload();
    await page.locator('.sample').first().waitFor();
    assert.deepEqual([await value('defaults'), await value('slots'), await value('margins')], ['llama-server', '3', '256, 512']);
    await page.locator('#margins').fill('a few');
    assert.equal(await page.locator('#margins').getAttribute('aria-invalid'), 'true');
    await page.getByRole('button', { name: 'Back to the defaults' }).click();
    assert.equal(await value('margins'), '1024');
  }));

test('a version is a build or a day, and stays when an alternative is chosen', () => {
  assert.deepEqual(['b9460', ' 9460', '2026-06-01', '', 'soon', 'b12', '2026-06'].map(parseVersion), ['b9460', 'b9460', '2026-06-01', '', null, null, null]);
  const settings = { ...defaultSettings(), llama_cpp: 'b9000' };
  applyArguments(settings, ['-c', '4096'], []);
  assert.deepEqual([settings.llama_cpp, settings.n_ctx], ['b9000', 4096]);
  assert.equal(versionText({ reasons: [] }), 'As b9460 or 2026-06-01.');
});

test('an older build is planned by its rules, which are said, and one without --fit is refused', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    const compute = async () => Number((await page.locator('#ubatch-cost').textContent()).match(/take ([\d,]+) MiB/)[1].replace(',', ''));
    const said = page.locator('#llama-cpp-cost');
    const newest = await compute();
    await page.locator('#llama-cpp').fill('9000');
    await said.filter({ hasText: 'llama.cpp b9000; other than now, flash attention\'s mask was f32 and converted; logits were reserved for all tokens of a batch' }).waitFor();
    await settled(page);
    assert.ok((await compute()) > newest, 'the logits of a whole batch take memory');
    await page.locator('#llama-cpp').fill('b5000');
    await page.locator('#settings-error', { hasText: 'plans are for builds with --fit, from b7407' }).waitFor();
    await page.locator('#llama-cpp').fill('soon');
    assert.equal(await page.locator('#llama-cpp').getAttribute('aria-invalid'), 'true');
    await page.locator('#llama-cpp').fill('2026-07-24');
    await said.filter({ hasText: 'The rules are those of llama.cpp 2026-07-24.' }).waitFor();
    assert.equal(await compute(), newest);
    await page.reload();
    assert.equal(await page.locator('#llama-cpp').inputValue(), '2026-07-24');
    await page.locator('#reset').click();
    assert.equal(await page.locator('#llama-cpp').inputValue(), '');
  }));

test('a warning and what to do about it are one sentence', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    await page.locator('#more').fill('-ts 1,1,1 -ngl 99');
    const item = page.getByRole('region', { name: 'Warnings' }).locator('li', { hasText: 'proportions' });
    await item.waitFor();
    assert.match(await item.textContent(), /llama\.cpp reads the first ones only; check that the machine has all the cards/);
  }));
