// The page in Firefox, driven by the protocol that Firefox itself speaks: a sample, the context, the outputs, a link.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import puppeteer from 'puppeteer-core';
import { serve } from '../serve.mjs';
import { temporaryFolder } from '../../tests/wasm/module.mjs';
import { gguf, wordyLlama, writeGguf } from './gguf.mjs';
import { startNginx } from './hosts.mjs';
import { built } from './support.mjs';

const firefox = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
const skip = existsSync(firefox) ? false : `${firefox} is not installed`;

let browser;
let server;

before(async () => {
  if (skip) return;
  server = await serve({ folder: built });
  browser = await puppeteer.launch({ browser: 'firefox', executablePath: firefox, headless: true, acceptInsecureCerts: true });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const text = (page, selector) => page.$eval(selector, (element) => element.textContent);

/** Waits until the text of `selector` is another than `before`, and resolves to it. */
async function changes(page, selector, before) {
  await page.waitForFunction((where, old) => document.querySelector(where)?.textContent !== old, {}, selector, before);
  return text(page, selector);
}

test('Firefox plans a sample, follows the context and opens the link of the plan again', { skip, timeout: 120_000 }, async () => {
  const page = await browser.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${server.origin}/`);
  await page.waitForSelector('.sample');
  await page.click('.sample');
  await page.waitForSelector('#verdict');
  const limit = await text(page, '#limit');

  await page.$eval('#ctx-number', (input) => {
    input.value = '16384';
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
  const short = await changes(page, '#limit', limit);
  await page.waitForFunction(() => !document.body.classList.contains('settling'));
  const verdict = await text(page, '#verdict');
  const entry = await text(page, '#code');
  assert.match(entry, /^CTX_SIZE=16384$/m);

  await page.click('#link-actions button');
  await page.waitForFunction(() => location.hash.length > 100);
  const link = await page.evaluate(() => location.href);
  const other = await (await browser.createBrowserContext()).newPage();
  await other.goto(link);
  await other.waitForSelector('#verdict');
  assert.equal(await text(other, '#verdict'), verdict);
  assert.equal(await text(other, '#limit'), short);
  assert.deepEqual(errors, []);
});

test('Firefox reads a header over the network by ranges', { skip, timeout: 120_000 }, async () => {
  const nginx = await startNginx(temporaryFolder());
  try {
    const { metadata, tensors } = wordyLlama();
    writeGguf(nginx.files, 'wordy.gguf', gguf(metadata, tensors), 60e9);
    const page = await browser.newPage();
    await page.goto(`${server.origin}/`);
    await page.waitForSelector('.sample');
    await page.type('#link-text', `${nginx.origin}/cors/wordy.gguf`);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#verdict');
    assert.match(await text(page, '#code'), /^MODEL=wordy\.gguf$/m);
    const requests = await nginx.asked('/cors/');
    assert.deepEqual(requests.map(({ method, status }) => `${method} ${status}`), ['GET 206', 'GET 206']);
  } finally {
    await nginx.close();
  }
});
