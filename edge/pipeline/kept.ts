/** Who waits for the journal: sources that acknowledge only what is on disk. */
export interface Keeping {
  /** Resolves with the next `done`. */
  kept(): Promise<void>;
  /** All that was pushed so far is in the journal. */
  done(): void;
}

export function createKeeping(): Keeping {
  let waiting: (() => void)[] = [];
  return {
    kept: () => new Promise((resolve) => void waiting.push(resolve)),
    done() {
      const all = waiting;
      waiting = [];
      for (const resolve of all) resolve();
    },
  };
}
