// Files on the page: real sizes, shards, and every way in which a file can be wrong.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder, writeSparse } from '../../tests/wasm/module.mjs';
import { gguf, tinyLlama, writeGguf, writeShards } from './gguf.mjs';
import { code, dropFiles, noticeText, openSample, verdict, visitPage, withBrowser } from './support.mjs';

withBrowser();
const folder = temporaryFolder();
const tiny = tinyLlama();
const tiny_file = gguf(tiny.metadata, tiny.tensors);

test('a file of 53 GiB that is dropped gives its models.conf entry', () =>
  visitPage(async (page) => {
    await dropFiles(page, [writeSparse(folder, 'qwen3-coder-next-q5_k_m', 'Qwen3-Coder-Next-Q5_K_M.gguf')]);
    await verdict(page).waitFor();
    const text = await code(page);
    assert.match(text, /^\[[a-z0-9-]+\]$/m);
    assert.match(text, /^MODEL=Qwen3-Coder-Next-Q5_K_M\.gguf$/m);
    assert.match(text, /^CTX_SIZE=131072$/m);
    assert.match(text, /^EXTRA_ARGS=--jinja/m);
    assert.equal(await page.locator('.device-bar').count(), 3, 'two GPUs and RAM');
    assert.match(await page.locator('#model').textContent(), /52\.85 GiB/); // 56,744,745,152 / 2^30
  }));

test('files are picked as well as dropped', () =>
  visitPage(async (page) => {
    await page.locator('#files').setInputFiles(writeGguf(folder, 'picked.gguf', tiny_file));
    await verdict(page).waitFor();
    assert.match(await code(page), /^MODEL=picked\.gguf$/m);
  }));

test('all shards that are dropped at once are one model, in any order', () =>
  visitPage(async (page) => {
    const shards = writeShards(join(folder, 'whole'), 'tiny', tiny, 5);
    assert.equal(shards.length, 3);
    await dropFiles(page, shards.reverse());
    await verdict(page).waitFor();
    assert.match(await code(page), /^MODEL=tiny-00001-of-00003\.gguf$/m);
  }));

test('a missing, a doubled and a foreign shard are named, and the last plan stays', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    const before = await code(page);
    const shards = writeShards(join(folder, 'a'), 'tiny', tiny, 5);
    const others = writeShards(join(folder, 'b'), 'other', tinyLlama('Other'), 5);
    await dropFiles(page, [shards[0], shards[2]]);
    assert.match(await noticeText(page), /00002-of-00003/);
    await page.locator('#notice-close').click();
    await dropFiles(page, [...shards, shards[1]]);
    assert.match(await noticeText(page), /00002-of-00003/);
    await page.locator('#notice-close').click();
    await dropFiles(page, [shards[0], shards[1], others[2]]);
    assert.match(await noticeText(page), /other-00003-of-00003/);
    assert.equal(await code(page), before);
  }));

test('files that are no GGUF get a sentence, and the last plan stays', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    const before = await verdict(page).textContent();
    const wrong = { 'notes.txt': 'not a model', 'empty.gguf': '', 'model.safetensors': '\x40\0\0\0\0\0\0\0{"__metadata__":{}}', 'page.gguf': '<!doctype html>' };
    for (const [name, content] of Object.entries(wrong)) {
      const path = join(folder, name);
      writeFileSync(path, content);
      await dropFiles(page, [path]);
      const said = await noticeText(page);
      assert.ok(said.includes(name), `${name}: ${said}`);
      assert.ok(said.length > name.length + 20, said);
      assert.equal(await verdict(page).textContent(), before);
      await page.locator('#notice-close').click();
    }
  }));

test('a download that did not finish is said to be one', () =>
  visitPage(async (page) => {
    await dropFiles(page, [writeGguf(folder, 'half.gguf', tiny_file, tiny_file.file_bytes - 1000)]);
    assert.match(await noticeText(page), /half\.gguf.*(download|1,000|incomplete|unfinished)/is);
    await page.locator('#notice-close').click();
    await dropFiles(page, [writeGguf(folder, 'start.gguf', { header: tiny_file.header.subarray(0, 200), file_bytes: 200 })]);
    assert.match(await noticeText(page), /start\.gguf/);
    assert.equal(await page.locator('#welcome').isVisible(), true);
  }));

test('a header whose counts are absurd is refused at once', () =>
  visitPage(async (page) => {
    const header = Buffer.from(tiny_file.header);
    header.writeBigUInt64LE(2n ** 60n, 8); // tensors
    await dropFiles(page, [writeGguf(folder, 'absurd.gguf', { header, file_bytes: 64e9 })]);
    assert.match(await noticeText(page), /absurd\.gguf/);
  }));

test('a name that is HTML stays text', () =>
  visitPage(async (page) => {
    const name = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
    const hostile = tinyLlama(name);
    const file = writeGguf(folder, '<b>bold<b>.gguf'.replaceAll('<', '&lt;'), gguf(hostile.metadata, hostile.tensors));
    await dropFiles(page, [file]);
    await verdict(page).waitFor();
    assert.equal(await page.locator('#model img, #model script, #plan img, #plan script').count(), 0);
    assert.ok((await page.locator('.model-name').textContent()).includes('<img src=x'));
    assert.doesNotMatch(await page.title(), /^owned$/);
  }));

test('a file is planned while the machine is offline', () =>
  visitPage(async (page, context) => {
    await page.waitForFunction(() => document.querySelector('#version').textContent !== ''); // the core is there
    await context.setOffline(true);
    await dropFiles(page, [writeGguf(folder, 'offline.gguf', tiny_file)]);
    await verdict(page).waitFor();
  }));
