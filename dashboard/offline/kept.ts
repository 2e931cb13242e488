import { type ShallowRef, shallowRef, watch } from 'vue';
import { KEPT, put, read } from './database.ts';

/** What was last known, and when (epoch ms, the site's clock). */
export interface Kept<T> {
  readonly value: T;
  readonly at: number;
}

const WRITE_EVERY_MS = 3000;

/**
 * Keeps the newest value of `source` in the browser, and gives back what was kept by an earlier visit until there is a new one.
 * Structured data only.
 */
export function useKept<T extends object>(
  key: string,
  source: () => T | null,
  siteNow: () => number | null,
): Readonly<ShallowRef<Kept<T> | null>> {
  const kept = shallowRef<Kept<T> | null>(null);
  let writtenAt = Number.NEGATIVE_INFINITY;
  void read<Kept<T>>(KEPT, key).then((found) => {
    kept.value ??= found;
  });
  watch(source, (value) => {
    const at = siteNow();
    if (value === null || at === null) return;
    kept.value = { value, at };
    if (performance.now() - writtenAt < WRITE_EVERY_MS) return;
    writtenAt = performance.now();
    // A full disk costs the picture after a reload, and nothing else.
    void put(KEPT, JSON.parse(JSON.stringify(kept.value)), key).catch(() => {});
  });
  return kept;
}
