// Random models, machines and settings: what ggufit says, held against what llama.cpp itself reserves.
//   node tests/parity/parity.mjs [CASES [SEED [VERSION]]]
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random, randomArguments, randomMachine } from './cases.mjs';
import { readHeader, vary, withoutScales, writeFile } from './headers.mjs';

const n_cases = Number(process.argv[2] ?? 300);
const seed = Number(process.argv[3] ?? 1);
const version = process.argv[4] ?? ''; // of the checkout, where it is not the newest: its rules are asked of ggufit
if (!Number.isInteger(n_cases) || n_cases < 1 || !Number.isInteger(seed)) {
  console.error('parity.mjs [CASES [SEED [VERSION]]]: two whole numbers, and the build of an older llama.cpp');
  process.exit(2);
}
const headers = process.env.GGUFIT_PARITY_HEADERS ?? 'build/parity/headers';
const reserve = `build/parity/${version || 'newest'}/reserve`, ggufit = 'build/native/ggufit';
const kTerms = ['model', 'context', 'compute'];

const folder = mkdtempSync(join(tmpdir(), 'ggufit-parity-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

const run = (program, words) =>
  new Promise((resolve) => {
    execFile(program, words, { maxBuffer: 1 << 26, timeout: 300_000 }, (error, stdout, stderr) => {
      let json = null;
      try {
        json = JSON.parse(stdout);
      } catch {
        json = null;
      }
      resolve({ json, code: error?.code ?? 0, signal: error?.signal ?? '', stderr });
    });
  });

/** [what, llama.cpp's figure, ours] of everything that differs. */
function differences(theirs, ours, started) {
  const out = [];
  const compare = (what, expected, got) => {
    if (JSON.stringify(expected) !== JSON.stringify(got)) out.push([what, expected, got]);
  };
  const by_name = { ...Object.fromEntries(ours.devices.map((device) => [device.name, device])), host: ours.host };
  for (const [device, figures] of Object.entries(theirs.devices)) {
    for (const [i, term] of kTerms.entries()) {
      if (started && term === 'model') continue; // whose breakdown then has no weights
      compare(`${device} ${term}_bytes`, figures[i], by_name[device]?.[`${term}_bytes`] ?? 0); // a card that is left out has none
    }
  }
  const { nodes_prompt, nodes_decode, splits_prompt, splits_decode } = ours.graph;
  compare('graph', theirs.graph, [nodes_prompt, nodes_decode, splits_prompt, splits_decode]);
  compare('n_ctx', theirs.n_ctx, ours.n_ctx);
  if (!theirs.fit) return out;
  compare('fit.status', theirs.fit.status, ours.fit?.status);
  if (theirs.fit.status !== 'success') return out;
  for (const key of ['n_ctx', 'n_gpu_layers', 'override_tensors']) compare(`fit.${key}`, theirs.fit[key], ours.fit?.[key]);
  // One card has no proportions, and zeros mean that none were set.
  const split = theirs.fit.tensor_split;
  if (split.length > 1) compare('fit.tensor_split', split, Array.from(split, (_, i) => ours.fit?.tensor_split?.[i] ?? 0));
  return out;
}

/** One of equal, differs, refused (by both), aborted (llama.cpp, as ggufit warns), one-sided; and the words for it. */
async function check({ path, machine, words, started }) {
  const devices = machine.devices.flatMap((card) => {
    const [major, minor] = card.compute_capability.split('.').map(Number);
    return ['--gpu', `${major * 100 + minor * 10}:${card.free_mib * 2 ** 20}:${card.total_mib * 2 ** 20}`];
  });
  const machine_file = `${path}.machine.json`;
  writeFileSync(machine_file, JSON.stringify(machine));
  const command = ['estimate', path, '--machine', machine_file, '--json', ...(version ? ['--llama-cpp', version] : []), ...words];
  const [theirs, ours] = await Promise.all([run(reserve, [path, ...devices, ...words]), run(ggufit, command)]);
  if (theirs.code === 2) throw new Error(`${reserve}: ${theirs.stderr}`);
  const refused = theirs.json?.refused !== undefined;
  if (refused && !ours.json) return ['refused', ''];
  if (!theirs.json) {
    const warned = (ours.json?.warnings ?? []).some(({ text }) => text.startsWith('llama.cpp aborts'));
    const said = theirs.stderr.split('\n').find((line) => /GGML_ASSERT|fatal error|pre-allocated/.test(line)) ?? '';
    return warned || !ours.json ? ['aborted', ''] : ['one-sided', `llama.cpp aborts, ggufit answers: ${said}`];
  }
  if (refused) return ['one-sided', `llama.cpp does not take the ${theirs.json.refused}, ggufit answers: ${theirs.stderr.split('\n').find((line) => /error|failed/.test(line)) ?? ''}`];
  if (!ours.json) return ['one-sided', `ggufit alone refuses: ${ours.stderr.trim()}`];
  const found = differences(theirs.json, ours.json, started);
  if (found.length === 0) return ['equal', ''];
  return ['differs', found.map(([what, expected, got]) => `${what}: llama.cpp ${JSON.stringify(expected)}, ggufit ${JSON.stringify(got)}`).join('\n    ')];
}

const random = new Random(seed);
const names = readdirSync(headers).filter((name) => name.endsWith('.gguf.head')).sort();
const counts = { equal: 0, differs: 0, refused: 0, aborted: 0, 'one-sided': 0 };

/** The next case; the same in every run of a seed, however many run at once. */
function nextCase(i) {
  const name = random.of(names);
  const header = readHeader(join(headers, name));
  if (version) withoutScales(header);
  const varied = random.chance(0.6) ? vary(header, random) : '';
  const machine = randomMachine(random);
  const started = random.chance(0.3);
  const words = randomArguments(random, machine.devices.length, started);
  const path = join(folder, `${i}.gguf`);
  writeFile(path, header);
  return { name: name.replace('.gguf.head', ''), varied, path, machine, words, started };
}

let next = 0;
async function work() {
  while (next < n_cases) {
    const i = next++;
    const one = nextCase(i);
    const [outcome, text] = await check(one);
    ++counts[outcome];
    if (text) {
      const cards = one.machine.devices.map((card) => card.description).join(', ') || 'no card';
      console.log(`case ${i}, ${outcome}: ${one.name}${one.varied && ` (${one.varied})`} on ${cards}\n    ${one.words.join(' ')}\n    ${text}`);
    }
    rmSync(one.path);
    rmSync(`${one.path}.machine.json`);
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work));

console.log(`seed ${seed}, ${n_cases} cases: ${counts.equal} equal to the byte, ${counts.differs} not; ` +
  `${counts.refused} refused by both, ${counts.aborted} aborted by llama.cpp and warned of, ${counts['one-sided']} taken by one alone`);
process.exitCode = counts.differs > 0 ? 1 : 0;
