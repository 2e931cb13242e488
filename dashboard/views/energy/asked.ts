import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';

export interface Asked<T> {
  /** The answer to this question: kept while it is asked again or that fails, gone when another is asked. */
  readonly value: Readonly<ShallowRef<T | null>>;
  readonly error: Readonly<ShallowRef<string | null>>;
  readonly busy: Readonly<ShallowRef<boolean>>;
}

/**
 * Asks whenever `key` changes, and again every `everyMs` while it stays. A question without an answer yet is given up when
 * the next one is asked; `key` null asks nothing.
 */
export function useAsked<T>(
  key: () => string | null,
  ask: (signal: AbortSignal) => Promise<T>,
  everyMs: number | null = null,
): Asked<T> {
  const value = shallowRef<T | null>(null);
  const error = shallowRef<string | null>(null);
  const busy = shallowRef(false);
  let running: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;

  const run = async (): Promise<void> => {
    running?.abort();
    if (timer) clearTimeout(timer);
    if (key() === null) return;
    const own = new AbortController();
    running = own;
    busy.value = true;
    try {
      const answer = await ask(own.signal);
      if (own.signal.aborted) return;
      value.value = answer;
      error.value = null;
    } catch (failure) {
      if (own.signal.aborted) return;
      error.value = failure instanceof Error ? failure.message : String(failure);
    }
    busy.value = false;
    if (everyMs !== null) timer = setTimeout(run, everyMs);
  };
  watch(
    key,
    () => {
      // Figures of another time under this one's name would be wrong, however short.
      value.value = null;
      void run();
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    running?.abort();
    if (timer) clearTimeout(timer);
  });
  return { value, error, busy };
}
