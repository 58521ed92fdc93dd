// A static server for build/web/ on localhost: `node serve.mjs [PORT] [FOLDER]`. Tests import `serve`.
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.wasm': 'application/wasm',
};

/** The page's own policy, sent as a header too, so that its worker runs under it as well. */
export const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; " +
  "img-src 'self' data:; connect-src 'self' https:; base-uri 'none'; form-action 'none'";

/** The file that a request's path means inside `root`, or null: nothing outside, no dot files, no links out. */
async function resolve(root, url) {
  let path;
  try {
    path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return null;
  }
  if (path.includes('\0') || path.split('/').some((part) => part.startsWith('.'))) return null;
  if (path.endsWith('/')) path += 'index.html';
  try {
    const file = await realpath(join(root, path));
    return file.startsWith(root + sep) && (await stat(file)).isFile() ? file : null;
  } catch {
    return null;
  }
}

/** Serves `folder` below `base` ("/" or "/some/path/"). Resolves to {origin, close} once it listens. */
export async function serve({ folder, port = 0, base = '/', host = '127.0.0.1' }) {
  const root = await realpath(folder);
  const server = createServer(async (request, response) => {
    const answer = (status, text) => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(text);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'only GET and HEAD\n');
    if (!request.url.startsWith(base)) return answer(404, 'not found\n');
    const file = await resolve(root, '/' + request.url.slice(base.length));
    if (!file) return answer(404, 'not found\n');
    response.writeHead(200, {
      'content-type': types[extname(file)] ?? 'application/octet-stream',
      'content-length': (await stat(file)).size,
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    });
    if (request.method === 'HEAD') return response.end();
    createReadStream(file).on('error', () => response.destroy()).pipe(response);
  });
  await new Promise((done, fail) => server.once('error', fail).listen(port, host, done));
  return {
    origin: `http://${host}:${server.address().port}`,
    close: () => new Promise((done) => (server.closeAllConnections?.(), server.close(done))),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[3] ?? fileURLToPath(new URL('../build/web', import.meta.url));
  const port = Number(process.argv[2] ?? 8080);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    console.error(`serve.mjs: ${process.argv[2]} is not a port: give a number from 0 to 65535`);
    process.exit(2);
  }
  try {
    const { origin } = await serve({ folder, port });
    console.log(`ggufit: ${origin}/ (Ctrl-C stops)`);
  } catch (error) {
    const text = error.code === 'EADDRINUSE' ? `port ${port} is taken: give another one` : error.message;
    console.error(`serve.mjs: ${text}`);
    process.exit(1);
  }
}
