// The accuracy tables that the page shows are those of the cases and of the build at hand.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { accuracy_file, answerOf, figuresOf, markdown_file, missesOf, truthCases } from '../../tests/bench/accuracy.mjs';
import { accuracyMarkdown } from '../../tests/bench/accuracy_markdown.mjs';
import { exactPage } from '../exact/tables.mjs';
import { visitPage, withBrowser } from './support.mjs';

withBrowser();
const written = JSON.parse(readFileSync(accuracy_file, 'utf8'));
const cases = truthCases();

test('the tables count every case and every figure that llama.cpp was measured for', () => {
  for (const set of ['models', 'zoo']) {
    const own = cases.filter((one) => one.set === set);
    assert.equal(written.cases[set], own.length);
    assert.equal(written.models[set], new Set(own.map(({ model }) => model)).size);
    for (const { name, of } of written.by_term[set]) {
      const counted = name === 'whole case' ? own.length : own.flatMap(figuresOf).filter(({ term }) => term === name).length;
      assert.equal(of, counted, `${set}, ${name}: run ./dev accuracy`);
    }
  }
  const whole = [...written.by_term.models, ...written.by_term.zoo].filter(({ name }) => name === 'whole case');
  assert.equal(written.missed_cases.length, whole.reduce((sum, { equal, of }) => sum + of - equal, 0));
});

test('the misses that the tables name are those of this build', async () => {
  const asked = cases.filter((one, i) => written.missed_cases.includes(`${one.model}/${one.setting}`) || i % 40 === 0);
  for (const one of asked) {
    const name = `${one.model}/${one.setting}`;
    const answer = await answerOf(one);
    assert.equal(missesOf(one, answer).length > 0, written.missed_cases.includes(name), `${name}: run ./dev accuracy`);
    if (written.approximate[0].marked === 0) assert.equal(answer.approximate, false, name);
  }
});

test('the tables as Markdown are those of the page', () => {
  assert.equal(readFileSync(markdown_file, 'utf8'), accuracyMarkdown(written), 'run ./dev accuracy');
});

test('the share that is approximate is counted over all cases and all models, and each mark says why', () => {
  const [measured, ...beyond] = written.approximate;
  assert.equal(measured.of, cases.length);
  assert.ok(beyond.length > 3);
  for (const { of } of beyond) assert.equal(of, written.models.models + written.models.zoo);
  for (const { name, marked, reasons } of written.approximate) {
    assert.equal(reasons.reduce((sum, { cases: n }) => sum + n, 0), marked, name);
    for (const { reason } of reasons) assert.ok(reason.length > 20, `${name}: ${reason}`);
  }
});

test('the page shows by figure how many are equal, and how many are approximate', () =>
  visitPage(async (page) => {
    await page.goto(new URL('exact.html', page.url()).href);
    const cells = async (id) => (await page.locator(`#${id} tbody tr`).allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
    const count = (n) => n.toLocaleString('en-US');
    const approximate = await cells('approximate');
    written.approximate.forEach(({ name, marked, of }, i) => assert.ok(approximate[i].startsWith(`${name} ${count(marked)} of ${count(of)}`), approximate[i]));
    const terms = await cells('terms');
    written.by_term.models.forEach(({ equal, of }, i) => assert.ok(terms[i].includes(`${count(equal)} of ${count(of)}`), terms[i]));
    assert.equal((await cells('worst')).length, written.worst.length);
    assert.equal((await cells('settings')).length, written.by_setting.length);
    assert.equal(await page.locator('#architectures tbody tr').count(), written.by_architecture.length);
  }));

test('what the tables name is text, whatever it holds', () => {
  const hostile = '<img src=x onerror="a()">&\'';
  const gaps = ['measured', 'terms', 'settings', 'approximate', 'worst', 'architectures_sum', 'architectures'].map((name) => `{{${name}}}`);
  const spoilt = JSON.parse(JSON.stringify(written), (key, value) => (['name', 'reason', 'model', 'setting', 'device', 'date'].includes(key) ? hostile : value));
  const page = exactPage(gaps.join(''), spoilt);
  assert.doesNotMatch(page, /<img|onerror="/);
  assert.ok(page.includes('&lt;img src=x onerror=&quot;a()&quot;&gt;&amp;&#39;'));
  assert.throws(() => exactPage(gaps.slice(1).join(''), written), /no gap for measured/);
  assert.throws(() => exactPage(`${gaps.join('')}{{more}}`, written), /nothing fills \{\{more\}\}/);
});

test('every one of the worst misses says why', () => {
  for (const { model, setting, reason } of written.worst) assert.ok(reason.length > 20, `${model}/${setting}`);
});
