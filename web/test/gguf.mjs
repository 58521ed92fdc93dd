// GGUF bytes from a readable description, for files that the tests drop.
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const types = { u16: 2, u32: 4, i32: 5, f32: 6, string: 8, strings: 9, integers: 9 };

class Bytes {
  parts = [];
  length = 0;
  raw(buffer) {
    this.parts.push(buffer);
    this.length += buffer.length;
  }
  number(size, write) {
    const buffer = Buffer.alloc(size);
    write(buffer);
    this.raw(buffer);
  }
  u16(value) { this.number(2, (b) => b.writeUInt16LE(value)); }
  u32(value) { this.number(4, (b) => b.writeUInt32LE(value)); }
  i32(value) { this.number(4, (b) => b.writeInt32LE(value)); }
  f32(value) { this.number(4, (b) => b.writeFloatLE(value)); }
  u64(value) { this.number(8, (b) => b.writeBigUInt64LE(BigInt(value))); }
  strings(all) {
    this.u32(types.string);
    this.u64(all.length);
    for (const text of all) this.string(text);
  }
  integers(all) {
    this.u32(types.i32);
    this.u64(all.length);
    this.raw(Buffer.from(Int32Array.from(all).buffer));
  }
  string(text) {
    const buffer = Buffer.from(text);
    this.u64(buffer.length);
    this.raw(buffer);
  }
}

const padded = (bytes) => Math.ceil(bytes / 32) * 32;

/** {header, file_bytes} of a file with these [key, type, value] and f32 tensors [name, dimensions]. */
export function gguf(metadata, tensors) {
  const out = new Bytes();
  out.raw(Buffer.from('GGUF'));
  out.u32(3);
  out.u64(tensors.length);
  out.u64(metadata.length);
  for (const [key, type, value] of metadata) {
    out.string(key);
    out.u32(types[type]);
    out[type](value);
  }
  let offset = 0;
  for (const [name, dimensions] of tensors) {
    out.string(name);
    out.u32(dimensions.length);
    for (const n of dimensions) out.u64(n);
    out.u32(0); // f32
    out.u64(offset);
    offset += padded(dimensions.reduce((product, n) => product * n, 4));
  }
  const header = Buffer.concat(out.parts);
  return { header, file_bytes: padded(header.length) + offset };
}

/** Metadata and tensors of a llama of one layer, four heads and this name. */
export function tinyLlama(name = 'Tiny') {
  const metadata = [
    ['general.architecture', 'string', 'llama'],
    ['general.name', 'string', name],
    ['llama.context_length', 'u32', 2048],
    ['llama.embedding_length', 'u32', 128],
    ['llama.block_count', 'u32', 1],
    ['llama.feed_forward_length', 'u32', 256],
    ['llama.attention.head_count', 'u32', 4],
    ['llama.attention.layer_norm_rms_epsilon', 'f32', 1e-5],
  ];
  const tensors = [
    ['token_embd.weight', [128, 256]],
    ['output_norm.weight', [128]],
    ['output.weight', [128, 256]],
    ['blk.0.attn_norm.weight', [128]],
    ['blk.0.attn_q.weight', [128, 128]],
    ['blk.0.attn_k.weight', [128, 128]],
    ['blk.0.attn_v.weight', [128, 128]],
    ['blk.0.attn_output.weight', [128, 128]],
    ['blk.0.ffn_norm.weight', [128]],
    ['blk.0.ffn_gate.weight', [128, 256]],
    ['blk.0.ffn_up.weight', [128, 256]],
    ['blk.0.ffn_down.weight', [256, 128]],
  ];
  return { metadata, tensors };
}

/** The same with a vocabulary like Qwen's, so that its header takes 6 MB, or like Llama 3's with twice the merges. */
export function wordyLlama(name = 'Wordy', pre = 'qwen2') {
  const { metadata, tensors } = tinyLlama(name);
  const words = Array.from({ length: 152_000 }, (_, i) => `word${i}`);
  const merges = Array.from({ length: Math.round(words.length * (pre === 'qwen2' ? 1 : 2.18)) }, (_, i) => `w${i % words.length} s`);
  const vocabulary = [['model', 'string', 'gpt2'], ['pre', 'string', pre], ['tokens', 'strings', words], ['token_type', 'integers', words.map(() => 1)], ['merges', 'strings', merges]];
  return { metadata: [...metadata, ...vocabulary.map(([key, ...value]) => [`tokenizer.ggml.${key}`, ...value])], tensors };
}

/** Writes a file at its full size, or at `file_bytes` where that is given. Returns its path. */
export function writeGguf(folder, name, { header, file_bytes }, size = file_bytes) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, header);
  truncateSync(path, size);
  return path;
}

/** Writes a model in shards of `per_shard` tensors. Returns their paths. */
export function writeShards(folder, stem, { metadata, tensors }, per_shard) {
  const count = Math.ceil(tensors.length / per_shard);
  return Array.from({ length: count }, (_, i) => {
    const split = [['split.no', 'u16', i], ['split.count', 'u16', count], ['split.tensors.count', 'i32', tensors.length]];
    const own = i === 0 ? metadata : [];
    const number = (n) => String(n).padStart(5, '0');
    const name = `${stem}-${number(i + 1)}-of-${number(count)}.gguf`;
    return writeGguf(folder, name, gguf([...own, ...split], tensors.slice(i * per_shard, (i + 1) * per_shard)));
  });
}
