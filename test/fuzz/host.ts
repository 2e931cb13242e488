import type { Reading, SourceHost } from '#edge/core/source.ts';

/** A SourceHost that keeps only sums, and fails at once on a reading that no source may give. */
export interface FuzzHost extends SourceHost {
  readonly taken: readonly Reading[];
  /** Findings and counters by name. */
  readonly named: ReadonlyMap<string, number>;
  forget(): void;
}

export function fuzzHost(now: () => number): FuzzHost {
  let taken: Reading[] = [];
  const named = new Map<string, number>();
  const count = (name: string, by = 1) => void named.set(name, (named.get(name) ?? 0) + by);
  return {
    get taken() {
      return taken;
    },
    named,
    forget() {
      taken = [];
    },
    readings(batch) {
      for (const reading of batch) requireSound(reading);
      taken.push(...batch);
    },
    alive: () => {},
    heard: () => {},
    lost: () => count('lost'),
    finding(code, message) {
      if (message === '' || message.length > 2000)
        throw new Error(`${code}: no sentence for people: ${message.slice(0, 80)}`);
      count(code);
    },
    clear: () => {},
    bridged: () => {},
    describe: () => {},
    count,
    kept: async () => {},
    now,
  };
}

/** Whatever came in, a reading is a scalar with a real time; a number is finite; what is not good enough says so. */
export function requireSound({ signal, value, quality, t, received }: Reading): void {
  const wrong = (what: string) => new Error(`${signal}: ${what} (${String(value)}, ${quality}, ${t})`);
  if (value !== null && !['number', 'string', 'boolean'].includes(typeof value)) throw wrong('is no scalar');
  if (typeof value === 'number' && !Number.isFinite(value)) throw wrong('is not finite');
  if (
    typeof value === 'number' &&
    Number.isInteger(value) &&
    !Number.isSafeInteger(value) &&
    Math.abs(value) < 2 ** 64
  ) {
    if (quality === 'good') throw wrong('has lost digits and calls itself good');
  }
  if (!['good', 'uncertain', 'bad'].includes(quality)) throw wrong('has no quality');
  if (!Number.isFinite(t) || !Number.isFinite(received)) throw wrong('has no time');
}
