// What the bundle loads as code and styles: bytes as they are, and as a static host compresses them, file by file. It is
// held to brotli's figure, at its quality of 11; gzip's (9) is for hosts that know no better.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** {plain, gzip, brotli} of the folder's module, scripts and styles. */
export function weight(folder) {
  const sum = { plain: 0, gzip: 0, brotli: 0 };
  for (const name of readdirSync(folder).filter((file) => /\.(wasm|js|css)$/.test(file))) {
    const bytes = readFileSync(join(folder, name));
    sum.plain += bytes.length;
    sum.gzip += gzipSync(bytes, { level: 9 }).length;
    sum.brotli += brotliCompressSync(bytes).length;
  }
  return sum;
}
