// What no input may do to the page: reach prototypes by the names of its keys, or code from elsewhere.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { storedMachine } from '../../build/modules/stored.js';
import { policy } from '../serve.mjs';

const web = fileURLToPath(new URL('..', import.meta.url));
const source = (name) => readFileSync(join(web, name), 'utf8');

test('keys that name prototypes change nothing but the object that has them', () => {
  const device = '{"total_mib": 24564, "__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}';
  const text = `{"__proto__": {"polluted": 1, "name": "inherited"}, "name": "a machine", "devices": [${device}], "ram": {"__proto__": {"total_mib": 7}}}`;
  const machine = storedMachine(JSON.parse(text));
  assert.equal({}.polluted, undefined);
  assert.equal(machine.devices[0].total_mib, 24564);
  for (const made of [machine, machine.devices[0], machine.ram]) {
    assert.equal(Object.getPrototypeOf(made), Object.prototype);
    assert.equal(made.polluted, undefined);
  }
  assert.equal(machine.ram.total_mib, 0, 'what is inherited counts as missing');
});

test('each page allows its own code alone, as the server says too', () => {
  for (const page of ['index.html', 'exact.html']) {
    const stated = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(source(page))?.[1] ?? '';
    assert.match(stated, /^default-src 'none'; /, page);
    // models are read from where the user says, by the page that asks for them alone
    const others = page === 'index.html' ? stated.replace("connect-src 'self' https:", '') : stated;
    assert.doesNotMatch(others, /unsafe-inline|'unsafe-eval'|https?:|\*/, page);
    for (const directive of stated.split('; ')) assert.ok(policy.includes(directive), `${page}: ${directive} is in the server's policy`);
  }
});

test('no script of the page turns text into HTML or code', () => {
  const files = readdirSync(join(web, 'src'), { recursive: true }).filter((name) => name.endsWith('.ts'));
  assert.ok(files.length > 20);
  for (const name of files) {
    assert.doesNotMatch(source(join('src', name)), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|createContextualFragment|srcdoc/, name);
  }
});

test('every package of the lock file is pinned by its checksum, and the page needs none', () => {
  const { packages } = JSON.parse(source('package-lock.json'));
  for (const [name, { integrity, dev, optional }] of Object.entries(packages)) {
    if (name === '') continue;
    assert.match(integrity ?? '', /^sha512-/, name);
    assert.ok(dev || optional, `${name} is a tool`);
  }
  assert.equal(JSON.parse(source('package.json')).dependencies, undefined);
});
