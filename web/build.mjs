// Assembles build/web/: scripts checked by TypeScript and bundled, the WebAssembly module, styles, pages and samples.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { basename, join } from 'node:path';
import { build, transformSync } from 'esbuild';
import { minify } from 'terser';
import { exactPage } from './exact/tables.mjs';
import { weight } from './weight.mjs';

const web = fileURLToPath(new URL('.', import.meta.url));
const products = join(web, '..', 'build');
const out = join(products, 'web');
const accuracy = JSON.parse(readFileSync(join(web, 'exact', 'accuracy.json'), 'utf8'));
/** The scripts one by one, as TypeScript leaves them: what unit tests import. */
const modules = join(products, 'modules');

const core = ['ggufit.js', 'ggufit.wasm'].map((name) => join(products, 'wasm', name));
for (const file of core) {
  if (existsSync(file)) continue;
  console.error(`build.mjs: build/wasm/${basename(file)} is missing: run cmake --preset wasm && cmake --build --preset wasm`);
  process.exit(1);
}

for (const folder of [out, modules]) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}
execFileSync(join(web, 'node_modules', '.bin', 'tsc'), ['-p', web], { stdio: 'inherit' });
for (const file of core) cpSync(file, join(file.endsWith('.js') ? modules : out, basename(file)));

/** Scripts with all that they import, as one file each: esbuild puts them together, terser takes another 3 % off. */
async function bundle(scripts, format, define = {}) {
  const options = { outdir: out, bundle: true, minify: true, charset: 'utf8', target: 'es2022', logLevel: 'warning', write: false };
  const { outputFiles } = await build({ ...options, entryPoints: scripts, format, define });
  for (const { path, text } of outputFiles) {
    const { code } = await minify(text, { module: format === 'esm', ecma: 2020, compress: { passes: 3 } });
    writeFileSync(path, code);
  }
}

await bundle([join(modules, 'app.js'), join(modules, 'worker.js')], 'esm');

// All styles as one file: compressed apart, they weigh a quarter more. Pages name them one by one, in this order.
const styles = ['base', 'given', 'answer', 'log', 'screens'];
const css = styles.map((name) => readFileSync(join(web, 'style', `${name}.css`), 'utf8')).join('');
writeFileSync(join(out, 'page.css'), transformSync(css, { loader: 'css', minify: true }).code);
for (const name of ['index.html', 'exact.html']) {
  const links = /(<link rel="stylesheet" href="style\/\w+\.css">\n)+/;
  const page = readFileSync(join(web, name), 'utf8').replace(links, '<link rel="stylesheet" href="page.css">\n');
  writeFileSync(join(out, name), name === 'exact.html' ? exactPage(page, accuracy) : page);
}
cpSync(join(web, 'samples'), join(out, 'samples'), { recursive: true });

// The service worker knows the bundle that it keeps, and changes whenever a file of it does.
const files = readdirSync(out, { recursive: true })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => statSync(join(out, file)).isFile())
  .sort();
const digest = createHash('sha256');
for (const file of files) digest.update(file).update(readFileSync(join(out, file)));
const define = { bundle_files: JSON.stringify(['./', ...files]), bundle_digest: JSON.stringify(digest.digest('hex').slice(0, 16)) };
await bundle([join(modules, 'sw.js')], 'iife', define);

const kb = (bytes) => `${(bytes / 1000).toFixed(0)} KB`;
const { plain, gzip, brotli } = weight(out);
console.log(`build/web: wasm, scripts and styles ${kb(plain)}, ${kb(gzip)} with gzip, ${kb(brotli)} with brotli`);
