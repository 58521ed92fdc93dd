// Planning links on the page: copied, opened in another profile and by the CLI, pasted, damaged; and the last plans.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { code, noticeText, openSample, settled, verdict, visitPage, withBrowser } from './support.mjs';

withBrowser();

const cli = fileURLToPath(new URL('../../build/native/ggufit', import.meta.url));

/** Copies the link as a person would, and reads the clipboard. */
async function copied(page, context) {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy planning link' }).first().click();
  await page.getByRole('button', { name: 'Copied' }).first().waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}

/** What stands on the page: verdict, limit, every bar's figures, the entry. */
const answer = (page) =>
  page.evaluate(() => ['#verdict', '#limit', '#speed', '.bars', '.layers', '#code'].map((part) => document.querySelector(part)?.textContent ?? ''));

/** A link of the second machine and other settings, with the page's answer to it. */
async function linkFrom(visit) {
  let link, shown;
  await visitPage(async (page, context) => {
    await openSample(page, 1);
    await page.locator('#ctx-number').fill('48k');
    await page.locator('#type-k').selectOption('f16');
    await page.locator('#more').fill('--temp 0.5 -ncmoe 3');
    await page.locator('#llama-cpp').fill('9000');
    await settled(page);
    await page.waitForTimeout(300);
    await settled(page);
    await visit?.(page);
    link = await copied(page, context);
    shown = await answer(page);
  });
  return { link, shown };
}

/** Puts a text in as if it was pasted with the keys. */
const paste = (page, text) =>
  page.evaluate((pasted) => {
    const data = new DataTransfer();
    data.setData('text/plain', pasted);
    (document.activeElement ?? document.body).dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);

test('a link shows the same plan in a fresh profile, without the file', async () => {
  const { link, shown } = await linkFrom();
  const { hash } = new URL(link);
  assert.ok(hash.length < 800, `${hash.length} characters`);
  await visitPage(
    async (page) => {
      await settled(page);
      assert.deepEqual(await answer(page), shown);
      assert.match(await page.locator('#model').textContent(), /From a planning link/);
      assert.equal(await page.locator('#ctx-number').inputValue(), '49,152');
      assert.equal(await page.locator('#type-k').inputValue(), 'f16');
      assert.match(await page.locator('#more').inputValue(), /--temp 0\.5/);
      assert.equal(await page.locator('#llama-cpp').inputValue(), 'b9000');
      await page.locator('#ctx-number').fill('24k');
      await page.waitForFunction((before) => location.hash !== before && document.body.matches(':not(.settling)'), hash);
      const changed = await answer(page);
      assert.notDeepEqual(changed, shown);
      await page.reload();
      await settled(page);
      assert.deepEqual(await answer(page), changed, 'the address follows what is given');
    },
    { path: `/${hash}` },
  );
});

test('the CLI plans the same from a link of the page', async () => {
  const { link, shown } = await linkFrom();
  const { hash } = new URL(link);
  let entry;
  try {
    entry = execFileSync(cli, ['plan', link, '--format', 'conf'], { encoding: 'utf8' });
  } catch (failure) {
    entry = failure.stdout; // a plan that does not fit
  }
  assert.equal(entry, shown.at(-1));
  assert.ok(hash.startsWith('#plan='));
});

test('the file’s name is in the link only while its box is ticked, and the choice is remembered', () =>
  visitPage(async (page, context) => {
    await openSample(page, 0);
    const name = (await code(page)).match(/^MODEL=(.*)$/m)[1];
    const decoded = (link) => execFileSync(cli, ['plan', link, '--format', 'args'], { encoding: 'utf8' });
    assert.ok(decoded(await copied(page, context)).includes(name));
    await page.getByLabel('with the file’s name').first().uncheck();
    await page.getByRole('button', { name: 'Copy planning link' }).first().waitFor();
    assert.ok(!decoded(await copied(page, context)).includes(name));
    await page.reload();
    await settled(page);
    assert.equal(await page.getByLabel('with the file’s name').first().isChecked(), false);
  }));

test('a link may be pasted anywhere, or into its box before a file', async () => {
  const { link, shown } = await linkFrom();
  await visitPage(async (page) => {
    await paste(page, `  ${link}\n`);
    await settled(page);
    assert.deepEqual(await answer(page), shown);
    assert.equal(new URL(page.url()).hash, new URL(link).hash);
  });
  await visitPage(async (page) => {
    await page.getByLabel('A planning link').fill(new URL(link).hash.slice(1));
    await page.locator('#open-link button[type=submit]').click();
    await settled(page);
    assert.deepEqual(await answer(page), shown);
    await page.locator('#samples-short button').first().click();
    await page.waitForFunction(() => location.hash === '');
  });
});

test('a damaged or newer link is a sentence, and the last plan stays', async () => {
  const { link, shown } = await linkFrom();
  const { hash } = new URL(link);
  await visitPage(async (page) => {
    await paste(page, link);
    await settled(page);
    await paste(page, link.slice(0, -3));
    assert.match(await noticeText(page), /damaged or cut off/);
    await page.evaluate((text) => (location.hash = text), hash.replace('#plan=A', '#plan=B'));
    await page.waitForFunction(() => /newer ggufit/.test(document.querySelector('#notice-text').textContent));
    assert.deepEqual(await answer(page), shown);
    await page.evaluate((text) => (location.hash = text), hash);
    await page.locator('#notice').waitFor({ state: 'hidden' });
  });
  await visitPage(async (page) => assert.match(await noticeText(page), /damaged or cut off/), { path: '/#plan=AAAA' });
});

test('hostile text in a link stays text', async () => {
  const { link } = await linkFrom(async (page) => {
    await page.locator('#more').fill('--samplers "<img src=x onerror=alert(1)>"');
    await page.waitForTimeout(400);
    await settled(page);
  });
  await visitPage(
    async (page) => {
      await settled(page);
      assert.match(await page.locator('#more').inputValue(), /<img src=x/);
      assert.equal(await page.locator('img').count(), 0);
    },
    { path: `/${new URL(link).hash}` },
  );
});

test('the machine of a link is planned for, and one’s own is kept', async () => {
  const { link } = await linkFrom();
  await visitPage(async (page) => {
    await page.locator('#gpu-name').fill('RTX 3090');
    await page.locator('#gpu-name').press('Enter');
    await page.locator('#devices > li').nth(2).waitFor();
    await paste(page, link);
    await settled(page);
    assert.equal(await page.locator('#devices > li').count(), 2);
    await page.locator('#ctx-number').fill('32k');
    await settled(page);
    const kept = await page.evaluate(() => JSON.parse(localStorage.getItem('ggufit/2')));
    assert.deepEqual(kept.machines.map(({ devices }) => devices.length), [3]);
    assert.notEqual(kept.machine.name, kept.machines[0].name);
  });
});

test('the last plans can be opened again, and removed', () =>
  visitPage(async (page) => {
    await openSample(page, 0);
    const first = await verdict(page).textContent();
    const entry = await code(page);
    await page.locator('#samples-short button').nth(1).click();
    await page.waitForFunction((before) => document.querySelector('#code').textContent !== before, entry);
    await settled(page);
    await page.locator('#recent-short .recent-open').waitFor();
    assert.equal(await page.locator('#recent-short .recent-open').count(), 1, 'without the plan that is shown');
    await page.reload();
    const plans = page.locator('#recent .recent-open');
    await plans.nth(1).waitFor();
    assert.equal(await plans.count(), 2);
    assert.match(await plans.nth(1).textContent(), /RTX 4090, RTX 5070 Ti/);
    await plans.nth(1).click();
    await settled(page);
    assert.equal(await verdict(page).textContent(), first);
    assert.equal(await code(page), entry);
    await page.locator('#samples-short button').nth(2).click();
    await page.locator('#recent-short .recent-open').nth(1).waitFor();
    await page.getByRole('button', { name: /^Remove .* from the recent plans$/ }).first().click();
    assert.equal(await page.locator('#recent-short .recent-open').count(), 1);
    await page.getByRole('button', { name: 'Remove all' }).click();
    await page.locator('#recent-short').waitFor({ state: 'hidden' });
    assert.equal(await page.evaluate(() => localStorage.getItem('ggufit/recent')), null);
  }));
