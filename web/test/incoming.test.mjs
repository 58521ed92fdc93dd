// What may be dropped or picked beside a GGUF: machine files, what tools print, logs; and what is no such thing.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadModule, root, temporaryFolder } from '../../tests/wasm/module.mjs';
import { defaultMachine } from '../../build/modules/state.js';
import { dropFiles, noticeText, openSample, settled, verdict, visitPage, withBrowser } from './support.mjs';

withBrowser();
const folder = temporaryFolder();
const file = (name, text) => (writeFileSync(join(folder, name), text), join(folder, name));
const data = (name) => readFileSync(join(root, 'tests', 'data', name), 'utf8');
const gpus = (page) => page.locator('#devices .device-name b').allTextContents();

/** What `ggufit gpus --save` writes. */
const machine = JSON.stringify({
  devices: [{ name: 'CUDA0', description: 'NVIDIA GeForce RTX 3090', backend: 'CUDA', total_mib: 24124, free_mib: 23000, driver_mib: 500, reserved_mib: 624, compute_capability: '8.6' }],
  ram: { total_mib: 131072, memory: 'DDR5-6000 2ch' },
});

test('a machine file that is dropped becomes the machine, and the one before is kept', () =>
  visitPage(async (page) => {
    await page.getByRole('button', { name: 'Remove RTX 5070 Ti' }).click();
    await openSample(page, 2);
    await dropFiles(page, [file('server.json', machine)]);
    assert.match(await noticeText(page), /server\.json is the machine now: RTX 3090, 128 GiB/);
    assert.deepEqual(await gpus(page), ['RTX 3090']);
    assert.equal(await page.locator('[data-key="reserved 0"]').inputValue(), '624');
    assert.equal(await page.locator('#machine-choice').inputValue(), 'server');
    await settled(page);
    assert.match(await page.locator('.bar-name').first().textContent(), /RTX 3090/);
    await page.locator('#machine-choice').selectOption('My machine');
    assert.deepEqual(await gpus(page), ['RTX 4090']);
  }));

test('what nvidia-smi printed may be picked as a file', () =>
  visitPage(async (page) => {
    await page.locator('#files').setInputFiles(file('gpus.txt', data('listings/nvidia_smi_two_5090.txt')));
    assert.match(await noticeText(page), /RTX 5090, RTX 5090.*count as reserved/);
    assert.deepEqual(await gpus(page), ['RTX 5090', 'RTX 5090']);
  }));

test('a startup log of any name goes to the log box', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    await dropFiles(page, [file('server-start', data('logs/two_cards.log'))]);
    await page.locator('#log-result table').waitFor();
    assert.equal(await page.locator('#notice').isVisible(), false);
    assert.deepEqual(await gpus(page), ['RTX 4090', 'RTX 5070 Ti'], 'a log is not taken for a list of GPUs');
  }));

test('what is none of these gets its sentence, and everything stays', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    const before = await verdict(page).textContent();
    const wrong = {
      'models.conf': ['[a]\nMODEL=a.gguf\n', /models\.conf is a models\.conf\..*ggufit conf lint/],
      'package.json': ['{"name": "x"}', /package\.json.*machine file.*devices/],
      'half.json': ['{"devices": [', /half\.json.*damaged or cut off/],
      'letter.txt': ['Dear all', /letter\.txt is no GGUF, no startup log/],
      'weights.bin': ['\0\x01\x02', /weights\.bin/],
    };
    for (const [name, [text, expected]] of Object.entries(wrong)) {
      await dropFiles(page, [file(name, text)]);
      await page.waitForFunction((said) => document.querySelector('#notice-text').textContent.includes(said), name);
      assert.match(await noticeText(page), expected);
      assert.equal(await verdict(page).textContent(), before);
      assert.deepEqual(await gpus(page), ['RTX 4090', 'RTX 5070 Ti']);
      await page.locator('#notice-close').click();
    }
  }));

test('the machine that the page starts with is the one that its cards’ names give', async () => {
  const module = await loadModule();
  const named = ['RTX 4090', 'RTX 5070 Ti,reserved=3500MiB'].flatMap((text) => JSON.parse(module.parseGpu(text)).devices);
  const given = named.map(({ name, free_mib, ...device }) => device);
  assert.deepEqual(defaultMachine().devices, given);
});

test('a name that is that of cards of other sizes too says which one was taken', () =>
  visitPage(async (page) => {
    const note = page.locator('#gpu-note');
    await page.locator('#gpu-name').fill('RTX 3060');
    await page.locator('#gpu-name').press('Enter');
    await note.filter({ hasText: /RTX 3060 12GB; GeForce RTX 3060 8GB is called so too/ }).waitFor();
    assert.equal(await page.locator('#gpu-options').isVisible(), false, 'nothing lies over it');
    await page.locator('#gpu-name').fill('RTX 3090');
    await page.locator('#gpu-name').press('Enter');
    await note.filter({ hasText: /^$/ }).waitFor({ state: 'attached' });
    await page.locator('#gpu-name').fill('GTX 1060');
    await page.locator('#gpu-name').press('Enter');
    await page.locator('#gpu-error').filter({ hasText: /GTX 1060 3GB, GeForce GTX 1060 6GB/ }).waitFor();
  }));
