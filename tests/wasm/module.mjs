// The WebAssembly module in Node, and the headers of real models that both builds are asked about.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const truth = join(root, 'tests', 'data', 'truth');
const built = join(root, 'build', 'wasm');

const page_bytes = 65536;
const memory_section = 5;

/** The next number of a module's bytes, LEB128, and where it ends. */
function readLeb128(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
}

/** The module's bytes, with a memory of this size that never grows. */
export function withMemory(wasm, memory_bytes) {
  const bytes = Uint8Array.from(wasm);
  let at = 8;
  for (let id, size; ; at += size) {
    id = bytes[at];
    [size, at] = readLeb128(bytes, at + 1);
    if (id === memory_section) break;
  }
  at += 2; // the number of memories and the flags are a byte each
  for (const _ of ['least', 'most']) {
    const [, end] = readLeb128(bytes, at);
    for (let pages = Math.floor(memory_bytes / page_bytes); at < end; pages >>= 7) bytes[at++] = (pages & 127) | (at < end ? 128 : 0);
  }
  return bytes;
}

export const moduleBytes = () => readFileSync(join(built, 'ggufit.wasm'));

export async function loadModule(wasmBinary = moduleBytes()) {
  const { default: create } = await import(pathToFileURL(join(built, 'ggufit.js')).href);
  return create({ wasmBinary });
}

/** A folder that is gone when the process ends. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'ggufit-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let headers = null;

/** Unpacks the truth headers once and returns their folder. */
function headersFolder() {
  const by_cmake = join(root, 'build', 'native', 'tests', 'headers');
  if (existsSync(by_cmake)) return by_cmake;
  if (headers) return headers;
  headers = temporaryFolder();
  for (const name of ['models', 'zoo']) execFileSync('tar', ['-xJf', join(truth, `${name}.tar.xz`), '-C', headers]);
  return headers;
}

const sizes = { ...readJson('models.json'), ...readJson('zoo.json') };
function readJson(name) {
  return JSON.parse(readFileSync(join(truth, name), 'utf8'));
}

/** Names of the models of a set, "models" (real shapes) or "zoo" (one or two an architecture). */
export const modelNames = (set) => Object.keys(readJson(`${set}.json`)).map((file) => file.replace(/\.gguf$/, ''));

/** {file, bytes, file_bytes} of a model: its header and the size of its whole file. */
export function header(model) {
  const file = `${model}.gguf`;
  const folder = headersFolder();
  const path = [join(folder, `${file}.head`), ...readdirSync(folder).map((sub) => join(folder, sub, `${file}.head`))].find(existsSync);
  if (!path) throw new Error(`no header of ${model} in ${folder}`);
  return { file, bytes: readFileSync(path), file_bytes: sizes[file] };
}

/** Writes a model's file at its real size, sparse: the header, then a hole. Returns its path. */
export function writeSparse(folder, model, name = `${model}.gguf`) {
  const { bytes, file_bytes } = header(model);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, bytes);
  truncateSync(path, file_bytes);
  return path;
}

/** Gives bytes to a session as a file's header. The parsed answer. */
export function addHeader(session, bytes, file_bytes, name) {
  session.prefix(bytes.length).set(bytes);
  return JSON.parse(session.addHeader(file_bytes, name));
}

/** A session with this model built. */
export function openModel(module, model) {
  const session = new module.Session();
  const { file, bytes, file_bytes } = header(model);
  const added = addHeader(session, bytes, file_bytes, file);
  if (added.error) throw new Error(added.error.detail);
  const answer = JSON.parse(session.build());
  if (answer.error) throw new Error(`${answer.error.where}: ${answer.error.detail}`);
  return session;
}

/** The seed machine: RTX 4090, and RTX 5070 Ti with 3.5 GiB held by the display, 64 GiB of RAM. */
export const seed_machine = {
  devices: [
    { name: 'CUDA0', description: 'NVIDIA GeForce RTX 4090', backend: 'CUDA', total_mib: 24564, compute_capability: '8.9' },
    { name: 'CUDA1', description: 'NVIDIA GeForce RTX 5070 Ti', backend: 'CUDA', total_mib: 16303, reserved_mib: 3500, compute_capability: '12.0' },
  ],
  ram: { total_mib: 65536 },
};
