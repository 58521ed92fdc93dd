// The accuracy tables that the page shows are those of the cases and of the build at hand.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { accuracy_file, figuresOf, missesOf, truthCases } from '../../tests/bench/accuracy.mjs';

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
    const misses = await missesOf(one);
    assert.equal(misses.length > 0, written.missed_cases.includes(name), `${name}: run ./dev accuracy`);
  }
});

test('every one of the worst misses says why', () => {
  for (const { model, setting, reason } of written.worst) assert.ok(reason.length > 20, `${model}/${setting}`);
});
