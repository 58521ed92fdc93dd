// Assembles build/web/: the page's modules compiled by TypeScript, the WebAssembly module, styles and samples.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const web = fileURLToPath(new URL('.', import.meta.url));
const build = join(web, '..', 'build');
const out = join(build, 'web');

const module = ['ggufit.js', 'ggufit.wasm'];
for (const name of module) {
  if (!existsSync(join(build, 'wasm', name))) {
    console.error(`build.mjs: build/wasm/${name} is missing: run cmake --preset wasm && cmake --build --preset wasm`);
    process.exit(1);
  }
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
execFileSync(join(web, 'node_modules', '.bin', 'tsc'), ['-p', web], { stdio: 'inherit' });
for (const name of module) cpSync(join(build, 'wasm', name), join(out, name));
for (const name of ['index.html', 'style', 'samples']) cpSync(join(web, name), join(out, name), { recursive: true });

const bytes = (folder) =>
  readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    return sum + (entry.isDirectory() ? bytes(path) : statSync(path).size);
  }, 0);
console.log(`build/web: ${(bytes(out) / 1024).toFixed(0)} KiB, of them ggufit.wasm ${(statSync(join(out, 'ggufit.wasm')).size / 1024).toFixed(0)} KiB`);
