// The page's modules that need no page: words for a shell, inputs for the core, reading no more than a header.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { commandLine, ranges, shellWord } from '../../build/modules/format.js';
import { addHeader, InputError } from '../../build/modules/reader.js';
import { applyArguments, defaultSettings, defaultState, passedArguments, planInputs } from '../../build/modules/state.js';
import { loadState, saveState } from '../../build/modules/stored.js';

const nasty = ['plain', 'with space', "it's", '$HOME', '`id`', '"quoted"', 'blk\\.(1|2).*=CPU', '', '-5', '*', 'a\nb', '—'];

test('a shell reads a word back as it was', () => {
  for (const word of nasty) {
    assert.equal(execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' }), word);
  }
});

test('a shell reads the command line back as the words that it was made of', () => {
  const words = ['-m', 'my model.gguf', '-c', '8192', '-ot', 'blk\\.[0-9]+\\.ffn_.*=CPU', '-fit', 'off', '-ngl', '-1', '--jinja'];
  const line = commandLine(words);
  assert.match(line, /^llama-server \\\n {2}-m 'my model\.gguf' \\\n {2}-c 8192 \\\n/);
  const script = `llama-server() { for word in "$@"; do printf '%s\\0' "$word"; done; }\n${line}`;
  assert.deepEqual(execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1), words);
});

test('numbers in a row are written as ranges', () => {
  assert.equal(ranges([]), '');
  assert.equal(ranges([3]), '3');
  assert.equal(ranges([0, 1, 2, 4, 6, 7]), '0–2, 4, 6–7');
});

test('the context is left to the planner until it is chosen', () => {
  const state = defaultState();
  assert.equal(planInputs(state).arguments.includes('-c'), false);
  state.settings.n_ctx = 65536;
  assert.equal(planInputs(state).arguments.slice(0, 2).join(' '), '-c 65536');
});

test('the batch grows with a micro-batch that is larger', () => {
  const state = defaultState();
  assert.equal(planInputs(state).arguments.includes('-b'), false);
  state.settings.n_ubatch = 4096;
  assert.match(planInputs(state).arguments.join(' '), /-b 4096/);
});

test('arguments of an alternative go to their controls, the others to the free text', () => {
  const settings = defaultSettings();
  settings.more = '-sm none --temp 0.6';
  const current = ['-sm', 'none', '-ctk', 'q8_0'];
  const passed = passedArguments(['-m', 'x.gguf', ...current, '--top-k', '40', '--temp', '0.6'], current);
  assert.deepEqual(passed, ['--top-k', '40', '--temp', '0.6']);
  applyArguments(settings, ['-c', '65536', '-ctv', 'q4_0', '-fa', 'on', '-ub', '1024', '-np', '2', '-ot', 'a b=CPU'], passed);
  const { n_ctx, type_k, type_v, flash_attn, n_ubatch, n_parallel, fit_target_mib, more } = settings;
  assert.deepEqual([n_ctx, type_k, type_v, flash_attn, n_ubatch, n_parallel, more], [65536, 'f16', 'q4_0', 'on', 1024, 2, "--temp 0.6 -ot 'a b=CPU'"]);
  assert.deepEqual(fit_target_mib, [1024], 'what an alternative leaves out is as llama-server has it');
});

test('each setting is said to the core as llama-server takes it', () => {
  const state = defaultState();
  Object.assign(state.settings, defaultSettings('llama-server'));
  assert.equal(planInputs(state).arguments.join(' '), '-c 0 -ctk f16 -ctv f16 -ub 512 -np -1 -fa auto -fitt 1024');
  Object.assign(state.settings, { n_ctx: 4096, n_batch: 1024, n_parallel: 3, kv_unified: true, flash_attn: 'off', fit_target_mib: [64, 2048] });
  assert.equal(planInputs(state).arguments.join(' '), '-c 4096 -ctk f16 -ctv f16 -ub 512 -np 3 -b 1024 -fa off -kvu -fitt 64,2048');
});

test('a card that is off stays in the list and out of the plan', () => {
  const state = defaultState();
  state.machine.devices[0].on = false;
  const { devices } = planInputs(state).machine;
  assert.deepEqual(devices.map((device) => device.description), ['NVIDIA GeForce RTX 5070 Ti']);
  assert.ok(!('on' in devices[0]));
});

/** Runs with a localStorage of these entries. */
function withStored(entries, act) {
  const stored = new Map(Object.entries(entries));
  globalThis.localStorage = { getItem: (name) => stored.get(name) ?? null, setItem: (name, text) => stored.set(name, text), removeItem: (name) => stored.delete(name) };
  try {
    return act(stored);
  } finally {
    delete globalThis.localStorage;
  }
}

test('what is kept is read back as it was', () => {
  const state = defaultState();
  Object.assign(state.settings, { n_ctx: 4096, n_parallel: -1, kv_unified: true, fit_target_mib: [64, 2048], flash_attn: 'auto' });
  state.machine.devices[1].on = false;
  state.machine.ram.memory = 'DDR5-6000 2ch';
  state.machine.calibration = { decode: 0.9 };
  state.machines.push({ name: 'Other', devices: [], ram: { total_mib: 1024, memory: '' } });
  withStored({}, () => {
    saveState(state);
    assert.deepEqual(loadState(), state);
  });
});

test('what the first version of the page kept is read, and replaced by the next save', () => {
  const first = { devices: [{ description: 'Card', total_mib: 1000, reserved_mib: 10 }], ram_mib: 2048, settings: { n_ctx: 777, type_k: 'f16', more: '-fa off' } };
  withStored({ ggufit: JSON.stringify(first) }, (stored) => {
    const state = loadState();
    assert.deepEqual(state.machine.devices, first.devices);
    assert.equal(state.machine.ram.total_mib, 2048);
    assert.deepEqual([state.settings.n_ctx, state.settings.type_k, state.settings.type_v, state.settings.more], [777, 'f16', 'q8_0', '-fa off']);
    saveState(state);
    assert.ok(!stored.has('ggufit'));
    assert.deepEqual(loadState(), state);
  });
});

test('of what is kept only sound fields are read', () => {
  const hostile = {
    machine: { name: 7, devices: [{ total_mib: '<b>' }, null, { total_mib: 1000, reserved_mib: 2000, on: 'no', bandwidth_gb_s: -1, evil: 1 }], ram: { total_mib: 1e300, memory: ['x'] }, calibration: { decode: 1e9 } },
    machines: [null, { name: '', devices: [] }, { name: 'a', devices: 'b' }, { name: 'ok', devices: [] }, { name: 'ok', devices: [] }],
    settings: { n_ctx: -1, type_k: '<img>', n_parallel: 0, fit_target_mib: ['1'], flash_attn: 'yes', defaults: '__proto__', kv_unified: 1 },
  };
  const { machine, machines, settings } = withStored({ 'ggufit/2': JSON.stringify(hostile) }, loadState);
  assert.deepEqual(machine, { name: 'My machine', devices: [{ total_mib: 1000 }], ram: { total_mib: 0, memory: '' } });
  assert.deepEqual(machines.map(({ name }) => name), ['ok']);
  assert.deepEqual(settings, defaultSettings());
  for (const text of ['{', 'null', '[]', '7', '"x"']) assert.deepEqual(withStored({ 'ggufit/2': text }, loadState), defaultState());
});

/** A blob that counts what is read of it, and a session that wants `header_bytes` and asks for `step` more each time. */
function counted(size, header_bytes, step) {
  const read = [];
  const blob = { size, slice: (from, to) => ({ arrayBuffer: async () => (read.push(to - from), new ArrayBuffer(to - from)) }) };
  let have = 0;
  const session = {
    prefix: (bytes) => ((have = bytes), { set: () => {} }),
    addHeader: () => JSON.stringify(have >= header_bytes ? { ok: true } : { error: { code: 'truncated', where: '', detail: 'more', needed_bytes: have + step } }),
  };
  return { read, session, source: { name: 'a.gguf', file_bytes: size, blob } };
}

test('of a file of 60 GB no more than four times its header is read, in few steps', async () => {
  const header_bytes = 7e6;
  const { read, session, source } = counted(60e9, header_bytes, 8);
  const { read_bytes: total } = await addHeader(session, source);
  assert.equal(total, read.reduce((sum, bytes) => sum + bytes, 0), 'no byte is read twice');
  assert.ok(total <= 4 * header_bytes && read.length <= 5, `${total} bytes in ${read.length} steps`);
});

test('a header that never ends stops at the end of the file', async () => {
  const { session, source } = counted(1e6, Infinity, 8);
  await assert.rejects(addHeader(session, source), (error) => error instanceof InputError && error.error.code === 'truncated');
});

test('a header that asks for more than fits is refused', async () => {
  const { session, source } = counted(60e9, Infinity, 50e9);
  const prefix = session.prefix;
  session.prefix = (bytes) => (bytes > 256 * 2 ** 20 ? null : prefix(bytes));
  await assert.rejects(addHeader(session, source), /larger than any header/);
});

test('a file that the browser cannot read is a sentence', async () => {
  const { session, source } = counted(100, 10, 8);
  source.blob.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')) });
  await assert.rejects(addHeader(session, source), /could not read it/);
});
