// Once loaded the page opens and plans without its host.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../serve.mjs';
import { built, visitPage, withBrowser } from './support.mjs';

withBrowser();

test('the page opens and plans again when its host is gone', async () => {
  const host = await serve({ folder: built });
  await visitPage(
    async (page) => {
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
      await host.close();
      await assert.rejects(fetch(host.origin));
      await page.reload();
      await page.locator('.sample').first().click();
      await page.locator('#verdict').waitFor();
      assert.match(await page.locator('#verdict').textContent(), /\w/);
    },
    { origin: host.origin, serviceWorkers: 'allow' },
  );
});
