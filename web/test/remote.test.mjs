// A model by its address: the header alone comes over the wire, from the host that was named, and every refusal is said.
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { after, before, test } from 'node:test';
import { temporaryFolder } from '../../tests/wasm/module.mjs';
import { gguf, tinyLlama, wordyLlama, writeGguf, writeShards } from './gguf.mjs';
import { startNginx, startOdd } from './hosts.mjs';
import { code, noticeText, openSample, settled, verdict, visitPage, withBrowser } from './support.mjs';

withBrowser();
const folder = temporaryFolder();
const wordy = wordyLlama();
const wordy_file = gguf(wordy.metadata, wordy.tensors);
const header_bytes = wordy_file.header.length;
const size = 60e9;
let nginx, odd;

const send = (response, status, headers, body) => response.writeHead(status, headers).end(body);
/** Headers of a sound answer to a range of the wordy file. */
const part = (open, from, to) => ({ ...open, 'content-range': `bytes ${from}-${to}/${size}`, 'content-length': to - from + 1 });
const asked = (request) => /bytes=(\d+)-(\d+)/.exec(request.headers.range).slice(1).map(Number);
const slice = (from, to) => Buffer.concat([wordy_file.header, Buffer.alloc(4e6)]).subarray(from, to + 1);
let n_changes = 0;

const answers = {
  '/page.gguf': (request, response, open) => send(response, 200, { ...open, 'content-type': 'text/html' }, '<!doctype html><title>Model</title>'),
  '/late.gguf': (request, response, open) => send(response, 503, open, 'busy'),
  '/many.gguf': (request, response, open) => send(response, 429, open, 'slow down'),
  '/other.gguf': (request, response, open) => send(response, 206, part(open, 100, 1099), slice(100, 1099)),
  '/zip.gguf': (request, response, open) => send(response, 200, open, gzipSync(slice(0, 99))),
  '/short.gguf': (request, response, open) => send(response, 200, open, slice(0, 99999)),
  '/changing.gguf': (request, response, open) => {
    const [from, to] = asked(request);
    send(response, 206, { ...part(open, from, to), etag: `"${n_changes++}"` }, slice(from, to));
  },
  '/cut.gguf': (request, response, open) => {
    const [from, to] = asked(request);
    response.writeHead(206, part(open, from, to));
    response.write(slice(from, from + 1000), () => setTimeout(() => response.destroy(), 50));
  },
  '/endless.gguf': (request, response, open) => {
    response.writeHead(200, { ...open, 'content-length': size });
    response.write(slice(0, 9999)); // and nothing more
  },
};

before(async () => {
  nginx = await startNginx(folder);
  odd = await startOdd(folder, answers);
  writeGguf(nginx.files, 'wordy.gguf', wordy_file, size);
  writeGguf(nginx.files, 'tiny.gguf', gguf(tinyLlama().metadata, tinyLlama().tensors));
  writeShards(nginx.files, 'split', tinyLlama('Split'), 5);
});
after(async () => {
  await nginx?.close();
  await odd?.close();
});

const visit = (act, more = {}) => visitPage(act, { hosts: [nginx.origin, nginx.elsewhere, odd.origin], ignoreHTTPSErrors: true, ...more });
const openUrl = async (page, url) => {
  if (!(await page.locator('#link-text').isVisible())) await page.getByRole('button', { name: 'Paste link or URL' }).click();
  await page.locator('#link-text').fill(url);
  await page.locator('#link-text').press('Enter');
};

test('a header of 6 MB is read in two requests and at most 1.5 times its bytes', (context) =>
  visit(async (page) => {
    assert.ok(header_bytes > 5e6, `${header_bytes}`);
    await openUrl(page, `${nginx.origin}/cors/wordy.gguf`);
    await settled(page);
    assert.match(await code(page), /^MODEL=wordy\.gguf$/m);
    assert.match(await page.locator('#model').textContent(), /Read from the header at 127\.0\.0\.1:\d+\. Nothing else was fetched/);
    const requests = await nginx.asked('/cors/');
    const bytes = requests.reduce((sum, one) => sum + one.bytes, 0);
    context.diagnostic(`${requests.length} requests, ${bytes} bytes of ${header_bytes}`);
    assert.equal(requests.length, 2);
    assert.ok(bytes <= header_bytes * 1.5, `${bytes} of ${header_bytes}`);
    assert.deepEqual(requests.map(({ personal }) => personal), ['---', '---'], 'no cookie, no referrer, no token');
    assert.ok(!decodeURIComponent(page.url()).includes('/cors/'), 'the address is not kept');
  }));

test('one whose words have twice as many merges is read in two requests too', () =>
  visit(async (page) => {
    const { metadata, tensors } = wordyLlama('Merged', 'llama-bpe');
    const merged = gguf(metadata, tensors);
    writeGguf(nginx.files, 'merged.gguf', merged, size);
    await openUrl(page, `${nginx.origin}/cors/merged.gguf`);
    await settled(page);
    const requests = (await nginx.asked('/cors/merged.gguf')).map(({ bytes }) => bytes);
    assert.equal(requests.length, 2, `${requests} of ${merged.header.length}`);
    assert.ok(requests[0] + requests[1] <= merged.header.length * 1.5);
  }));

test('the page asks for nothing before the address is confirmed', () =>
  visit(async (page) => {
    const before = (await nginx.asked('/cors/')).length;
    await page.evaluate((text) => {
      const data = new DataTransfer();
      data.setData('text/plain', text);
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    }, `${nginx.origin}/cors/tiny.gguf`);
    assert.match(await page.locator('#link-text').inputValue(), /tiny\.gguf$/);
    assert.equal((await nginx.asked('/cors/')).length, before);
    await page.locator('#link-text').press('Enter');
    await settled(page);
  }));

test('an entry says where its model comes from, without what may be a secret', () =>
  visit(async (page) => {
    await openUrl(page, `${nginx.origin}/cors/tiny.gguf?token=hidden`);
    await settled(page);
    const text = await code(page);
    assert.ok(text.split('\n').includes(`# From: ${nginx.origin}/cors/tiny.gguf`), text);
    assert.ok(!text.includes('hidden'));
    await page.getByRole('tab', { name: 'bench entry' }).click();
    assert.match(await code(page), /^# From: /m);
  }));

test('a host that hides the size, ignores ranges or sends on elsewhere is read too', () =>
  visit(async (page) => {
    await openUrl(page, `${nginx.origin}/hidden/wordy.gguf`);
    await settled(page);
    assert.deepEqual((await nginx.asked('/hidden/')).map(({ method }) => method).sort(), ['GET', 'GET', 'HEAD']);
    await openUrl(page, `${nginx.origin}/unranged/wordy.gguf`);
    await page.waitForFunction(() => document.querySelector('#link-bar').hidden);
    const [whole, ...more] = await nginx.asked('/unranged/');
    assert.deepEqual([whole.status, more.length], [200, 0]);
    assert.ok(whole.bytes < 64e6, `${whole.bytes} of 60 GB`);
    await openUrl(page, `${nginx.origin}/away/wordy.gguf`);
    await page.waitForFunction(() => document.querySelector('#link-bar').hidden);
    assert.equal(await page.locator('#notice').isVisible(), false);
  }));

test('one shard’s address stands for all of them', () =>
  visit(async (page) => {
    await openUrl(page, `${nginx.origin}/cors/split-00002-of-00003.gguf`);
    await settled(page);
    assert.match(await code(page), /^MODEL=split-00001-of-00003\.gguf$/m);
  }));

test('each refusal is a sentence that says what to do, and the last plan stays', () =>
  visit(async (page) => {
    await openSample(page, 2);
    const before = await verdict(page).textContent();
    const refusals = {
      [`${nginx.origin}/closed/wordy.gguf`]: /does not let web pages read.*ggufit link.*drop the file/,
      [`${nginx.origin}/secret/wordy.gguf`]: /token.*HTTP 401.*no such repository.*HF_TOKEN/,
      [`${nginx.origin}/cors/absent.gguf`]: /no such file \(HTTP 404\)/,
      [`${odd.origin}/page.gguf`]: /web page and no GGUF.*resolve/,
      [`${odd.origin}/late.gguf`]: /HTTP 503.*later/,
      [`${odd.origin}/many.gguf`]: /fewer requests/,
      [`${odd.origin}/other.gguf`]: /other bytes than it was asked for/,
      [`${odd.origin}/zip.gguf`]: /compressed/,
      [`${odd.origin}/short.gguf`]: /ends inside its header/,
      [`${odd.origin}/changing.gguf`]: /changed while its header was read/,
      [`${odd.origin}/cut.gguf`]: /connection was cut/,
      'http://example.invalid/x.gguf': /https alone.*ggufit link/,
      'hf:nothing': /nothing/,
    };
    for (const [url, expected] of Object.entries(refusals)) {
      await openUrl(page, url);
      await page.locator('#remote').waitFor({ state: 'hidden' });
      assert.match(await noticeText(page), expected, url);
      assert.equal(await verdict(page).textContent(), before);
      await page.locator('#notice-close').click();
    }
  }));

test('reading can be cancelled, and says how far it is', () =>
  visit(async (page) => {
    await openUrl(page, `${odd.origin}/endless.gguf`);
    await page.locator('#remote-said').filter({ hasText: /Reading the header of endless\.gguf/ }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('#remote').waitFor({ state: 'hidden' });
    assert.equal(await page.locator('#notice').isVisible(), false);
    await openSample(page, 2);
  }));

test('a host that goes silent is given up', () =>
  visit(async (page) => {
    await page.clock.install();
    await openUrl(page, `${odd.origin}/endless.gguf`);
    await page.locator('#remote-said').filter({ hasText: /Reading the header/ }).waitFor();
    await page.clock.fastForward(21_000);
    assert.match(await noticeText(page), /sent nothing for 20 s/);
  }));

test('what a host is asked goes past the service worker, and nothing of it is kept', () =>
  visit(
    async (page) => {
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
      await page.reload(); // so that it has the page
      const by_worker = [];
      page.on('response', (response) => response.url().startsWith(nginx.origin) && by_worker.push(response.fromServiceWorker()));
      await openUrl(page, `${nginx.origin}/cors/tiny.gguf`);
      await settled(page);
      assert.deepEqual(by_worker, [false]);
      const kept = await page.evaluate(async () => (await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()))).flat().map(({ url }) => url));
      assert.ok(kept.length > 5 && kept.every((url) => !url.includes('.gguf') || url.includes('/samples/')), `${kept}`);
    },
    { serviceWorkers: 'allow' },
  ));
