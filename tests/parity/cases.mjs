// Random machines and arguments of llama-server, the same ones for the same seed.

/** A generator of its own, so that a seed names its cases on every machine (mulberry32). */
export class Random {
  constructor(seed) { this.state = seed >>> 0; }
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  chance(p) { return this.next() < p; }
  /** From `low` to `high`, both of them included. */
  integer(low, high) { return low + Math.floor(this.next() * (high - low + 1)); }
  of(list) { return list[this.integer(0, list.length - 1)]; }
  some(list, n) {
    const left = [...list];
    return Array.from({ length: Math.min(n, left.length) }, () => left.splice(this.integer(0, left.length - 1), 1)[0]);
  }
}

// One of each generation that ggml-cuda tells apart, and two small ones.
const cards = [
  ['Tesla P40', '6.1', 24576], ['Tesla V100-SXM2-32GB', '7.0', 32768], ['Tesla T4', '7.5', 15360],
  ['NVIDIA A100-SXM4-80GB', '8.0', 81920], ['NVIDIA GeForce RTX 3090', '8.6', 24576], ['NVIDIA GeForce RTX 4090', '8.9', 24564],
  ['NVIDIA H200', '9.0', 143771], ['NVIDIA GeForce RTX 5070 Ti', '12.0', 16303], ['NVIDIA GeForce GTX 1070', '6.1', 8192],
  ['NVIDIA GeForce RTX 3060', '8.6', 12288],
];

/** A machine in ggufit's own format. */
export function randomMachine(random) {
  const n = random.of([0, 1, 1, 2, 2, 3, 4, 8]);
  return {
    devices: Array.from({ length: n }, (_, i) => {
      const [description, compute_capability, total_mib] = random.of(cards);
      return { name: `CUDA${i}`, description, backend: 'CUDA', compute_capability, total_mib, free_mib: total_mib - random.of([300, 500, 1000, 4000]) };
    }),
  };
}

const cache_types = ['f16', 'q8_0', 'q4_0', 'q4_1', 'q5_0', 'q5_1', 'f32', 'bf16', 'iq4_nl'];

/** --fit is left to itself, or a placement by hand with what people write for it. */
function placement(random, n_devices, fit) {
  const out = [];
  if (fit) {
    const margins = Array.from({ length: n_devices }, () => random.of([64, 128, 1024, 3000])).join(',');
    if (random.chance(0.5)) out.push('-fitt', random.of(['128', '512', '2048', margins]));
    if (random.chance(0.2)) out.push('-fitc', random.of(['2048', '8192', '32768']));
    return [...out, '-fit', 'on'];
  }
  if (random.chance(0.9)) out.push('-ngl', random.of(['99', '99', '99', 'all', random.integer(0, 50), random.integer(0, 5)]));
  if (n_devices > 1 && random.chance(0.3)) {
    out.push('-ts', Array.from({ length: n_devices }, (_, i) => (i === 0 ? 1 : random.of([0, 1, 2, 3, 5, 0.5]))).join(','));
  }
  const x = random.next();
  if (x < 0.12) out.push('-cmoe');
  else if (x < 0.25) out.push('-ncmoe', random.integer(1, 40));
  else if (x < 0.35) {
    out.push('-ot', random.of(['exps=CPU', 'blk\\.(1|3|5)\\.ffn.*=CPU', 'attn=CPU', 'output=CPU', 'blk\\.[0-3]\\.=CPU', '.*norm.*=CPU',
      n_devices > 0 ? 'token_embd=CUDA0' : 'exps=CPU']));
  }
  return [...out, '-fit', 'off'];
}

/** Arguments of llama-server. A start that allocates the caches in system memory gets a small context. */
export function randomArguments(random, n_devices, started) {
  const out = placement(random, n_devices, !started && n_devices > 0 && random.chance(0.3));
  const maybe = (p, ...words) => { if (random.chance(p)) out.push(...words.map((word) => (typeof word === 'function' ? word() : word))); };
  if (started) out.push('-c', random.of([512, 1000, 2048, 4096, 8192]));
  else maybe(0.9, '-c', () => random.of([512, 1000, 2048, 4096, 5000, 8192, 12345, 16384, 32768, 65536, 131072, random.integer(1, 200000)]));
  if (random.chance(0.5)) {
    const type = random.of(cache_types);
    out.push('-ctk', type);
    maybe(0.8, '-ctv', () => (random.chance(0.8) ? type : random.of(cache_types)));
  }
  maybe(0.4, '-ub', () => random.of([1, 16, 31, 32, 64, 128, 256, 300, 1024, 2048, 4096]));
  maybe(0.3, '-b', () => random.of([32, 64, 256, 512, 1024, 4096]));
  maybe(0.8, '-np', () => random.of([1, 1, 1, 2, 3, 4, 8, 13]));
  maybe(0.2, '-kvu');
  maybe(0.4, '-fa', () => random.of(['on', 'off', 'auto']));
  if (!started) maybe(0.1, '-nkvo');
  maybe(0.1, '--swa-full');
  maybe(0.1, '--no-op-offload');
  maybe(0.1, '--no-repack');
  if (n_devices > 1) maybe(0.15, '-sm', 'none', '-mg', () => random.integer(0, n_devices - 1));
  out.push('--outputs', random.of(['server', 'server', 'all']), '--reserving', started ? 'started' : 'measured');
  return out.map(String);
}
