// The module's own claims: how a session takes headers, and that wrong calls get sentences.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addHeader, header, loadModule, moduleBytes, openModel, seed_machine, withMemory } from './module.mjs';

const module = await loadModule();
const qwen = header('qwen3-0.6b-q8_0');
const plan_inputs = JSON.stringify({ machine: seed_machine, arguments: ['-c', '8192'] });

test('a prefix that ends in the header says how far to read, and reading so far is enough', () => {
  const session = new module.Session();
  let have = 24;
  let rounds = 0;
  for (; rounds < 10000; rounds++) {
    const { error } = addHeader(session, qwen.bytes.subarray(0, have), qwen.file_bytes, qwen.file);
    if (!error) break;
    assert.equal(error.code, 'truncated');
    assert.ok(error.needed_bytes > have, `${error.needed_bytes} is more than ${have}`);
    have = error.needed_bytes;
  }
  assert.ok(have <= qwen.bytes.length);
  assert.equal(JSON.parse(session.build()).ok, true);
  session.delete();
});

test('the prefix keeps what was written when it grows', () => {
  const session = new module.Session();
  const half = qwen.bytes.length >> 1;
  session.prefix(half).set(qwen.bytes.subarray(0, half));
  session.prefix(qwen.bytes.length).set(qwen.bytes.subarray(half), half);
  assert.equal(JSON.parse(session.addHeader(qwen.file_bytes, qwen.file)).ok, true);
  session.delete();
});

test('a prefix longer than any header is refused', () => {
  const session = new module.Session();
  for (const size of [2 ** 31, 2 ** 53, -1, NaN, Infinity]) assert.equal(session.prefix(size), null);
  session.delete();
});

test('sizes beyond what a number holds exactly are refused', () => {
  const session = new module.Session();
  session.prefix(qwen.bytes.length).set(qwen.bytes);
  for (const size of [2 ** 53, -1, 0.5, NaN, Infinity]) {
    assert.equal(JSON.parse(session.addHeader(size, qwen.file)).error.code, 'usage');
  }
  session.delete();
});

test('a plan without a model is a sentence', () => {
  const session = new module.Session();
  const { error } = JSON.parse(session.plan(plan_inputs));
  assert.equal(error.code, 'usage');
  assert.match(error.detail, /add its headers/);
  assert.equal(JSON.parse(session.inspect()).error.code, 'usage');
  session.delete();
});

test('inputs that are no inputs are sentences', () => {
  const session = openModel(module, 'qwen3-0.6b-q8_0');
  for (const inputs of ['', '[]', '{', '{}', '{"machine":[]}', '{"machine":{},"arguments":"-c 1"}', '{"machine":{},"arguments":[1]}', '\u0000']) {
    const { error } = JSON.parse(session.plan(inputs));
    assert.equal(error.code, 'usage', inputs);
    assert.ok(error.detail.endsWith('.'));
  }
  session.delete();
});

test('a pasted command line means what the same words mean', () => {
  const session = openModel(module, 'qwen3-0.6b-q8_0');
  const words = session.plan(JSON.stringify({ machine: seed_machine, arguments: ['-c', '8192', '-ctk', 'f16'] }));
  const pasted = session.plan(JSON.stringify({ machine: seed_machine, command_line: '/opt/llama.cpp/llama-server -c 8192 \\\n  -ctk f16' }));
  assert.equal(pasted, words);
  const variable = JSON.parse(session.plan(JSON.stringify({ machine: seed_machine, arguments: ['-ctv', 'f16'], command_line: 'sudo LLAMA_ARG_CTX_SIZE=8192 ./llama-server -ctk f16' })));
  assert.equal(variable.settings.n_ctx, 8192);
  assert.equal(variable.settings.type_v, 'f16');
  const unclosed = JSON.parse(session.plan(JSON.stringify({ machine: seed_machine, command_line: '-ot "blk' })));
  assert.equal(unclosed.error.code, 'usage');
  session.delete();
});

test('a session plans again and again without growing', () => {
  const session = openModel(module, 'qwen3-0.6b-q8_0');
  const first = session.plan(plan_inputs);
  for (let i = 0; i < 50; i++) assert.equal(session.plan(plan_inputs), first);
  session.delete();
});

test('a GPU by name gives a machine, an unknown one a sentence', () => {
  const machine = JSON.parse(module.parseGpu('2x RTX 3090'));
  assert.equal(machine.devices.length, 2);
  assert.equal(machine.devices[0].total_mib > 24000, true);
  const { error } = JSON.parse(module.parseGpu('Voodoo 3'));
  assert.equal(error.code, 'usage');
});

test('what a tool prints of GPUs gives a machine with notes, anything else a sentence', () => {
  const listing = JSON.parse(module.parseListing('Available devices:\n  CUDA0: NVIDIA GeForce RTX 4090 (24080 MiB, 21000 MiB free)\n'));
  assert.equal(listing.source, 'llama-server --list-devices');
  assert.equal(listing.machine.devices[0].free_mib, 21000);
  assert.match(listing.notes[0].text, /2,580 MiB of CUDA0 were not free/); // 24,080 − 21,000 − 500
  assert.equal(JSON.parse(module.parseListing('hello')).error.code, 'input');
});

test('the presets are a list to choose from, each name meaning itself', () => {
  const presets = JSON.parse(module.gpuPresets());
  assert.ok(presets.length > 100);
  for (const preset of presets) {
    if (preset.vram_mib === 0) {
      assert.ok(preset.unified_memory, `${preset.name} has memory of its own`);
      continue;
    }
    const machine = JSON.parse(module.parseGpu(preset.name));
    assert.equal(machine.error, undefined, `${preset.name}: ${machine.error?.detail}`);
    assert.equal(machine.devices[0].total_mib, preset.vram_mib, preset.name);
  }
});

test('a link that cannot be read is an error, and the model stays', () => {
  const session = openModel(module, 'qwen3-0.6b-q8_0');
  const before = session.plan(plan_inputs);
  const { link, left_out } = JSON.parse(session.link(JSON.stringify({ ...JSON.parse(plan_inputs), command_line: '--api-key secret' })));
  assert.match(link, /^plan=[\w-]+$/);
  assert.deepEqual(left_out, ['--api-key']);
  for (const text of ['', 'plan=', link.slice(0, -1), `${link}!`, link.replace('plan=A', 'plan=B')]) {
    assert.equal(JSON.parse(session.openLink(text)).error.where, 'the planning link', text);
  }
  assert.equal(session.plan(plan_inputs), before);
  const linked = JSON.parse(session.openLink(link));
  assert.deepEqual(linked.arguments, ['-c', '8192']);
  assert.equal(linked.file_name, '', 'the name goes in where it is asked for');
  session.delete();
});

test('a session without a model makes no link', () => {
  const session = new module.Session();
  assert.equal(JSON.parse(session.link(plan_inputs)).error.code, 'usage');
  session.delete();
});

test('a module that runs out of memory ends: it answers as always or not at all', async () => {
  /** The plan in a module of so much memory, or the call that it ended in. */
  async function planWithin(wasm) {
    let call = 'load';
    try {
      const module = await loadModule(wasm);
      call = 'open';
      const session = openModel(module, 'qwen3-0.6b-q8_0');
      call = 'plan';
      return { plan: session.plan(plan_inputs) };
    } catch (thrown) {
      assert.match(thrown.message, /^out of memory/);
      return { ended_in: call };
    }
  }
  const { plan } = await planWithin(moduleBytes());
  const ends = new Set();
  for (let kib = 5 * 1024; kib <= 9 * 1024; kib += 64) {
    const within = await planWithin(withMemory(moduleBytes(), kib * 1024));
    if (within.ended_in) ends.add(within.ended_in);
    else ends.add(within.plan === plan ? 'the same plan' : `another plan with ${kib} KiB`);
  }
  assert.deepEqual([...ends], ['load', 'open', 'plan', 'the same plan']);
});
