// Several models side by side: a repository's, read over the network, and files that are dropped at once.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { temporaryFolder, writeSparse } from '../../tests/wasm/module.mjs';
import { gguf, tinyLlama, writeGguf } from './gguf.mjs';
import { startNginx } from './hosts.mjs';
import { code, dropFiles, settled, visitPage, withBrowser } from './support.mjs';

const folder = temporaryFolder();
const nginx = await startNginx(folder);
withBrowser(() => [nginx.standsFor(['huggingface.co', 'cdn.example'])]);
after(() => nginx.close());

/** A repository in the shape of Hugging Face's list; each file with the header of one of two models. */
const names = ['Q2_K', 'Q3_K_S', 'Q3_K_M', 'IQ4_XS', 'Q4_0', 'Q4_K_S', 'Q4_K_M', 'Q5_K_S', 'Q5_K_M', 'Q6_K', 'Q8_0', 'BF16'];
const sizes = { q4: 18123302080, q8: 31833380032 };
const list = names.map((tag, i) => {
  const kind = i < 9 ? 'q4' : 'q8';
  writeSparse(nginx.files, kind === 'q4' ? 'glm-4.7-flash-q4_k_m' : 'glm-4.7-flash-q8_0', `GLM-${tag}.gguf`);
  return { type: 'file', oid: `${i}`, size: sizes[kind], path: `GLM-${tag}.gguf` };
});
writeGguf(nginx.files, 'GLM-broken.gguf', { header: Buffer.from('GGUF nothing'), file_bytes: 1000 });
list.push({ type: 'file', oid: 'x', size: 1000, path: 'GLM-broken.gguf' }, { type: 'file', oid: 'y', size: 9e8, path: 'mmproj-F16.gguf' }, { type: 'file', oid: 'z', size: 10, path: 'README.md' });
mkdirSync(join(nginx.lists, 'owner', 'GLM-GGUF', 'tree'), { recursive: true });
writeFileSync(join(nginx.lists, 'owner', 'GLM-GGUF', 'tree', 'main'), JSON.stringify(list));

const visit = (act, more = {}) => visitPage(act, { hosts: ['https://huggingface.co', 'https://cdn.example'], ignoreHTTPSErrors: true, ...more });
const open = async (page, text) => {
  await page.locator('#link-text').fill(text);
  await page.locator('#link-text').press('Enter');
};
const compared = (page, n) => page.locator('#choose-said').filter({ hasText: `${n} compared` }).waitFor();
const row = (page, name) => page.locator('.choices tbody tr', { has: page.getByRole('button', { name, exact: true }) });

test('a repository is compared, the best first with its reason, and a row opens its model', (context) =>
  visit(async (page) => {
    const start = Date.now();
    await open(page, 'hf:owner/GLM-GGUF');
    await compared(page, 13);
    context.diagnostic(`13 compared within ${Date.now() - start} ms`);
    assert.equal(await page.locator('.choices tbody tr').count(), 12, 'no projector, no broken file');
    assert.match(await page.locator('.unread').textContent(), /GLM-broken/);
    assert.match(await page.locator('.pick').first().textContent(), /^best: \w/);
    const cells = await row(page, 'GLM-Q4_K_M').locator('td').allTextContents();
    assert.equal(cells[0], '16.88 GiB'); // 18,123,302,080 / 2^30
    await page.getByRole('button', { name: 'GLM-Q4_K_M', exact: true }).click();
    await settled(page);
    assert.match(await code(page), /^MODEL=GLM-Q4_K_M\.gguf$/m);
    assert.equal(await row(page, 'GLM-Q4_K_M').locator('.shown').count(), 1);
    assert.ok(!page.url().includes('huggingface'));
    await page.getByRole('button', { name: 'Close', exact: true }).first().click();
    assert.equal(await page.locator('#choose').isVisible(), false);
  }));

test('what is wished for and the machine decide on the order', () =>
  visit(async (page) => {
    await open(page, 'hf:owner/GLM-GGUF');
    await compared(page, 13);
    const first = () => page.locator('.choices .choose').first().textContent();
    assert.ok(['GLM-Q8_0', 'GLM-Q6_K', 'GLM-BF16'].includes(await first()), 'the best quality that reaches it');
    await page.locator('#min-tps').fill('60');
    await page.locator('#min-tps').press('Tab');
    await page.waitForFunction(() => /GLM-(Q[2-5]|IQ4)/.test(document.querySelector('.choices .choose').textContent));
    await page.locator('#min-tps').fill('soon');
    await page.locator('#min-tps').press('Tab');
    assert.equal(await page.locator('#min-tps').getAttribute('aria-invalid'), 'true');
    await page.getByRole('button', { name: 'Remove RTX 4090' }).click();
    await page.waitForFunction(() => document.querySelector('.choices td:last-child').textContent.split('/').length === 1);
  }));

test('one model of a repository is opened by its quantization', () =>
  visit(async (page) => {
    await open(page, 'hf:owner/GLM-GGUF:q5_k_m');
    await settled(page);
    assert.match(await code(page), /^MODEL=GLM-Q5_K_M\.gguf$/m);
    assert.match(await code(page), /^# From: hf:owner\/GLM-GGUF\/GLM-Q5_K_M\.gguf$/m);
    assert.equal(await page.locator('#choose').isVisible(), false);
  }));

test('a repository that is not there is said, and its list is all that was asked for', () =>
  visit(async (page) => {
    await open(page, 'hf:owner/absent');
    await page.locator('#notice-text').filter({ hasText: /huggingface\.co: There is no such file \(HTTP 404\)/ }).waitFor();
    assert.deepEqual((await nginx.asked('/api/models/owner/absent')).map(({ path }) => path), ['/api/models/owner/absent/tree/main']);
  }));

test('several models that are dropped at once are compared', () =>
  visit(async (page) => {
    const tiny = gguf(tinyLlama().metadata, tinyLlama().tensors);
    await dropFiles(page, [writeGguf(folder, 'tiny.gguf', tiny), join(nginx.files, 'GLM-Q4_K_M.gguf'), join(nginx.files, 'GLM-Q8_0.gguf')]);
    await compared(page, 3);
    assert.equal(await page.locator('.choices .group').count(), 2, 'two base models');
    await page.getByRole('button', { name: 'tiny', exact: true }).click();
    await settled(page);
    assert.match(await code(page), /^MODEL=tiny\.gguf$/m);
  }));

test('an opened model is planned for the context of its row, which is said', () =>
  visit(async (page) => {
    await dropFiles(page, ['GLM-Q4_K_M.gguf', 'GLM-Q8_0.gguf'].map((name) => join(nginx.files, name)));
    await compared(page, 2);
    const said = () => page.locator('#choose-said').textContent();
    const planned = (n_ctx) => page.waitForFunction((line) => document.querySelector('#code').textContent.includes(line), `CTX_SIZE=${n_ctx}\n`);
    assert.match(await said(), /planned for 32,768 tokens of context, as wished/);
    await page.getByRole('button', { name: 'GLM-Q4_K_M', exact: true }).click();
    await settled(page);
    await planned(32768);
    await page.locator('#min-ctx').fill('65536');
    await page.locator('#min-ctx').press('Tab');
    await planned(65536);
    await page.locator('#choose-said', { hasText: 'planned for 65,536 tokens of context, as wished' }).waitFor();
    await page.locator('#ctx-number').fill('16384');
    await planned(16384);
    await page.locator('#choose-said', { hasText: 'planned for 16,384 tokens of context, as the settings say' }).waitFor();
    assert.equal(JSON.parse(await page.evaluate(() => localStorage.getItem('ggufit/2'))).settings.n_ctx, 16384);
    await page.locator('#reset').click();
    await planned(65536);
  }));
