// The service worker: keeps the page's own files, so that it opens without a network once it was loaded.
/** What the build makes of the bundle: its files, relative to this script, and a digest of them. */
declare const bundle_files: readonly string[];
declare const bundle_digest: string;

interface LifeEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface RequestEvent extends LifeEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Scope {
  addEventListener(name: 'install' | 'activate', listen: (event: LifeEvent) => void): void;
  addEventListener(name: 'fetch', listen: (event: RequestEvent) => void): void;
  skipWaiting(): Promise<void>;
}
const scope = self as unknown as Scope;

const prefix = 'ggufit ';
const kept = prefix + bundle_digest;
const here = new URL('.', self.location.href);

async function keepAll(): Promise<void> {
  const cache = await caches.open(kept);
  await cache.addAll(bundle_files.map((file) => new Request(new URL(file, here), { cache: 'no-cache' })));
}

async function dropOlder(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(prefix) && name !== kept).map((name) => caches.delete(name)));
}

/** The network first, so that an updated page is never mixed with an older one; what was kept where there is none. */
async function answer(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (failed) {
    const cache = await caches.open(kept);
    const found = await cache.match(request, { ignoreSearch: true });
    if (found) return found;
    throw failed;
  }
}

scope.addEventListener('install', (event) => event.waitUntil(keepAll().then(() => scope.skipWaiting())));
scope.addEventListener('activate', (event) => event.waitUntil(dropOlder()));
scope.addEventListener('fetch', (event) => {
  const { method, url, headers } = event.request;
  // what a model's host is asked goes past it, also where that host is this one
  if (method === 'GET' && url.startsWith(here.href) && !headers.has('range') && !url.endsWith('.gguf')) event.respondWith(answer(event.request));
});
