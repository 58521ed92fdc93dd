// Puts the peers into a scratch folder: what npm has, what Go's module proxy has, and llama.cpp's reader from its own sources.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const VERSIONS = { '@huggingface/gguf': '0.4.6', 'node-llama-cpp': '3.22.1', 'gguf-parser-go': 'v0.26.3' };
const readers = join(fileURLToPath(new URL('.', import.meta.url)), 'readers');

const has = (program) => spawnSync(program, ['--help'], { stdio: 'ignore' }).error === undefined;

/** Without install scripts, and of node-llama-cpp's binaries only this machine's. */
function fromNpm(folder) {
  const wanted = ['@huggingface/gguf', 'node-llama-cpp'].map((name) => `${name}@${VERSIONS[name]}`);
  const binary = `@node-llama-cpp/linux-${process.arch}@${VERSIONS['node-llama-cpp']}`;
  if (existsSync(join(folder, 'node_modules', 'node-llama-cpp'))) return;
  const flags = ['install', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--prefix', folder];
  execFileSync('npm', [...flags, ...wanted, binary], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Null where there is no Go. */
function fromGo(folder) {
  const program = join(folder, 'gguf_parser');
  if (existsSync(program)) return program;
  if (!has('go')) return null;
  const cwd = join(folder, 'peer');
  mkdirSync(cwd, { recursive: true });
  copyFileSync(join(readers, 'gguf_parser.go'), join(cwd, 'main.go'));
  writeFileSync(join(cwd, 'go.mod'), 'module peer\n\ngo 1.22\n');
  const env = { ...process.env, GOMODCACHE: join(folder, 'mod'), GOCACHE: join(folder, 'cache'), GOPATH: join(folder, 'path'), GOFLAGS: '-modcacherw' };
  const go = (...args) => execFileSync('go', args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  go('get', `github.com/gpustack/gguf-parser-go@${VERSIONS['gguf-parser-go']}`);
  go('mod', 'tidy');
  go('build', '-o', program, '.');
  return program;
}

/** llama.cpp's reader with the part of ggml that it needs; null where GGUFIT_LLAMA_CPP names no sources. */
function fromLlamaCpp(folder) {
  const sources = process.env.GGUFIT_LLAMA_CPP;
  const program = join(folder, 'llama_cpp');
  if (existsSync(program)) return program;
  if (!sources || !existsSync(join(sources, 'ggml/src/gguf.cpp'))) return null;
  mkdirSync(folder, { recursive: true });
  const ggml = join(sources, 'ggml');
  const flags = ['-O3', '-DNDEBUG', '-D_GNU_SOURCE', '-DGGML_VERSION="0"', '-DGGML_COMMIT="0"', `-I${ggml}/include`, `-I${ggml}/src`];
  const c = ['ggml.c', 'ggml-alloc.c', 'ggml-quants.c'];
  const cpp = ['ggml.cpp', 'ggml-backend.cpp', 'ggml-backend-meta.cpp', 'ggml-opt.cpp', 'ggml-threading.cpp', 'gguf.cpp'];
  const objects = [...c, ...cpp].filter((file) => existsSync(join(ggml, 'src', file))).map((file) => {
    const object = join(folder, `${file}.o`);
    const compiler = file.endsWith('.c') ? ['cc', '-std=c11'] : ['c++', '-std=c++17'];
    execFileSync(compiler[0], [compiler[1], ...flags, '-c', join(ggml, 'src', file), '-o', object], { stdio: ['ignore', 'ignore', 'pipe'] });
    return object;
  });
  execFileSync('c++', ['-std=c++17', ...flags, join(readers, 'llama_cpp.cpp'), ...objects, '-o', program, '-lpthread', '-lm']);
  return program;
}

/** One peer that can't be had does not hold up the others: null, and why on stderr. */
function tried(name, install) {
  try {
    return install();
  } catch (error) {
    console.error(`${name} is left out: ${String(error.stderr ?? '') || error.message}`);
    return null;
  }
}

/** {reader name: [program, ...arguments before FILE ROUNDS]} of those that are there. */
export function install(folder, { native, wasm }) {
  mkdirSync(folder, { recursive: true });
  const node = (file) => [process.execPath, join(readers, file)];
  const npm = tried('npm', () => (fromNpm(join(folder, 'npm')), true));
  const go = tried('gguf-parser-go', () => fromGo(join(folder, 'go')));
  const llama = tried('llama.cpp', () => fromLlamaCpp(join(folder, 'llama.cpp')));
  return {
    ggufit: [join(native, 'tests/bench/peer_ggufit')],
    ...(existsSync(join(wasm, 'ggufit.js')) && { 'ggufit, WebAssembly in Node': node('ggufit_wasm.mjs') }),
    ...(llama && { 'llama.cpp (gguf_init_from_file)': [llama] }),
    ...(go && { 'gguf-parser-go': [go] }),
    ...(npm && { '@huggingface/gguf': node('huggingface.mjs'), 'node-llama-cpp': node('node_llama_cpp.mjs') }),
  };
}
