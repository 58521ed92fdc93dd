// Times --fit, the tuner and a whole plan of the largest model on three cards and a row of a choice, and prints each beside its bar.
// node tests/bench/search.mjs [FOLDER]; exit 1 beyond a bar.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../wasm/module.mjs';

// Of rows 25 on two cores are to take a second and a half.
const BARS_MS = { fit: 150, tune: 1000, 'row of choose': 120 };
const program = join(process.argv[2] ?? join(root, 'build/bench'), 'tests/bench/bench_search');
const text = execFileSync(program, ['--benchmark_format=json', '--benchmark_repetitions=5'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

const least = new Map();
for (const { name, run_type, cpu_time } of JSON.parse(text).benchmarks) {
  if (run_type === 'iteration') least.set(name, Math.min(least.get(name) ?? Infinity, cpu_time));
}
let passed = true;
for (const [name, milliseconds] of least) {
  const bar = BARS_MS[name];
  const good = bar === undefined || milliseconds <= bar;
  passed &&= good;
  console.log(`${name}: ${milliseconds.toFixed(1)} ms${bar === undefined ? '' : ` (bar ${bar} ms${good ? '' : ', missed'})`}`);
}
process.exitCode = passed ? 0 : 1;
