// Hosts of models on loopback: nginx over TLS with a folder of sparse files, and a server that misbehaves as it is told.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createServer as createTcp } from 'node:net';
import { join } from 'node:path';

const freePort = () =>
  new Promise((done) => {
    const probe = createTcp().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

/** A key and a certificate that no browser trusts: contexts are told to take it. */
function certificate(folder) {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name));
  if (!existsSync(cert)) {
    const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert];
    execFileSync('openssl', words, { stdio: 'ignore' });
  }
  return { key, cert };
}

/**
 * nginx with the files of `folder`: below /cors/ any page may read them, below /hidden/ without their size's header,
 * below /closed/ no page may, /secret/ asks for a token, /away/ sends on to localhost. `log()` is what was asked and
 * how many bytes went out.
 */
export async function startNginx(folder) {
  const port = await freePort();
  const { key, cert } = certificate(folder);
  const log = join(folder, 'access.log');
  const cors = "add_header Access-Control-Allow-Origin '*' always;";
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log; ${process.getuid() === 0 ? 'user root;' : ''}
events {}
http {
  access_log off; client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3; uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  log_format asked '$request_method $uri "$http_range" $status $body_bytes_sent "$http_cookie$http_referer$http_authorization"';
  server {
    listen 127.0.0.1:${port} ssl; ssl_certificate ${cert}; ssl_certificate_key ${key}; access_log ${log} asked; default_type application/octet-stream;
    location /cors/ { alias ${folder}/files/; ${cors} add_header Access-Control-Expose-Headers 'Content-Range, ETag'; }
    location /hidden/ { alias ${folder}/files/; ${cors} }
    location /unranged/ { alias ${folder}/files/; max_ranges 0; ${cors} }
    location /closed/ { alias ${folder}/files/; }
    location /secret/ { ${cors} return 401; }
    location /api/models/ { alias ${folder}/lists/; ${cors} }
    location ~ ^/[^/]+/[^/]+/resolve/main/(.*)$ { ${cors} return 302 https://cdn.example:443/cors/$1; }
    location /away/ { ${cors} return 302 https://localhost:${port}/cors/wordy.gguf; }
  }
}
`,
  );
  const nginx = spawn(existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : 'nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: ['ignore', 'ignore', 'inherit'] });
  const origin = `https://127.0.0.1:${port}`;
  for (let i = 0; !existsSync(join(folder, 'nginx.pid')) || readFileSync(join(folder, 'nginx.pid'), 'utf8') === ''; i++) {
    if (i > 200) throw new Error('nginx did not start');
    await new Promise((done) => setTimeout(done, 25));
  }
  const asked = () =>
    (existsSync(log) ? readFileSync(log, 'utf8') : '').split('\n').filter(Boolean).map((line) => {
      const [, method, path, range, status, bytes, personal] = /^(\S+) (\S+) "(.*?)" (\d+) (\d+) "(.*)"$/.exec(line);
      return { method, path, range, status: Number(status), bytes: Number(bytes), personal };
    });
  return {
    origin,
    elsewhere: `https://localhost:${port}`,
    /** Makes the name of a host mean this server: a flag of Chromium. */
    standsFor: (hosts) => `--host-resolver-rules=${hosts.map((host) => `MAP ${host} 127.0.0.1:${port}`).join(',')}`,
    lists: join(folder, 'lists'),
    files: (mkdirSync(join(folder, 'files'), { recursive: true }), join(folder, 'files')),
    /** What was asked below a path; requests that were given up are logged a moment later. */
    async asked(path) {
      await new Promise((done) => setTimeout(done, 300));
      return asked().filter((one) => one.path.startsWith(path));
    },
    close: () => new Promise((done) => (nginx.once('exit', done), nginx.kill('SIGTERM'))),
  };
}

/** A server whose answers are functions of the request, by path; each may be read by any page. */
export async function startOdd(folder, answers) {
  const { key, cert } = certificate(folder);
  const open = { 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' };
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    response.on('error', () => {});
    const answer = answers[new URL(request.url, 'https://localhost').pathname];
    if (answer) answer(request, response, open);
    else response.writeHead(404, open).end();
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { origin: `https://127.0.0.1:${server.address().port}`, close: () => new Promise((done) => (server.closeAllConnections(), server.close(done))) };
}
