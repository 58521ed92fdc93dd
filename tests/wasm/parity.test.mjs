// The WebAssembly module and the native CLI give the same bytes for the same question.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { loadModule, modelNames, openModel, root, seed_machine, temporaryFolder, truth, writeSparse } from './module.mjs';

const run = promisify(execFile);
const cli = join(root, 'build', 'native', 'ggufit');
const folder = temporaryFolder();
const module = await loadModule();

const machines = { seed: seed_machine, ...JSON.parse(readFileSync(join(truth, 'machines.json'), 'utf8')) };
for (const [name, machine] of Object.entries(machines)) writeFileSync(join(folder, `${name}.json`), JSON.stringify(machine));
const machine_names = Object.keys(machines);

/** Arguments that reach the cache's types, the placement's rules and the batch sizes. */
const settings = [
  ['-c', '32768'],
  ['-c', '131072', '-ctk', 'f16', '-ctv', 'f16', '-ub', '2048'],
  ['-c', '8192', '-fit', 'off', '-ngl', '20', '-np', '4'],
  ['-c', '16384', '-fit', 'off', '-ot', 'blk\\.[0-9]\\.ffn=CPU', '--swa-full'],
];

/** What the CLI prints; for an error the sentence alone. */
async function native(command, path, machine, words) {
  try {
    return (await run(cli, [command, path, '--machine', join(folder, `${machine}.json`), '--json', ...words], { maxBuffer: 64 << 20, env: { PATH: process.env.PATH } })).stdout;
  } catch (failure) {
    if (failure.stdout) return failure.stdout; // does not fit: exit code 1
    return failure.stderr.replace(/^ggufit: /, '').trimEnd();
  }
}

/** The module's answer in the same form. */
function answer(text) {
  const { error } = JSON.parse(text);
  if (!error) return text;
  return error.where === '' ? error.detail : `${error.where}: ${error.detail}`;
}

/** Compares plan and estimate of a model; `i` picks machine and settings, so that all are met over the models. */
async function compare(model, i) {
  const machine = machine_names[i % machine_names.length];
  const words = settings[i % settings.length];
  const path = writeSparse(folder, model);
  const session = openModel(module, model);
  try {
    const inputs = JSON.stringify({ machine: machines[machine], arguments: words });
    const said = `${model} on ${machine}: ${words.join(' ')}`;
    assert.equal(answer(session.plan(inputs)), await native('plan', path, machine, words), `plan of ${said}`);
    assert.equal(answer(session.estimate(inputs)), await native('estimate', path, machine, words), `estimate of ${said}`);
    assert.equal(session.inspect(), (await run(cli, ['inspect', path, '--json'], { maxBuffer: 64 << 20 })).stdout, `inspect of ${model}`);
  } finally {
    session.delete();
    rmSync(path);
  }
}

test('the native CLI is built', () => assert.ok(existsSync(cli), 'build/native/ggufit: ./dev build makes it'));

for (const [i, model] of modelNames('models').entries()) {
  test(`${model}: the same bytes from both builds`, async () => {
    for (let j = 0; j < settings.length; j++) await compare(model, i + j);
  });
}

test('a link is the same text from both builds, and the module plans from the CLI’s', async () => {
  for (const [i, model] of modelNames('models').entries()) {
    const name = machine_names[i % machine_names.length];
    const words = settings[i % settings.length];
    const older = i % 3 === 0 ? { llama_cpp: 'b9000' } : {};
    const path = writeSparse(folder, model);
    const session = openModel(module, model);
    const reader = new module.Session();
    try {
      const inputs = { machine: machines[name], arguments: words, ...older };
      const { link } = JSON.parse(session.link(JSON.stringify({ ...inputs, with_name: true, site: 'https://example.org/' })));
      const command = ['link', path, '--machine', join(folder, `${name}.json`), '--site', 'https://example.org/', ...(older.llama_cpp ? ['--llama-cpp', older.llama_cpp] : []), ...words];
      assert.equal(link, (await run(cli, command, { env: { PATH: process.env.PATH } })).stdout.trimEnd(), model);
      const linked = JSON.parse(reader.openLink(link));
      assert.equal(linked.file_name, `${model}.gguf`);
      const asked = JSON.stringify({ machine: linked.machine, arguments: linked.arguments, llama_cpp: linked.llama_cpp, brief: true });
      assert.equal(answer(reader.plan(asked)), answer(session.plan(JSON.stringify({ ...inputs, brief: true }))), model);
    } finally {
      session.delete();
      reader.delete();
      rmSync(path);
    }
  }
});

test('one or two models of every architecture: the same bytes from both builds', async () => {
  for (const [i, model] of modelNames('zoo').entries()) await compare(model, i);
});
