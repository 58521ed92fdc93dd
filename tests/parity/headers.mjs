// GGUF headers read, varied and written again, as whole files whose tensors are holes.
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

/** ggml's types: [number, elements of a block, bytes of a block] (ggml.c, type_traits). */
const types = {
  F32: [0, 1, 4], F16: [1, 1, 2], BF16: [30, 1, 2], Q4_0: [2, 32, 18], Q4_1: [3, 32, 20], Q5_0: [6, 32, 22], Q5_1: [7, 32, 24],
  Q8_0: [8, 32, 34], Q2_K: [10, 256, 84], Q3_K: [11, 256, 110], Q4_K: [12, 256, 144], Q5_K: [13, 256, 176], Q6_K: [14, 256, 210],
  IQ2_XXS: [16, 256, 66], IQ2_XS: [17, 256, 74], IQ3_XXS: [18, 256, 98], IQ1_S: [19, 256, 50], IQ4_NL: [20, 32, 18],
  IQ3_S: [21, 256, 110], IQ2_S: [22, 256, 82], IQ4_XS: [23, 256, 136], IQ1_M: [29, 256, 56], TQ1_0: [34, 256, 54],
  TQ2_0: [35, 256, 66], MXFP4: [39, 32, 17],
};
const byNumber = new Map(Object.values(types).map((type) => [type[0], type]));

const value_bytes = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };
const kString = 8, kArray = 9;

class Reader {
  at = 0;
  constructor(bytes) { this.bytes = bytes; }
  u32() { return this.bytes.readUInt32LE((this.at += 4) - 4); }
  u64() { return Number(this.bytes.readBigUInt64LE((this.at += 8) - 8)); }
  text() {
    const n = this.u64();
    return this.bytes.toString('utf8', this.at, (this.at += n));
  }
  skip(type) {
    if (type === kString) this.text();
    else if (type !== kArray) this.at += value_bytes[type];
    else {
      const of = this.u32(), n = this.u64();
      if (of !== kString) this.at += n * value_bytes[of];
      else for (let i = 0; i < n; ++i) this.text();
    }
  }
}

/** { metadata: [{ key, type, bytes }], tensors: [{ name, ne, type }] }: values stay as the bytes that they are. */
export function readHeader(path) {
  const reader = new Reader(readFileSync(path));
  reader.at = 8;
  const n_tensors = reader.u64(), n_keys = reader.u64();
  const metadata = Array.from({ length: n_keys }, () => {
    const key = reader.text(), type = reader.u32(), begin = reader.at;
    reader.skip(type);
    return { key, type, bytes: reader.bytes.subarray(begin, reader.at) };
  });
  const tensors = Array.from({ length: n_tensors }, () => {
    const name = reader.text();
    const ne = Array.from({ length: reader.u32() }, () => reader.u64());
    const type = reader.u32();
    reader.u64();
    return { name, ne, type };
  });
  return { metadata, tensors };
}

const u32 = (value) => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const text = (value) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const padded = (bytes) => Math.ceil(bytes / 32) * 32;

/** A file of its whole size, of which only the header takes room on the disk. */
export function writeFile(path, { metadata, tensors }) {
  const parts = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(metadata.length)];
  for (const { key, type, bytes } of metadata) parts.push(text(key), u32(type), bytes);
  let offset = 0;
  for (const { name, ne, type } of tensors) {
    const [, elements, bytes] = byNumber.get(type);
    parts.push(text(name), u32(ne.length), ...ne.map(u64), u32(type), u64(offset));
    offset += padded((ne.reduce((a, b) => a * b, 1) / elements) * bytes);
  }
  const header = Buffer.concat(parts);
  const file = openSync(path, 'w');
  writeSync(file, header);
  ftruncateSync(file, padded(header.length) + offset);
  closeSync(file);
}

const architectureOf = (header) => header.metadata.find(({ key }) => key === 'general.architecture').bytes.toString('utf8', 8);

/** More or fewer layers: those that are added repeat the last ones, `period` of them in turn. */
function withLayers(header, random) {
  const name = architectureOf(header);
  const count = header.metadata.find(({ key }) => key === `${name}.block_count`);
  if (!count || value_bytes[count.type] !== 4) return '';
  const had = count.bytes.readUInt32LE(0);
  const period = Math.min(had, random.of(had >= 8 ? [1, 2, 4] : [1, had]));
  const n = random.integer(1, Math.min(had * 3, had + 40));
  const from = (layer) => (layer < had ? layer : had - period + ((layer - had) % period));

  const layers = new Map();
  for (const tensor of header.tensors) {
    const [, layer, rest] = /^blk\.(\d+)\.(.*)/.exec(tensor.name) ?? [];
    if (layer === undefined) continue;
    if (!layers.has(Number(layer))) layers.set(Number(layer), []);
    layers.get(Number(layer)).push({ ...tensor, name: rest });
  }
  const rest = header.tensors.filter((tensor) => !/^blk\.\d+\./.test(tensor.name));
  const repeated = Array.from({ length: n }, (_, layer) => (layers.get(from(layer)) ?? []).map((tensor) => ({ ...tensor, name: `blk.${layer}.${tensor.name}` })));
  header.tensors = [...rest, ...repeated.flat()];

  count.bytes = u32(n);
  for (const value of header.metadata) {
    if (value.type !== kArray || !value.key.startsWith(`${name}.`)) continue;
    const of = value.bytes.readUInt32LE(0), width = value_bytes[of];
    if (width === undefined || Number(value.bytes.readBigUInt64LE(4)) !== had) continue;
    const item = (layer) => value.bytes.subarray(12 + from(layer) * width, 12 + (from(layer) + 1) * width);
    value.bytes = Buffer.concat([u32(of), u64(n), ...Array.from({ length: n }, (_, layer) => item(layer))]);
  }
  return `${had} → ${n} layers`;
}

// Small or odd tensors that files keep as they are, or that llama.cpp wants in f32.
const kept = /norm|conv|gate_inp|ssm_|rope|shortconv|time_mix_[wavg]\d|lerp|posit|token_types|cls|pred/;

/** Other types of tensors, by role as files mix them, and now and then for a single one. */
function withTypes(header, random) {
  const pool = random.some(Object.keys(types).filter((name) => name !== 'F32'), 4);
  const by_role = new Map();
  for (const tensor of header.tensors) {
    if (tensor.ne.length < 2 || !tensor.name.endsWith('.weight') || kept.test(tensor.name)) continue;
    if (tensor.type === 0 && Math.max(...tensor.ne) < 64) continue;
    const role = tensor.name.replace(/blk\.\d+\./, '');
    if (!by_role.has(role)) by_role.set(role, random.chance(0.6) ? random.of(pool) : null);
    const name = random.chance(0.02) ? random.of(pool) : by_role.get(role);
    if (name && tensor.ne[0] % types[name][1] === 0) tensor.type = types[name][0];
  }
  return pool.join(', ');
}

/** Takes away the scales of NVFP4, which builds before the newest read in few architectures. */
export function withoutScales(header) {
  header.tensors = header.tensors.filter(({ name }) => !name.endsWith('.scale') || name.endsWith('ffn_gate_inp.scale'));
}

/** Changes a header in place into another that llama.cpp may load; says what was changed. */
export function vary(header, random) {
  return [random.chance(0.7) && withLayers(header, random), random.chance(0.75) && withTypes(header, random)].filter(Boolean).join('; ');
}
