// The plans that are pinned in tests/data/golden come out of the WebAssembly module byte for byte.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadModule, openModel, root } from './module.mjs';

const golden = join(root, 'tests', 'data', 'golden', 'plan');
const module = await loadModule();

// The machines and models of tests/render/plan.cpp.
const gpu = (name, description, free_mib, reserved_mib, bandwidth_gb_s) => ({
  name, description, free_mib, reserved_mib, driver_mib: 500, total_mib: free_mib + reserved_mib + 500, compute_capability: '8.9', bandwidth_gb_s,
});
const rtx_4090 = gpu('CUDA0', 'NVIDIA GeForce RTX 4090', 24090, 0, 1008);
const seed = { devices: [rtx_4090, gpu('CUDA1', 'NVIDIA GeForce RTX 5070 Ti', 12303, 3500, 896)], ram: { total_mib: 65536 } };
const plans = {
  'qwen3-coder-next': ['qwen3-coder-next-q5_k_m', seed],
  'gpt-oss-120b': ['gpt-oss-120b-f16', seed],
  'glm-4.7-flash': ['glm-4.7-flash-q4_k_m', seed],
  'llama-70b-one-gpu': ['llama-3.3-70b-q4_k_m', { devices: [rtx_4090], ram: { total_mib: 32768 } }],
  'qwen3-14b-cpu': ['qwen3-14b-q4_k_m', { devices: [], ram: { total_mib: 32768 } }],
};

const written = {
  json: (_, text) => text,
  conf: (plan) => `${plan.entry}\n${plan.bench_entry}`,
  args: (plan) => plan.arguments.map((word) => `${word}\n`).join(''),
};

for (const [name, [model, machine]] of Object.entries(plans)) {
  test(`${name} is as pinned`, () => {
    const session = openModel(module, model);
    const text = session.plan(JSON.stringify({ machine }));
    const plan = JSON.parse(text);
    assert.equal(plan.error, undefined);
    let n_compared = 0;
    for (const [extension, write] of Object.entries(written)) {
      const file = `${name}.${extension}`;
      if (!readdirSync(golden).includes(file)) continue;
      assert.equal(write(plan, text), readFileSync(join(golden, file), 'utf8'), file);
      n_compared++;
    }
    assert.ok(n_compared >= 2);
    session.delete();
  });
}

test('every pinned plan is compared', () => {
  const names = new Set(readdirSync(golden).map((file) => file.replace(/\.\w+$/, '')));
  assert.deepEqual([...names].sort(), Object.keys(plans).sort());
});
