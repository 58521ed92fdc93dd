// A browser on the built page: one Chromium a test file, a fresh context a test, and a check that nothing left the origin.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from '../serve.mjs';

export const built = fileURLToPath(new URL('../../build/web', import.meta.url));

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

let browser;
let server;

/** Starts browser and server for the tests of this file; `more_flags` is asked when the browser starts. */
export function withBrowser(more_flags = () => []) {
  before(async () => {
    server = await serve({ folder: built });
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [...flags, ...more_flags()] });
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
}

/**
 * Runs `visit(page, context)` on the page in a fresh context. Fails on an error in the page, a refused policy, or a
 * request to elsewhere, but for `hosts`.
 */
export async function visitPage(visit, { origin = server.origin, path = '/', hosts = [], ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, serviceWorkers: 'block', ...options });
  const elsewhere = [];
  const errors = [];
  context.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (asked !== origin && !hosts.includes(asked) && protocol !== 'data:' && protocol !== 'blob:') elsewhere.push(request.url());
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.on('pageerror', (error) => errors.push(error.message));
  const of_hosts = (message) => hosts.some((host) => `${message.location().url} ${message.text()}`.includes(host)); // browsers log each refusal
  page.on('console', (message) => message.type() === 'error' && !of_hosts(message) && errors.push(message.text()));
  try {
    await page.goto(origin + path);
    await page.locator('.sample').first().waitFor();
    await visit(page, context);
    assert.deepEqual(elsewhere, [], 'no request leaves the origin');
    assert.deepEqual(errors, [], 'no error in the page');
  } catch (failure) {
    const shots = join(built, '..', 'screenshots');
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: join(shots, `failed-${Date.now()}.png`), fullPage: true }).catch(() => {});
    failure.message += `\n  the page said: ${await page.locator('#notice-text').textContent().catch(() => '?')}\n  errors: ${errors.join(' | ')}`;
    throw failure;
  } finally {
    await context.close();
  }
}

/** Drops files of this machine on the page, as a person would: real File objects, never uploaded or copied. */
export async function dropFiles(page, paths) {
  await page.evaluate(() => {
    const input = Object.assign(document.createElement('input'), { type: 'file', multiple: true, id: 'test-files' });
    document.body.append(input);
  });
  await page.locator('#test-files').setInputFiles(paths);
  await page.evaluate(() => {
    const input = document.getElementById('test-files');
    const transfer = new DataTransfer();
    for (const file of input.files) transfer.items.add(file);
    input.remove();
    for (const type of ['dragenter', 'dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }
  });
}

export const verdict = (page) => page.locator('#verdict');
export const code = (page) => page.locator('#code').textContent();

/** Opens the n-th sample and waits for its plan. */
export async function openSample(page, n = 0) {
  await page.locator('.sample').nth(n).click();
  await settled(page);
}

/** Waits until a whole plan is shown and nothing more is under way. */
export async function settled(page) {
  await verdict(page).waitFor();
  await page.waitForFunction(() => !document.body.matches('.settling, .busy'));
}

/** Waits until what follows a whole plan is shown too: nothing is drawn anew on its own after that. */
export async function rested(page) {
  await settled(page);
  await page.waitForFunction(() => !document.body.matches('.counting'));
}

/** Waits for the sentence in place. */
export async function noticeText(page) {
  const notice = page.locator('#notice-text');
  await notice.waitFor();
  return notice.textContent();
}
