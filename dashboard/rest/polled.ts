import { onScopeDispose, type ShallowRef, shallowRef } from 'vue';

export interface Polled<T> {
  /** The last good answer; kept while later ones fail. */
  readonly value: Readonly<ShallowRef<T | null>>;
  readonly error: Readonly<ShallowRef<string | null>>;
  /** Asks now; where a question is under way, once more after it, since that one may have been too early. */
  again(): void;
}

/** Asks now and every `everyMs` while the calling component lives; one question at a time, the next after the answer. */
export function usePolled<T>(ask: (signal: AbortSignal) => Promise<T> | null, everyMs: number): Polled<T> {
  const value = shallowRef<T | null>(null);
  const error = shallowRef<string | null>(null);
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let asking = false;
  let more = false;

  const run = async (): Promise<void> => {
    if (stop.signal.aborted) return;
    if (asking) {
      more = true;
      return;
    }
    if (timer) clearTimeout(timer);
    asking = true;
    try {
      const question = ask(stop.signal);
      if (question) {
        value.value = await question;
        error.value = null;
      }
    } catch (failure) {
      if (!stop.signal.aborted) error.value = failure instanceof Error ? failure.message : String(failure);
    } finally {
      asking = false;
      if (!stop.signal.aborted) timer = setTimeout(run, more ? 0 : everyMs);
      more = false;
    }
  };
  void run();
  onScopeDispose(() => {
    stop.abort();
    if (timer) clearTimeout(timer);
  });
  return { value, error, again: () => void run() };
}
