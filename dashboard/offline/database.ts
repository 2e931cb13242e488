/*
 * The tablet's own memory: what waits to be sent, and what was last known. IndexedDB, because it survives a reload, a flat
 * battery and an update of the page. Where a browser offers none (a private window) everything lives as long as the page.
 */
const NAME = 'linewatt';
const VERSION = 1;
export const QUEUE = 'queue';
export const KEPT = 'kept';

let opening: Promise<IDBDatabase | null> | null = null;

function database(): Promise<IDBDatabase | null> {
  opening ??= new Promise((done) => {
    if (typeof indexedDB === 'undefined') return done(null);
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(QUEUE, { keyPath: 'id' });
      asked.result.createObjectStore(KEPT);
    };
    asked.onsuccess = () => {
      // Another tab with a newer page must not wait for this one.
      asked.result.onversionchange = () => asked.result.close();
      done(asked.result);
    };
    asked.onerror = () => done(null);
    asked.onblocked = () => done(null);
  });
  return opening;
}

async function run<T>(
  store: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | undefined> {
  const db = await database();
  if (!db) return undefined;
  return new Promise((done, failed) => {
    // `strict`: an entry that a person saw saved is on the disk.
    const transaction = db.transaction(store, mode, { durability: 'strict' });
    const request = work(transaction.objectStore(store));
    transaction.oncomplete = () => done(request.result);
    transaction.onabort = () => failed(transaction.error ?? new Error('the browser could not store it'));
  });
}

export async function readAll<T>(store: string): Promise<readonly T[]> {
  return ((await run(store, 'readonly', (s) => s.getAll())) ?? []) as readonly T[];
}

/** @throws where the browser's disk is full. */
export async function put(store: string, value: unknown, key?: string): Promise<void> {
  await run(store, 'readwrite', (s) => (key === undefined ? s.put(value) : s.put(value, key)));
}

export async function remove(store: string, key: string): Promise<void> {
  await run(store, 'readwrite', (s) => s.delete(key));
}

export async function read<T>(store: string, key: string): Promise<T | null> {
  return ((await run(store, 'readonly', (s) => s.get(key))) as T | undefined) ?? null;
}
