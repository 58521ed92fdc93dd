// Candidates through the module: each a row from its own session, ranked without one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addHeader, header, loadModule, openModel, seed_machine } from './module.mjs';

const module = await loadModule();

function rowOf(model, more = {}) {
  const session = openModel(module, model);
  const inputs = { machine: seed_machine, name: `${model}.gguf`, size_bytes: header(model).file_bytes, ...more };
  const row = JSON.parse(session.chooseRow(JSON.stringify(inputs)));
  const plan = JSON.parse(session.plan(JSON.stringify({ ...inputs, arguments: ['-c', String(row.n_ctx)], brief: true })));
  session.delete();
  return { row, plan };
}

test('a row says what the plan of the same model says', () => {
  for (const model of ['glm-4.7-flash-q8_0', 'deepseek-v3.1-q4_k_m']) {
    const { row, plan } = rowOf(model);
    assert.equal(row.error, '');
    assert.equal(row.n_ctx, 32768);
    assert.equal(row.verdict, plan.verdict);
    assert.equal(row.strategy, plan.strategy);
    assert.deepEqual(row.headroom_bytes, plan.devices.map((device) => device.headroom_bytes));
    assert.equal(row.speed?.full.decode_tokens_per_second, plan.speed?.full.decode_tokens_per_second);
    assert.equal(row.size_bytes, header(model).file_bytes);
  }
  assert.equal(rowOf('qwen3-0.6b-q8_0', { min_ctx: 4096 }).row.n_ctx, 4096);
  assert.equal(rowOf('qwen3-0.6b-q8_0', { min_ctx: 4096, arguments: ['-c', '2048'] }).row.n_ctx, 2048);
});

test('rows of several sessions are ranked by what is wished for', () => {
  const rows = [rowOf('glm-4.7-flash-q4_k_m').row, rowOf('glm-4.7-flash-q8_0').row,
    { name: 'broken.gguf', n_files: 1, size_bytes: 5, error: 'broken.gguf: is no GGUF file.' }];
  const rank = (wishes) => JSON.parse(module.chooseRank(JSON.stringify(rows), JSON.stringify(wishes)));
  const { groups, unreadable, wishes } = rank({ min_tps: 5 });
  assert.deepEqual(wishes, { min_tps: 5, min_ctx: 0, sort: 'quality' });
  assert.deepEqual(unreadable, [2]);
  assert.equal(groups.length, 1);
  assert.deepEqual(groups[0].rows.map(({ row, pick }) => [row, pick]), [[1, 1], [0, 2]]);
  assert.equal(rank({ min_tps: 5, sort: 'size' }).groups[0].rows[0].row, 0);
  const [first] = rank({ min_tps: 1e6 }).groups[0].rows;
  assert.deepEqual(first.misses, ['speed']);
  assert.match(first.reason, /t\/s with the context full/);
});

test('what can not be taken is a sentence', () => {
  assert.equal(JSON.parse(module.chooseRank('{', '{}')).error.where, 'rows');
  assert.equal(JSON.parse(module.chooseRank('[]', '{"sort": 1}')).error.where, 'wishes.sort');
  const session = new module.Session();
  assert.match(JSON.parse(session.chooseRow(JSON.stringify({ machine: seed_machine, name: 'x' }))).error.detail, /add its headers/);
  const file = header('qwen3-0.6b-q8_0');
  assert.equal(addHeader(session, file.bytes, file.file_bytes, file.file).kind, 'model');
  session.build();
  assert.equal(JSON.parse(session.chooseRow(JSON.stringify({ machine: seed_machine, name: 7 }))).error.where, 'inputs.name');
  session.delete();
});
