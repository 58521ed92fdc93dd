// What is copied and kept beside the entry: the CLI's other formats, byte for byte; and the way out of a bench link.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { code, openSample, settled, visitPage, withBrowser } from './support.mjs';

withBrowser();

const cli = fileURLToPath(new URL('../../build/native/ggufit', import.meta.url));
const run = (...words) => {
  try {
    return execFileSync(cli, words, { encoding: 'utf8' });
  } catch (failure) {
    if (failure.status !== 1) throw failure; // 1: a plan that does not fit
    return failure.stdout;
  }
};
const linkOf = async (page, context) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy planning link' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
};

test('.env, llama-swap and compose are what the CLI writes, each with its file name', () =>
  visitPage(async (page, context) => {
    await openSample(page, 0);
    await page.locator('#ctx-number').fill('48k');
    await settled(page);
    const link = await linkOf(page, context);
    for (const [tab, format, name] of [['.env', 'env', /^[\w-]+\.env$/], ['llama-swap', 'llama-swap', /^[\w-]+\.llama-swap\.yaml$/], ['compose', 'compose', /^compose\.yaml$/]]) {
      await page.getByRole('tab', { name: tab, exact: true }).click();
      await page.locator('#download:not([disabled])').waitFor();
      const text = run('plan', link, '--format', format);
      assert.equal(await code(page), text, tab);
      const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#download').click()]);
      assert.match(download.suggestedFilename(), name);
      assert.equal(readFileSync(await download.path(), 'utf8'), text);
    }
    await page.locator('#ctx-number').fill('32k');
    await settled(page);
    await page.waitForFunction(() => /32768/.test(document.querySelector('#code').textContent));
  }));

test('who opened a bench link can leave it, and its address follows', async () => {
  let link;
  await visitPage(async (page, context) => {
    await openSample(page, 2);
    link = await linkOf(page, context);
  });
  const { hash } = new URL(run('link', link, '--profile', 'bench', '--site', 'https://example.org/').trim());
  await visitPage(
    async (page) => {
      await settled(page);
      assert.match(await page.locator('.bench').textContent(), /^Bench run of 10,240 tokens/);
      await page.getByRole('button', { name: 'Plan for production instead' }).click();
      await page.locator('.bench').waitFor({ state: 'detached' });
      await page.waitForFunction((before) => location.hash !== before, hash);
      await settled(page);
      assert.match(await page.locator('.alternatives tr.current').textContent(), /131,072/);
      await page.reload();
      await settled(page);
      assert.equal(await page.locator('.bench').count(), 0);
    },
    { path: `/${hash}` },
  );
});
