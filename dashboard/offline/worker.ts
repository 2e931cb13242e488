/*
 * The service worker: the pages open without a server.
 *
 * - Pages: from the server; the last one that came where there is none, or where it does not answer in time.
 * - Hashed assets never change: from the cache, filled as they are used. A page tells at its start which it has already loaded.
 * - Nothing under /api is ever kept or answered here: old data never looks live.
 */
interface Waiting {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Waiting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
/** What of a service worker's scope is used here; the page's own types know nothing of it. */
interface WorkerScope {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(event: 'install' | 'activate', listener: (event: Waiting) => void): void;
  addEventListener(event: 'message', listener: (event: Waiting & { readonly data: unknown }) => void): void;
  addEventListener(event: 'fetch', listener: (event: Fetching) => void): void;
}

const worker = self as unknown as WorkerScope;
const SHELL = 'linewatt-shell';
const ASSETS = 'linewatt-assets';
const PAGE = '/index.html';
const PATIENCE_MS = 4000;
/** Assets of builds before the last few are let go. */
const MOST_ASSETS = 300;

worker.addEventListener('install', (event) => {
  event.waitUntil(keepPage().then(() => worker.skipWaiting()));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(worker.clients.claim());
});

worker.addEventListener('message', (event) => {
  const { data } = event;
  const loaded = typeof data === 'object' && data !== null && 'loaded' in data ? data.loaded : null;
  if (!Array.isArray(loaded)) return;
  const assets = loaded.filter((url): url is string => typeof url === 'string' && isAsset(new URL(url)));
  event.waitUntil(Promise.all(assets.map(asset)));
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== worker.location.origin) return;
  if (request.mode === 'navigate' && !/^\/(api|metrics)\b/.test(url.pathname)) event.respondWith(page(request));
  else if (isAsset(url)) event.respondWith(asset(request.url));
});

function isAsset(url: URL): boolean {
  return url.origin === worker.location.origin && /^\/(assets\/|icon-|linewatt\.webmanifest$)/.test(url.pathname);
}

async function keepPage(): Promise<void> {
  const fresh = await fetch(PAGE, { cache: 'no-store' });
  if (fresh.ok) await (await caches.open(SHELL)).put(PAGE, fresh);
}

async function page(request: Request): Promise<Response> {
  const kept = await (await caches.open(SHELL)).match(PAGE);
  try {
    const fresh = await fetch(request, kept ? { signal: AbortSignal.timeout(PATIENCE_MS) } : {});
    if (fresh.ok && fresh.headers.get('content-type')?.startsWith('text/html')) {
      await (await caches.open(SHELL)).put(PAGE, fresh.clone());
    }
    // A proxy without a server behind it answers too.
    return fresh.status >= 500 && kept ? kept : fresh;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

async function asset(url: string): Promise<Response> {
  const cache = await caches.open(ASSETS);
  const kept = await cache.match(url);
  if (kept) return kept;
  const fresh = await fetch(url);
  if (!fresh.ok) return fresh;
  await cache.put(url, fresh.clone());
  const keys = await cache.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length - MOST_ASSETS))) await cache.delete(old);
  return fresh;
}
