// axe-core finds no violation: before a file, with a plan, with everything open, in both schemes, wide and narrow.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { temporaryFolder } from '../../tests/wasm/module.mjs';
import { gguf, tinyLlama, writeGguf } from './gguf.mjs';
import { dropFiles, openSample, visitPage, withBrowser } from './support.mjs';

withBrowser();
const folder = temporaryFolder();
const tiny = gguf(tinyLlama().metadata, tinyLlama().tensors);

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function check(page, where) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, any }) => `${target} ${any[0]?.message ?? ''}`).slice(0, 3).join(' | ')}`);
  });
  assert.deepEqual(violations, [], where);
}

/** Opens every detail and shows every tab once, the longest text last. */
async function openEverything(page) {
  for (const summary of await page.locator('summary:visible').all()) await summary.click();
  await page.locator('.compute-buffers .peak').first().waitFor();
  await page.getByRole('button', { name: 'Show sources' }).click();
}

for (const colorScheme of ['light', 'dark']) {
  for (const width of [1400, 360]) {
    test(`nothing to complain of in the ${colorScheme} scheme at ${width} px`, () =>
      visitPage(
        async (page) => {
          await check(page, 'before a file');
          await openSample(page, 0);
          await page.locator('.small-chart').first().waitFor();
          await check(page, 'with a plan');
          await openEverything(page);
          await check(page, 'with everything open');
          const overhang = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overhang <= 0, `nothing is wider than the screen: ${overhang} px`);
          await dropFiles(page, ['a.gguf', 'b.gguf'].map((name) => writeGguf(folder, name, tiny)));
          await page.locator('#choose-said').filter({ hasText: '2 compared' }).waitFor();
          await page.locator('#link-open').click();
          await check(page, 'with models compared, and the box for links open');
          await page.goto(new URL('exact.html', page.url()).href);
          await page.locator('#terms table').waitFor();
          await check(page, 'how exact');
        },
        { colorScheme, viewport: { width, height: 900 } },
      ));
  }
}

test('no transition runs where less motion is asked for', () =>
  visitPage(
    async (page) => {
      await openSample(page, 2);
      const moving = await page.evaluate(() =>
        [...document.querySelectorAll('*')].filter((element) => {
          const { transitionDuration, animationName } = getComputedStyle(element);
          return animationName !== 'none' || transitionDuration.split(',').some((time) => parseFloat(time) > 0);
        }).length);
      assert.equal(moving, 0);
    },
    { reducedMotion: 'reduce' },
  ));

test('on paper stands the answer alone, black on white', () =>
  visitPage(
    async (page) => {
      await openSample(page, 2);
      await page.emulateMedia({ media: 'print' });
      for (const selector of ['.given', '.top', '.foot', '.tabs-row']) assert.equal(await page.locator(selector).isVisible(), false, selector);
      for (const selector of ['.on-paper', '#verdict', '.bars', '.layer-map', '.alternatives', '#code']) assert.equal(await page.locator(selector).isVisible(), true, selector);
      const colours = await page.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('#verdict')).color]);
      assert.deepEqual(colours, ['rgb(255, 255, 255)', 'rgb(0, 0, 0)']);
    },
    { colorScheme: 'dark' },
  ));
