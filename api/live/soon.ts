/*
 * Work that something asked for: the first asking is answered in this turn of the event loop, those that follow within `restMs` are
 * answered together when that has passed.
 */
export interface Soon {
  ask(): void;
  stop(): void;
}

export function createSoon(work: () => void, restMs: number): Soon {
  let doneAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | null = null;
  let immediate: NodeJS.Immediate | null = null;
  const run = (): void => {
    timer = null;
    immediate = null;
    try {
      work();
    } finally {
      // Counted from its end: however long the work takes, others have their turn.
      doneAt = performance.now();
    }
  };
  return {
    ask() {
      if (timer || immediate) return;
      const rest = doneAt + restMs - performance.now();
      if (rest > 0) timer = setTimeout(run, rest);
      else immediate = setImmediate(run);
    },
    stop() {
      if (timer) clearTimeout(timer);
      if (immediate) clearImmediate(immediate);
      timer = null;
      immediate = null;
    },
  };
}
