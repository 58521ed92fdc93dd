// A server that does wrong what nginx can't: node misbehave.mjs PORT FOLDER. The first part of a path is the fault, the
// rest a file in the folder. A line in FOLDER/.faulty.log says what was asked: path, status, range, bytes, authorization.
import { appendFileSync, closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const [port, folder] = process.argv.slice(2);
const times = new Map(); // how often each path was asked for

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Bytes of a file; behind its end there is nothing. */
function bytesOf(name, first, last) {
  const file = openSync(join(folder, name));
  const bytes = Buffer.alloc(Math.max(0, Math.min(last + 1, fstatSync(file).size) - first));
  readSync(file, bytes, 0, bytes.length, first);
  closeSync(file);
  return bytes;
}

function sizeOf(name) {
  const file = openSync(join(folder, name));
  const { size } = fstatSync(file);
  closeSync(file);
  return size;
}

/** Range, total size and the head of a right answer with 206. */
function part(request, name, etag = '"one"') {
  const total = sizeOf(name);
  const asked = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  const first = asked ? Number(asked[1]) : 0;
  const last = Math.min(asked ? Number(asked[2]) : total - 1, total - 1);
  const head = { 'Content-Range': `bytes ${first}-${last}/${total}`, 'Content-Length': last - first + 1, ETag: etag };
  return { first, last, total, head };
}

async function writeAll(response, bytes) {
  if (!response.write(bytes) && !response.destroyed) {
    await Promise.race([new Promise((done) => response.once('drain', done)), new Promise((done) => response.once('close', done))]);
  }
}

/** The file from its start, then zeros for as long as somebody takes them. */
async function endless(response, name, head) {
  response.writeHead(200, head);
  const block = Buffer.alloc(64 * 1024);
  const total = sizeOf(name);
  for (let at = 0; !response.destroyed; at += block.length) {
    await writeAll(response, at < total ? bytesOf(name, at, at + block.length - 1) : block);
  }
}

function right(request, response, name, etag) {
  const { first, last, head } = part(request, name, etag);
  response.writeHead(206, head);
  response.end(bytesOf(name, first, last));
}

const faults = {
  right: (request, response, name) => right(request, response, name),
  ignored: (request, response, name) => endless(response, name, { 'Content-Length': sizeOf(name), ETag: '"one"' }),
  endless: (request, response, name) => endless(response, name, {}),
  elsewhere(request, response, name) { // other bytes than were asked for
    const { first, last, total, head } = part(request, name);
    response.writeHead(206, { ...head, 'Content-Range': `bytes ${first + 1000}-${last + 1000}/${total}` });
    response.end(bytesOf(name, first, last));
  },
  unsaid(request, response, name) {
    const { first, last } = part(request, name);
    response.writeHead(206, { 'Content-Length': last - first + 1 });
    response.end(bytesOf(name, first, last));
  },
  html(request, response) {
    response.writeHead(200, { 'Content-Type': 'text/html' });
    response.end('<!doctype html><title>Log in to the hotel</title>');
  },
  gzip(request, response, name) {
    const { first, last, head } = part(request, name);
    response.writeHead(206, { ...head, 'Content-Encoding': 'gzip' });
    response.end(bytesOf(name, first, last));
  },
  stalled(request, response, name) {
    response.writeHead(206, part(request, name).head);
    response.write(bytesOf(name, 0, 999));
    appendFileSync(join(folder, '.stalled'), '.'); // for a test that waits for this
  },
  async slow(request, response, name) {
    const { first, last, head } = part(request, name);
    response.writeHead(206, head);
    const step = Math.ceil((last - first + 1) / 12);
    for (let at = first; at <= last; at += step) {
      response.write(bytesOf(name, at, Math.min(at + step - 1, last)));
      await pause(30);
    }
    response.end();
  },
  async cut(request, response, name, time) { // twice in the middle of an answer
    if (time > 2) return right(request, response, name);
    const { first, last, head } = part(request, name);
    response.writeHead(206, head);
    await writeAll(response, bytesOf(name, first, first + ((last - first) >> 1)));
    await pause(50);
    response.destroy();
  },
  dead: (request, response) => response.destroy(),
  busy(request, response, name, time) {
    if (time > 2) return right(request, response, name);
    response.writeHead(time === 1 ? 503 : 429, time === 1 ? {} : { 'Retry-After': '1' });
    response.end('come back later');
  },
  tomorrow(request, response) {
    response.writeHead(429, { 'Retry-After': '86400' });
    response.end();
  },
  changed: (request, response, name, time) => right(request, response, name, time === 1 ? '"one"' : '"two"'),
  changing: (request, response, name, time) => right(request, response, name, `"${time}"`),
  circle(request, response) {
    response.writeHead(302, { Location: request.url });
    response.end();
  },
  file(request, response) {
    response.writeHead(302, { Location: 'file:///etc/passwd' });
    response.end();
  },
  disguised(request, response, name) { // browsers end the host at a backslash, libcurl takes all before the @ for a user
    response.writeHead(302, { Location: `http://127.0.0.1:${port}\\@localhost:${port}/right/${name}` });
    response.end();
  },
};

createServer(async (request, response) => {
  const [, fault, ...rest] = new URL(request.url, 'http://localhost').pathname.split('/');
  const time = (times.get(request.url) ?? 0) + 1;
  times.set(request.url, time);
  const before = request.socket.bytesWritten;
  response.on('close', () => {
    const { range = '-', authorization = '-' } = request.headers;
    appendFileSync(join(folder, '.faulty.log'), `${request.url} ${response.statusCode} ${range} ${request.socket.bytesWritten - before} ${authorization}\n`);
  });
  if (/^\d+$/.test(fault)) {
    response.writeHead(Number(fault));
    return response.end('no');
  }
  if (!faults[fault]) return response.destroy();
  await faults[fault](request, response, rest.join('/'), time);
}).listen(Number(port), '127.0.0.1');
