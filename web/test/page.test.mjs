// What a person does on the page: samples, machine, settings, tabs, keyboard; and what they see on other screens.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moduleBytes, temporaryFolder, withMemory } from '../../tests/wasm/module.mjs';
import { serve } from '../serve.mjs';
import { gguf, wordyLlama, writeGguf } from './gguf.mjs';
import { built, code, dropFiles, noticeText, openSample, rested, settled, verdict, visitPage, withBrowser } from './support.mjs';

withBrowser();

test('each sample is one click away', () =>
  visitPage(async (page) => {
    const n_samples = await page.locator('.sample').count();
    assert.equal(n_samples, 3);
    for (let i = 0; i < n_samples; i++) {
      const label = await page.locator('.sample b').nth(i).textContent();
      if (i === 0) await openSample(page);
      else await page.locator('#samples-short button', { hasText: label }).click();
      const file = label.replaceAll(' ', '-').toLowerCase();
      await page.waitForFunction((name) => document.querySelector('#code')?.textContent.toLowerCase().includes(`model=${name}`), file);
      assert.match(await verdict(page).textContent(), /fit/i);
    }
  }));

test('the plan says how fast it runs, and so do its alternatives', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    await page.locator('.alternatives tr').nth(1).waitFor();
    const [estimated] = /\d[\d.]*(?= tokens\/s)/.exec(await page.locator('#speed').textContent());
    assert.equal(await page.locator('.alternatives tr.current td').nth(2).textContent(), `~${estimated}`);
    const entry = await page.locator('#code').textContent();
    assert.match(entry, new RegExp(`^SPEED=~estimated ${estimated} t/s$`, 'm'));
  }));

test('the plan follows the context, and says the largest thing first', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    await page.locator('#ctx-number').fill('32k');
    await page.waitForFunction(() => /^CTX_SIZE=32768$/m.test(document.querySelector('#code').textContent));
    assert.equal(await page.locator('#ctx-slider').getAttribute('aria-valuetext'), '32,768 tokens');
    const [largest, title] = await page.evaluate(() => {
      const size = (element) => parseFloat(getComputedStyle(element).fontSize);
      const shown = [...document.querySelectorAll('main *')].filter((element) => element.offsetParent && element.textContent.trim() && !element.children.length);
      return [Math.max(...shown.map(size)), size(document.querySelector('#verdict'))];
    });
    assert.equal(largest, title);
  }));

test('settings that make no sense get a sentence, and the last plan stays', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    const before = await code(page);
    await page.locator('#more').fill('-ctk nonsense');
    const error = page.locator('#settings-error:not(:empty)');
    await error.waitFor();
    assert.match(await error.textContent(), /-ctk|--cache-type-k/);
    assert.equal(await code(page), before);
    await page.locator('#more').fill('');
    await page.locator('#settings-error:empty').waitFor({ state: 'attached' });
    await page.locator('#ctx-number').fill('many');
    assert.equal(await page.locator('#ctx-number').getAttribute('aria-invalid'), 'true');
    assert.equal(await code(page), before);
  }));

test('GPUs are added by name or by size, moved and removed', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    const names = async () => (await page.locator('.device-bar .bar-name').allTextContents()).map((name) => name.replace(' · not used', ''));
    assert.deepEqual(await names(), ['CUDA0 RTX 4090', 'CUDA1 RTX 5070 Ti', 'RAM own scale']);
    await page.locator('#gpu-name').fill('2x RTX 3090');
    await page.locator('#gpu-name').press('Enter');
    await page.locator('.device-bar').nth(4).waitFor();
    assert.deepEqual((await names()).slice(2, 4), ['CUDA2 RTX 3090', 'CUDA3 RTX 3090']);
    await page.locator('#gpu-name').fill('Card of my own');
    await page.locator('#gpu-name').press('Enter');
    await page.locator('#gpu-error:not(:empty)').waitFor();
    await page.getByRole('button', { name: 'Not listed' }).click();
    await page.getByLabel('Name').last().fill('Card of my own');
    await page.getByLabel('Memory, MiB').fill('12');
    await page.getByLabel('Memory, MiB').press('Enter');
    await page.locator('.device-bar').nth(5).waitFor();
    assert.match(await page.locator('.device-bar').nth(4).textContent(), /12,288 MiB/);
    for (const name of ['Card of my own', 'RTX 3090', 'RTX 3090']) await page.getByRole('button', { name: `Remove ${name}` }).first().click();
    await page.getByRole('button', { name: 'Edit RTX 4090' }).click();
    await page.getByRole('button', { name: 'Move RTX 4090 down' }).click();
    await page.waitForFunction(() => document.querySelector('.bar-name').textContent.startsWith('CUDA0 RTX 5070 Ti'));
    assert.deepEqual(await names(), ['CUDA0 RTX 5070 Ti', 'CUDA1 RTX 4090', 'RAM own scale']);
  }));

test('bars of devices are to one scale', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    const widths = await page.locator('.bar-frame').evaluateAll((frames) => frames.map((frame) => frame.getBoundingClientRect().width));
    assert.ok(Math.abs(widths[1] / widths[0] - 15842 / 24080) < 0.01, `${widths}`);
  }));

test('parts show what they are when they are pointed at or focused, and a table says the same', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    const readout = page.locator('.bar-readout').first();
    await page.locator('.bar').first().locator('.part-cache').hover();
    const said = await readout.textContent();
    assert.match(said, /^cache: [\d,]+ MiB, \d+ %$/);
    await page.mouse.move(0, 0);
    await page.locator('.bar').first().locator('li').first().focus();
    await page.keyboard.press('ArrowRight');
    assert.notEqual(await readout.textContent(), said);
    assert.match(await readout.textContent(), /MiB, \d+ %$/);
    await page.locator('.as-table summary').click();
    const cache = said.match(/[\d,]+/)[0];
    assert.equal(await page.locator('.as-table tr', { hasText: 'cache' }).locator('td').first().textContent(), cache);
  }));

test('what the compute buffers are made of is told to who asks, and follows the settings', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    await page.getByText('What the compute buffers are made of').click();
    const peaks = page.locator('.compute-buffers .peak');
    await peaks.first().waitFor();
    const compute = async () => (await page.locator('.as-table tr', { hasText: 'compute' }).locator('td').first().textContent()).trim();
    await page.locator('.as-table summary').click();
    assert.equal(await peaks.first().locator('caption').textContent(), `CUDA0 ${await compute()} MiB`);
    assert.match(await peaks.first().textContent(), /attention mask, 512 tokens × [\d,]+ cells/);
    const before = await compute();
    const lever = page.locator('.compute-buffers tr', { hasText: '-ub 256' });
    const saved = Number((await lever.locator('td').first().textContent()).replace(',', ''));
    assert.ok(saved > 0, `${saved}`);
    await page.locator('#more').fill('-ub 256');
    await page.locator('.compute-buffers tr', { hasText: '-ub 128' }).waitFor();
    const mib = (text) => Number(text.replace(',', ''));
    assert.ok(Math.abs(mib(before) - saved - mib(await compute())) <= 1, 'what was promised is what came');
  }));

test('the page says how much context would fit, and what would keep everything on the GPUs', () =>
  visitPage(async (page) => {
    await openSample(page, 0); // too large for the two cards
    const experts = page.locator('.reach tr', { hasText: 'all experts in RAM' });
    assert.match(await experts.locator('td').first().textContent(), /^262,144$/);
    assert.match(await page.locator('.remedies').textContent(), /more NVIDIA GeForce/);
    await page.locator('#samples-short button').nth(2).click(); // fits on one
    await page.waitForFunction(() => document.querySelector('#verdict').textContent.includes('alone'));
    await settled(page);
    assert.equal(await page.locator('.remedies').count(), 0);
    const alone = page.locator('.reach tr', { hasText: 'CUDA0 alone' });
    const most = Number((await alone.locator('td').nth(1).textContent()).replace(',', '')); // f16
    await page.locator('#more').fill(`-ctk f16 -ctv f16 -c ${most}`);
    await page.waitForFunction((n_ctx) => document.querySelector('#code').textContent.includes(`CTX_SIZE=${n_ctx}`), most);
    assert.match(await verdict(page).textContent(), /on CUDA0 \(RTX 4090\) alone/);
  }));

test('what is copied is what is shown, in each tab', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    await rested(page);
    const seen = new Set();
    for (const tab of ['models.conf', 'bench entry', 'preset .ini', 'JSON', 'command line']) {
      await page.getByRole('tab', { name: tab }).click();
      await page.locator('#copy').click();
      await page.locator('#copy', { hasText: 'Copied' }).waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.equal(copied.trimEnd(), (await code(page)).trimEnd());
      seen.add(copied);
    }
    assert.equal(seen.size, 5);
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#download').click()]);
    assert.match(download.suggestedFilename(), /^[a-z0-9-]+\.sh$/);
  }, { permissions: ['clipboard-read', 'clipboard-write'] }));

test('that something was copied stays said while the page is drawn anew', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    await rested(page);
    const said = () => page.locator('#said').textContent();
    await page.locator('#copy').click();
    await page.locator('#copy', { hasText: 'Copied' }).waitFor();
    const pressed = await page.locator('#copy').elementHandle();
    await page.getByRole('button', { name: 'Show sources' }).click();
    assert.equal(await pressed.evaluate((button) => button.isConnected), false, 'the button that was pressed is gone');
    assert.equal(await page.locator('#copy').textContent(), 'Copied');
    assert.equal(await said(), 'Copied', 'a screen reader is told');
    assert.equal(await page.locator('#said').getAttribute('role'), 'status');
    await page.getByRole('tab', { name: 'command line' }).click();
    assert.equal(await page.locator('#copy').textContent(), 'Copy', 'of another tab nothing was copied');
    await page.getByRole('tab', { name: 'models.conf' }).click();
    await page.locator('#copy', { hasText: /^Copy$/ }).waitFor();
    assert.equal(await said(), '');
  }, { permissions: ['clipboard-read', 'clipboard-write'] }));

test('what a moving slider does not change stays in its place', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    await rested(page);
    const stayed = await page.evaluate(async () => {
      const parts = ['.alternatives', '#curve-heading', '.reach', '#model dl'].map((selector) => document.querySelector(selector));
      const old_verdict = document.querySelector('#verdict');
      const shown = new Promise((resolve) => new MutationObserver(resolve).observe(document.querySelector('#plan'), { childList: true }));
      const slider = document.querySelector('#ctx-slider');
      slider.value = String(Number(slider.value) - 3);
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      await shown;
      return { parts: parts.map((part) => part.isConnected), verdict: old_verdict.isConnected };
    });
    assert.deepEqual(stayed, { parts: [true, true, true, true], verdict: false });
    await settled(page);
  }));

test('everything can be reached and done by keyboard', () =>
  visitPage(async (page) => {
    const tabTo = async (selector) => {
      for (let i = 0; i < 80; i++) {
        if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) return;
        await page.keyboard.press('Tab');
      }
      assert.fail(`Tab never reaches ${selector}`);
    };
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await tabTo('.sample');
    await page.keyboard.press('Enter');
    await settled(page);
    await page.evaluate(() => document.activeElement?.blur());
    await tabTo('#ctx-slider');
    const before = await page.locator('#ctx-slider').inputValue();
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction((old) => document.querySelector('#ctx-slider').value !== old, before);
    await settled(page); // the table of alternatives comes with the whole plan
    await tabTo('.part');
    await tabTo('.choose');
    await tabTo('.tab');
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'bench entry');
    assert.equal(await page.getByRole('tab', { name: 'bench entry' }).getAttribute('aria-selected'), 'true');
    await tabTo('#copy');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, 'none', 'focus can be seen');
  }));

test('the verdict is announced', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    const live = page.getByRole('status').first();
    assert.equal(await live.evaluate((e) => e.id), 'live');
    assert.ok((await live.textContent()).startsWith(await verdict(page).textContent()));
  }));

for (const width of [360, 1280]) {
  test(`nothing moves from under the pointer on a screen of ${width} px`, () =>
    visitPage(async (page) => {
      await openSample(page, 0);
      await rested(page);
      const tops = () => page.evaluate(() => [...document.querySelectorAll('.bar, .layer-map, .columns')].map((e) => e.getBoundingClientRect().top + window.scrollY));
      const before = await tops();
      for (const part of await page.locator('.bar .part').all()) {
        await part.dispatchEvent('mouseenter'); // some are too narrow to aim at
        assert.deepEqual(await tops(), before);
      }
      for (const i of [0, 30, 47]) {
        await page.locator('.layer').nth(i).dispatchEvent('mouseenter');
        assert.deepEqual(await tops(), before);
      }
    }, { viewport: { width, height: 780 } }));
}

for (const width of [360, 768]) {
  test(`nothing is wider than a screen of ${width} px`, () =>
    visitPage(async (page) => {
      const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok((await overflow()) <= 0);
      for (let i = 0; i < 3; i++) {
        if (i === 0) await openSample(page, i);
        else await page.locator('#samples-short button').nth(i).click();
        await settled(page);
        await page.locator('.as-table summary').click();
        await page.getByText('All facts').click();
        assert.ok((await overflow()) <= 0);
      }
      if (width > 400) return;
      const tops = await page.evaluate(() => ['#verdict', '#model', '#devices', '#settings'].map((s) => document.querySelector(s).getBoundingClientRect().top));
      assert.deepEqual(tops, [...tops].sort((a, b) => a - b), 'the answer comes first');
    }, { viewport: { width, height: 780 } }));
}

test('the colours follow the system', async () => {
  for (const [colorScheme, paper] of [['light', 'rgb(251, 251, 249)'], ['dark', 'rgb(20, 21, 23)']]) {
    await visitPage(async (page) => {
      assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), paper);
    }, { colorScheme });
  }
});

test('machine and settings are there again in the next session, the model is not', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    await page.getByRole('button', { name: 'Remove RTX 5070 Ti' }).click();
    await page.locator('#ctx-number').fill('16384');
    await page.locator('#type-k').selectOption('f16');
    const stored = await page.evaluate(() => localStorage.getItem('ggufit/2'));
    assert.doesNotMatch(stored, /GLM/i);
    await page.reload();
    await page.locator('.sample').first().waitFor();
    assert.equal(await page.locator('#welcome').isVisible(), true);
    assert.equal(await page.locator('#devices li').count(), 1);
    assert.equal(await page.locator('#ctx-number').inputValue(), '16,384');
    assert.equal(await page.locator('#type-k').inputValue(), 'f16');
  }));

test('a stored state that is damaged does not stop the page', () =>
  visitPage(async (page) => {
    for (const stored of ['{', 'null', '{"devices":[{"total_mib":"<b>"},null,7],"settings":{"n_ctx":-1,"type_k":"<img>"},"ram_mib":{}}']) {
      await page.evaluate((text) => ['ggufit', 'ggufit/2'].forEach((key) => localStorage.setItem(key, text)), stored);
      await page.reload();
      await openSample(page, 2);
    }
  }));

test('after the core breaks a new worker goes on with the same model', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    const worker = page.workers()[0];
    await worker.evaluate(() => {
      JSON.stringify = () => {
        throw new WebAssembly.RuntimeError('unreachable');
      };
    });
    await page.locator('#ctx-number').fill('32768');
    assert.match(await noticeText(page), /started again with the same model/);
    await page.locator('#ctx-number').fill('16384');
    await page.waitForFunction(() => /^CTX_SIZE=16384$/m.test(document.querySelector('#code').textContent));
    assert.notEqual(page.workers()[0], worker);
  }));

test('a core that runs out of memory is replaced, and the page goes on with the model that it had', () =>
  visitPage(async (page, context) => {
    const words = wordyLlama('Wordy', 'llama-bpe');
    const wordy = writeGguf(temporaryFolder(), 'wordy.gguf', gguf(words.metadata, words.tensors));
    const enough_bytes = 15 * 2 ** 20; // for the sample, and not for the file's vocabulary
    let wasm = Buffer.from(withMemory(moduleBytes(), enough_bytes));
    await context.route('**/ggufit.wasm', (route) => route.fulfill({ contentType: 'application/wasm', body: wasm }));
    await page.reload();
    await openSample(page, 2);
    const sample = await code(page);
    wasm = moduleBytes();
    await dropFiles(page, [wordy]);
    assert.equal(await noticeText(page), 'The planner stopped (out of memory, or a fault of ours) and was started again with the same model.');
    await page.locator('#ctx-number').fill('16384');
    await page.waitForFunction(() => /^CTX_SIZE=16384$/m.test(document.querySelector('#code').textContent));
    assert.equal(/^MODEL=.*$/m.exec(await code(page))[0], /^MODEL=.*$/m.exec(sample)[0]);
    await dropFiles(page, [wordy]);
    await page.waitForFunction(() => /^MODEL=.*wordy\.gguf$/m.test(document.querySelector('#code').textContent));
  }));

test('the page works below a path of any static host', async () => {
  const server = await serve({ folder: built, base: '/some/path/' });
  try {
    await visitPage(async (page) => {
      await openSample(page, 2);
    }, { origin: server.origin, path: '/some/path/' });
  } finally {
    await server.close();
  }
});
