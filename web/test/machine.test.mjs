// The machine on the page: cards found while typing, edited, moved, switched off; machines kept; tools' outputs pasted.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../../tests/wasm/module.mjs';
import { parseMib } from '../../build/modules/given/numbers.js';
import { searchGpus, splitCount } from '../../build/modules/given/gpu_search.js';
import { openSample, settled, visitPage, withBrowser } from './support.mjs';

withBrowser();
const folder = temporaryFolder();
const listing = (name) => readFileSync(fileURLToPath(new URL(`../../tests/data/listings/${name}`, import.meta.url)), 'utf8');
const names = (page) => page.locator('#devices .device-name b').allTextContents();
const handles = (page) => page.locator('#devices .handle').allTextContents();
const options = (page) => page.locator('#gpu-options [role=option]');

test('a card is found by what people type of it', () => {
  const preset = (vendor, name, gib, bandwidth_gb_s, architecture = '') => ({ vendor, name, description: `${vendor} ${name}`, vram_mib: gib * 1024, bandwidth_gb_s, architecture });
  const presets = [
    preset('NVIDIA', 'GeForce RTX 4090', 24, 1008, 'Ada Lovelace'), preset('NVIDIA', 'GeForce RTX 4090 Laptop', 16, 576), preset('NVIDIA', 'GeForce RTX 5070 Ti', 16, 896),
    preset('NVIDIA', 'GeForce RTX 5070', 12, 672), preset('AMD', 'Radeon RX 7900 XTX', 24, 960, 'RDNA3'), preset('Apple', 'M2 Max (38-core GPU)', 0, 400),
  ];
  const found = (text) => searchGpus(presets, text).map(({ name }) => name);
  assert.equal(found('4090')[0], 'GeForce RTX 4090');
  assert.equal(found('rtx4090')[0], 'GeForce RTX 4090');
  assert.equal(found('2x 5070ti')[0], 'GeForce RTX 5070 Ti');
  assert.equal(found('5070')[0], 'GeForce RTX 5070', 'the plain card comes before its Ti');
  assert.deepEqual(found('amd 24gb'), ['Radeon RX 7900 XTX']);
  assert.deepEqual(found('nvidia 16 gb').sort(), ['GeForce RTX 4090 Laptop', 'GeForce RTX 5070 Ti']);
  assert.equal(found('m2 max')[0], 'M2 Max (38-core GPU)');
  assert.deepEqual([found(''), found('gpu'), found('voodoo')], [[], [], []]);
  assert.deepEqual([splitCount('2x RTX 3090'), splitCount('4 × 3090').n, splitCount('99x 3090').n], [{ n: 2, name: 'RTX 3090' }, 4, 1]);
});

test('memory is read as it is written', () => {
  for (const [text, mib] of [['24', 24576], ['24 GiB', 24576], ['24564', 24564], ['24,564 MiB', 24564], ['1.5g', 1536], ['0', null], ['much', null], ['', null]]) {
    assert.equal(parseMib(text), mib, text);
  }
});

test('cards are added by keyboard from what is suggested', () =>
  visitPage(async (page) => {
    const input = page.locator('#gpu-name');
    assert.equal(await input.getAttribute('aria-expanded'), 'false');
    await input.fill('2x 3090');
    assert.equal(await input.getAttribute('aria-expanded'), 'true');
    await options(page).filter({ hasText: 'GeForce RTX 3090' }).first().waitFor(); // the table comes with the core
    assert.equal(await options(page).first().locator('span').first().textContent(), 'GeForce RTX 3090');
    await input.press('ArrowDown');
    const active = await input.getAttribute('aria-activedescendant');
    assert.equal(await page.locator(`#${active}`).getAttribute('aria-selected'), 'true');
    await input.press('ArrowUp'); // around to the last
    assert.match(await page.locator('[role=option][aria-selected=true]').textContent(), /not listed/);
    await input.press('Escape');
    assert.equal(await page.locator('#gpu-options').isVisible(), false);
    assert.equal(await input.inputValue(), '2x 3090', 'the first Escape keeps the text');
    await input.press('ArrowDown');
    await input.press('Enter');
    await page.locator('#devices li').nth(3).waitFor();
    assert.deepEqual(await names(page), ['RTX 4090', 'RTX 5070 Ti', 'RTX 3090', 'RTX 3090']);
    assert.equal(await input.inputValue(), '');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'gpu-name');
    await input.fill('strix');
    await options(page).filter({ hasText: '8060S' }).click();
    await page.locator('#devices li').nth(4).waitFor();
    assert.match(await page.locator('#devices li').nth(4).textContent(), /32,768 MiB/); // half of 64 GiB
  }));

test('what is not in the table is described', () =>
  visitPage(async (page) => {
    await page.locator('#gpu-name').fill('Voodoo 3');
    await options(page).filter({ hasText: 'not listed' }).click();
    const form = page.getByRole('form', { name: 'GPU that is not listed' });
    assert.equal(await form.getByLabel('Name').inputValue(), 'Voodoo 3');
    await form.getByRole('button', { name: 'Add it' }).click();
    assert.match(await form.locator('.field-error').textContent(), /how much memory/);
    await form.getByLabel('Memory, MiB').fill('16 GiB');
    await form.getByLabel('Bandwidth').fill('300');
    await form.getByLabel('Compute capability').fill('eight');
    await form.getByLabel('Name').focus();
    assert.equal(await form.getByLabel('Compute capability').getAttribute('aria-invalid'), 'true');
    await form.getByLabel('Runs with').selectOption('Vulkan');
    await page.waitForFunction(() => !document.querySelector('.draft .field-capability'));
    await form.getByRole('button', { name: 'Add it' }).click();
    assert.deepEqual(await handles(page), ['CUDA0', 'CUDA1', 'Vulkan0']);
    assert.match(await page.locator('#devices li').nth(2).textContent(), /16,384 MiB · 300 GB\/s/);
  }));

test('an RPC server is a device with a link, and llama.cpp is told of it first', () =>
  visitPage(async (page) => {
    await page.getByRole('button', { name: 'RPC server' }).click();
    const form = page.getByRole('form', { name: 'RPC server' });
    await form.getByLabel('Server', { exact: true }).fill('10.0.0.2:50052');
    await form.getByLabel('Memory, MiB').fill('24');
    await form.getByLabel('Bandwidth').fill('900');
    await form.getByLabel('Link').fill('2.9');
    await form.getByLabel('Link').press('Enter');
    assert.match(await page.locator('#devices li').nth(2).textContent(), /RPC0.*10\.0\.0\.2:50052.*2\.9 GB\/s link/);
    await openSample(page, 0);
    assert.ok((await page.locator('.device-bar').allTextContents()).some((text) => text.startsWith('RPC0')));
    await page.getByRole('tab', { name: 'command line' }).click();
    assert.match(await page.locator('#code').textContent(), /--rpc 10\.0\.0\.2:50052/);
  }));

test('cards are moved by drag and by keys, switched off, and edited', () =>
  visitPage(async (page) => {
    await openSample(page, 2);
    const handle = page.locator('.handle').first();
    await handle.focus();
    await page.keyboard.press('ArrowDown');
    assert.deepEqual(await names(page), ['RTX 5070 Ti', 'RTX 4090']);
    assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /^RTX 4090, CUDA1: place 2 of 2/);
    const from = await page.locator('.handle').nth(1).boundingBox();
    const to = await page.locator('#devices li').first().boundingBox();
    await page.mouse.move(from.x + 5, from.y + 5);
    await page.mouse.down();
    await page.mouse.move(to.x + 20, to.y + 2, { steps: 4 });
    await page.mouse.up();
    assert.deepEqual(await names(page), ['RTX 4090', 'RTX 5070 Ti']);
    await page.getByLabel('Use RTX 4090').uncheck();
    assert.deepEqual(await handles(page), ['off', 'CUDA0']);
    await page.waitForFunction(() => document.querySelectorAll('.device-bar').length === 2);
    await page.getByLabel('Use RTX 4090').check();
    await page.getByRole('button', { name: 'Edit RTX 5070 Ti' }).click();
    await page.getByLabel('Memory, MiB').fill('12,227');
    await page.getByLabel('Memory, MiB').press('Tab');
    await page.getByText('12,227 MiB').first().waitFor();
    await page.locator('[data-key="reserved 1"]').fill('99999');
    await page.locator('[data-key="reserved 1"]').press('Tab');
    assert.equal(await page.locator('[data-key="reserved 1"]').getAttribute('aria-invalid'), 'true');
    await settled(page);
    assert.equal(await page.locator('#settings-error').textContent(), '');
  }));

test('several machines are kept, each with its own cards', () =>
  visitPage(async (page) => {
    await page.getByRole('button', { name: 'Manage' }).click();
    await page.getByRole('button', { name: 'Duplicate' }).click();
    assert.equal(await page.locator('#machine-choice').inputValue(), 'My machine 2');
    await page.locator('[data-key="machine name"]').fill('My machine');
    await page.locator('[data-key="machine name"]').press('Tab');
    assert.equal(await page.locator('[data-key="machine name"]').getAttribute('aria-invalid'), 'true', 'a name is given once');
    await page.locator('[data-key="machine name"]').fill('Server');
    await page.locator('[data-key="machine name"]').press('Tab');
    await page.getByRole('button', { name: 'Remove RTX 5070 Ti' }).click();
    await page.locator('#machine-choice').selectOption('My machine');
    assert.equal((await names(page)).length, 2);
    await page.reload();
    await page.locator('.sample').first().waitFor();
    await page.locator('#machine-choice').selectOption('Server');
    assert.deepEqual(await names(page), ['RTX 4090']);
    await page.getByRole('button', { name: 'Manage' }).click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as a file' }).click()]);
    assert.equal(download.suggestedFilename(), 'server.json');
    const saved = JSON.parse(readFileSync(await download.path(), 'utf8'));
    assert.deepEqual([saved.name, saved.devices.length, saved.ram.total_mib], ['Server', 1, 65536]);
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    assert.deepEqual(await page.locator('#machine-choice option').allTextContents(), ['My machine']);
    const file = join(folder, 'server.json');
    writeFileSync(file, JSON.stringify(saved));
    await page.locator('[aria-label="Machine file"]').setInputFiles(file);
    await page.getByRole('button', { name: 'Keep it as another machine' }).click();
    assert.equal(await page.locator('#machine-choice').inputValue(), 'Server');
    assert.deepEqual(await names(page), ['RTX 4090']);
  }));

test('what nvidia-smi prints is shown as it is understood, and becomes the machine', () =>
  visitPage(async (page) => {
    await page.getByRole('button', { name: 'Paste nvidia-smi' }).click();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'listing');
    await page.locator('#listing').fill(listing('nvidia_smi_two_5090.txt'));
    await page.getByText('Understood from nvidia-smi').waitFor();
    assert.deepEqual(await names(page), ['RTX 4090', 'RTX 5070 Ti'], 'nothing is replaced yet');
    assert.match(await page.locator('#listing-preview').textContent(), /1,597 MiB of GPU 1 are in use \(Xorg, gnome-shell\) and count as reserved/);
    await page.getByRole('button', { name: 'Use this' }).click();
    assert.deepEqual(await names(page), ['RTX 5090', 'RTX 5090']);
    assert.equal(await page.locator('[data-key="reserved 1"]').inputValue(), '1597');
    assert.equal(await page.locator('#ram').inputValue(), '64', 'what it does not say stays');
    await openSample(page, 2);
    await page.getByRole('button', { name: 'Paste nvidia-smi' }).click();
    await page.locator('#listing').fill('Guten Tag');
    await page.locator('#listing-error:not(:empty)').waitFor();
    assert.match(await page.locator('#listing-error').textContent(), /llama-server --list-devices/);
    await page.locator('#listing').press('Escape');
    assert.equal(await page.locator('#paste').isVisible(), false);
    assert.deepEqual(await names(page), ['RTX 5090', 'RTX 5090']);
  }));

test('names in what is pasted never become elements', () =>
  visitPage(async (page) => {
    await page.getByRole('button', { name: 'Paste nvidia-smi' }).click();
    await page.locator('#listing').fill('  CUDA0: <img src=x onerror=alert(1)> (2048 MiB, 2000 MiB free)');
    await page.getByRole('button', { name: 'Use this' }).click();
    assert.deepEqual(await names(page), ['<img src=x onerror=alert(1)>']);
    assert.equal(await page.locator('.given img').count(), 0);
  }));

test('system memory takes its kind as --ram does', () =>
  visitPage(async (page) => {
    await page.locator('#ram-kind').fill('2x48GB DDR5-6000');
    await page.locator('#ram-kind').press('Tab');
    await page.waitForFunction(() => document.querySelector('#ram').value === '96');
    assert.equal(await page.locator('#ram-kind').inputValue(), 'DDR5-6000');
    await page.locator('#ram-kind').fill('a lot');
    await page.locator('#ram-kind').press('Tab');
    assert.match(await page.locator('#ram-error:not(:empty)').textContent(), /DDR5-6000 2ch/);
  }));
