// The static server gives the folder's files with their types, and nothing else.
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../tests/wasm/module.mjs';
import { serve } from '../serve.mjs';

const folder = temporaryFolder();
mkdirSync(join(folder, 'site', 'sub'), { recursive: true });
writeFileSync(join(folder, 'secret.txt'), 'secret');
writeFileSync(join(folder, 'site', 'index.html'), '<!doctype html>');
writeFileSync(join(folder, 'site', 'core.wasm'), '\0asm');
writeFileSync(join(folder, 'site', '.hidden'), 'hidden');
symlinkSync(join(folder, 'secret.txt'), join(folder, 'site', 'link.txt'));

/** Asks with the path as it stands: fetch would tidy it. */
const ask = (origin, path, method = 'GET') =>
  new Promise((done, fail) => {
    request(origin, { path, method }, (response) => {
      response.resume().on('end', () => done(response));
    }).on('error', fail).end();
  });

test('files have their types, and the policy is sent along', async () => {
  const server = await serve({ folder: join(folder, 'site') });
  try {
    const page = await ask(server.origin, '/');
    assert.equal(page.statusCode, 200);
    assert.match(page.headers['content-type'], /^text\/html/);
    assert.match(page.headers['content-security-policy'], /default-src 'none'/);
    assert.equal((await ask(server.origin, '/core.wasm')).headers['content-type'], 'application/wasm');
    assert.equal((await ask(server.origin, '/', 'POST')).statusCode, 405);
  } finally {
    await server.close();
  }
});

test('nothing outside the folder is served', async () => {
  const server = await serve({ folder: join(folder, 'site') });
  try {
    const paths = ['/../secret.txt', '/sub/../../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/link.txt', '/.hidden', '/sub', '/%00', '/%zz', '//etc/passwd'];
    for (const path of paths) assert.equal((await ask(server.origin, path)).statusCode, 404, path);
  } finally {
    await server.close();
  }
});
