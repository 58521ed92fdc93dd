// One session under load: what a slider that is moved for hours asks of the module leaves its memory as it was.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadModule, openModel, seed_machine } from './module.mjs';

/** Moves a slider; 10,000 moves take minutes, so the usual run makes fewer: GGUFIT_MOVES=10000 makes them all. */
const moves = Number(process.env.GGUFIT_MOVES ?? 1500);

test(`the module's memory after ${moves} moves of a slider is within 5 % of what it was after 100`, async () => {
  const module = await loadModule();
  const session = openModel(module, 'llama-dense');
  // The whole memory of the module: it never shrinks, so what leaks a page a move shows.
  const memory = () => session.prefix(0).buffer.byteLength;
  let level = 0;
  for (let move = 1; move <= moves; move++) {
    const inputs = { machine: seed_machine, arguments: ['-c', String(1024 + ((move * 7) % 500) * 256)], brief: true };
    const plan = JSON.parse(session.plan(JSON.stringify(inputs)));
    assert.equal(plan.error, undefined);
    if (move === 100) level = memory();
  }
  assert.ok(memory() <= 1.05 * level, `${level} bytes after 100 moves, ${memory()} at the end`);
  session.delete();
});

test('sessions that were closed leave nothing behind', async () => {
  const module = await loadModule();
  const opened = () => {
    const session = openModel(module, 'llama-dense');
    const bytes = session.prefix(0).buffer.byteLength;
    session.delete();
    return bytes;
  };
  for (let i = 0; i < 20; i++) opened();
  const level = opened();
  for (let i = 0; i < 200; i++) opened();
  assert.ok(opened() <= 1.05 * level);
});
