// The hand-written types name exactly the fields that the JSON has.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadModule, openModel, root, seed_machine } from './module.mjs';

const types = join(root, 'wasm', 'types');
const declared = readdirSync(types).map((file) => readFileSync(join(types, file), 'utf8')).join('\n');
const module = await loadModule();

/** Field names of an interface. */
function fields(name) {
  const body = new RegExp(`^export interface ${name} (?:extends \\w+ )?{\\n([\\s\\S]*?)^}`, 'm').exec(declared)?.[1];
  assert.ok(body, `wasm/types declares ${name}`);
  return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map((match) => match[1]).sort();
}

test('types and JSON have the same fields', () => {
  const session = openModel(module, 'gpt-oss-120b-f16');
  const plan = JSON.parse(session.plan(JSON.stringify({ machine: seed_machine, arguments: ['--no-such-argument'], llama_cpp: 'b9400', explain: true, curve: true })));
  const link = JSON.parse(session.link(JSON.stringify({ machine: seed_machine })));
  const row = JSON.parse(session.chooseRow(JSON.stringify({ machine: seed_machine, name: 'x', arguments: ['-c', '8192'] })));
  const ranking = JSON.parse(module.chooseRank(JSON.stringify([row]), '{}'));
  const linked = JSON.parse(session.openLink(link.link));
  const check = JSON.parse(session.check('llama_context: n_ctx = 8192\nggml_gallocr_reserve_n_impl: failed to allocate CUDA0 buffer of size 9\nllama_kv_cache: CUDA0 KV buffer size = 1 MiB', '{}'));
  session.delete();
  const tree = '[{"type": "file", "path": "x-Q4_K_M.gguf", "size": 7}]';
  const repository = JSON.parse(module.hubFiles('hf:a/b', JSON.stringify([tree]), ''));
  const samples = {
    ContextCurve: plan.curve, PlanLink: link, LinkedInputs: linked,
    Plan: plan, Card: plan.model, Settings: plan.settings, FitResult: plan.fit, PlanDevice: plan.devices[0],
    Part: plan.devices[0].parts[0], LayerPlacement: plan.layers[0], LayerCard: plan.model.layers[0], Fact: plan.model.facts[0],
    TypeShare: plan.model.types[0], Reason: plan.reasons[0], Alternative: plan.alternatives[0], Warning: plan.warnings[0],
    PlanSpeed: plan.speed, SpeedEstimate: plan.speed.empty, SpeedPart: plan.speed.empty.parts[0],
    ComputeExplanation: plan.explanation, ComputePeak: plan.explanation.peaks[0], AliveTensor: plan.explanation.peaks[0].alive[0],
    ComputeLever: plan.explanation.levers[0], LargestContext: plan.contexts[0], Remedies: plan.remedies, Remedy: plan.remedies.changes[0],
    DecodeSpeed: row.speed.full, ChooseWishes: ranking.wishes, ChooseRanking: ranking, RankedGroup: ranking.groups[0],
    RankedRow: ranking.groups[0].rows[0],
    CheckTerm: check.terms[0], CheckRemedy: check.remedies[0],
    ModelReference: JSON.parse(module.modelReference('hf:a/b', '')), HubRepository: repository,
    HubModel: repository.models[0], HubFile: repository.models[0].files[0],
    Memory: JSON.parse(module.parseRam('64GB DDR4-3200 2ch')),
    Listing: JSON.parse(module.parseListing('  CUDA0: X (2048 MiB, 2000 MiB free)')),
    GpuPreset: JSON.parse(module.gpuPresets())[0], CoreError: JSON.parse(module.parseGpu('Voodoo 3')).error,
  };
  assert.deepEqual(fields('ChooseRow').concat(fields('UnreadRow')).sort(), Object.keys(row).sort());
  assert.deepEqual(fields('PlanDevice'), Object.keys(plan.host).sort());
  for (const [name, sample] of Object.entries(samples)) assert.deepEqual(Object.keys(sample).sort(), fields(name), name);
});
