/*
 * The service worker: the pages open without a server.
 *
 * - Pages: from the server; the last one that came where there is none, or where it does not answer in time.
 * - Hashed assets never change: from the cache. The worker of a build keeps all of its assets when it is installed, every page and
 *   language of them, so that one visit is enough; what failed then is kept when it is used, or told by the page that has loaded it.
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
/** List of all files of the build. */
const MANIFEST = '/manifest.json';
const ICONS = ['/linewatt.webmanifest', '/icon-192.png', '/icon-512.png'];
/** Assets of earlier builds, for pages that are still open, before the oldest are let go. */
const MOST_EARLIER = 200;
/** Of this build: a browser installs a worker again when a byte of it is another. */
declare const __LINEWATT_BUILD__: string;

worker.addEventListener('install', (event) => {
  event.waitUntil(
    keepPage()
      .then(keepBuild)
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(worker.clients.claim());
});

worker.addEventListener('message', (event) => {
  const { data } = event;
  const loaded = typeof data === 'object' && data !== null && 'loaded' in data ? data.loaded : null;
  if (!Array.isArray(loaded)) return;
  const assets = loaded.filter((url): url is string => typeof url === 'string' && isAsset(new URL(url)));
  event.waitUntil(Promise.all(assets.map((url) => asset(url))));
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

async function keepBuild(): Promise<void> {
  const answer = await fetch(`${MANIFEST}?build=${__LINEWATT_BUILD__}`, { cache: 'no-store' }).catch(() => null);
  const list: unknown = answer?.ok ? await answer.json().catch(() => null) : null;
  const files = new Set([...ICONS, ...filesOf(list)].map((path) => new URL(path, worker.location.origin).href));
  const wanted = [...files].filter((url) => isAsset(new URL(url)));
  // One that does not come now comes when it is used.
  await Promise.all(wanted.map((url) => asset(url, { priority: 'low' }).catch(() => null)));
  const cache = await caches.open(ASSETS);
  const earlier = (await cache.keys()).filter(({ url }) => !files.has(url));
  for (const old of earlier.slice(0, Math.max(0, earlier.length - MOST_EARLIER))) await cache.delete(old);
}

/** What the build's list names: scripts, and the styles and files that come with them. */
function filesOf(list: unknown): string[] {
  if (typeof list !== 'object' || list === null) return [];
  return Object.values(list).flatMap((chunk: unknown) => {
    if (typeof chunk !== 'object' || chunk === null) return [];
    const { file, css, assets } = chunk as { file?: unknown; css?: unknown; assets?: unknown };
    return [file, css, assets]
      .flat()
      .filter((path) => typeof path === 'string')
      .map((path) => `/${path}`);
  });
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

async function asset(url: string, options: RequestInit = {}): Promise<Response> {
  const cache = await caches.open(ASSETS);
  const kept = await cache.match(url);
  if (kept) return kept;
  const fresh = await fetch(url, options);
  if (fresh.ok) await cache.put(url, fresh.clone());
  return fresh;
}
