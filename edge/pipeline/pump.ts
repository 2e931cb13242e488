import { createBackoff } from '#edge/core/backoff.ts';
import type { Clock } from '#edge/core/clock.ts';
import type { Counters } from '#edge/core/counters.ts';
import type { Sink } from '#edge/core/sink.ts';
import type { FactBatch } from '#shared/oee/facts.ts';

/*
 * Outbox -> sink, one at a time and in order.
 *
 * - A batch leaves the outbox only when the sink says it is safe there; what was sent twice is the same as once.
 * - A failure that may pass keeps everything in the outbox and tries again, ever more slowly, up to 2 s: one question every
 *   two seconds bothers no server, and after ten minutes away a longer pause would be most of the catching up.
 * - A batch that the sink will never take is set aside by the caller, counted, and does not hold up what comes after it.
 */

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2000;
const BATCHES_AT_ONCE = 20;

export interface OutboxReader {
  /** The oldest batches, with their position. */
  next(count: number): readonly { readonly seq: number; readonly batch: FactBatch }[];
  ack(upTo: number): void;
}

export interface Pump {
  /** Name of the sink. */
  readonly sink: string;
  /** There is something new. */
  wake(): void;
  /** What keeps the oldest batch back, as a sentence; null while all is well. */
  readonly trouble: string | null;
  /** Resolves when what is in hand is through or has failed; nothing is begun any more. */
  stop(): Promise<void>;
}

export interface PumpOptions {
  readonly sink: Sink;
  readonly outbox: OutboxReader;
  readonly clock: Clock;
  readonly random: () => number;
  readonly counters: Counters;
  readonly log: (line: string) => void;
  readonly setAside: (batch: FactBatch, why: string) => void;
}

export function startPump({ sink, outbox, clock, random, counters, log, setAside }: PumpOptions): Pump {
  const backoff = createBackoff({ firstMs: FIRST_PAUSE_MS, mostMs: LONGEST_PAUSE_MS, random });
  let running: Promise<void> | null = null;
  let cancelRetry: (() => void) | null = null;
  let trouble: string | null = null;
  let stopped = false;

  async function drain(): Promise<void> {
    try {
      for (;;) {
        const waiting = outbox.next(BATCHES_AT_ONCE);
        if (stopped || waiting.length === 0) return;
        for (const { seq, batch } of waiting) {
          if (stopped || !(await send(seq, batch))) return;
        }
      }
    } catch (error) {
      // The outbox lies on a disk, which may be full: what was sent and not crossed off is sent again.
      later(`the outbox cannot be used (${error instanceof Error ? error.message : error})`);
    }
  }

  function later(why: string): void {
    if (trouble === null) log(`${sink.name}: ${why}; facts wait in the outbox`);
    trouble = why;
    counters.count(`${sink.name}_retries`);
    if (stopped) return;
    cancelRetry = clock.after(backoff.next(), () => {
      cancelRetry = null;
      wake();
    });
  }

  async function send(seq: number, batch: FactBatch): Promise<boolean> {
    try {
      await sink.write(batch);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!isFinal(error)) {
        later(why);
        return false;
      }
      setAside(batch, why);
      counters.count(`${sink.name}_set_aside`);
      log(`${sink.name}: ${why}; a batch was set aside`);
    }
    outbox.ack(seq);
    backoff.reset();
    if (trouble !== null) log(`${sink.name}: takes facts again`);
    trouble = null;
    return true;
  }

  function wake(): void {
    if (stopped || running || cancelRetry) return;
    running = drain().finally(() => {
      running = null;
    });
  }

  wake();
  return {
    sink: sink.name,
    wake,
    get trouble() {
      return trouble;
    },
    async stop() {
      stopped = true;
      cancelRetry?.();
      await running;
    },
  };
}

/** Only a sink that says so itself: an error that nobody thought of may pass. */
function isFinal(error: unknown): boolean {
  return (
    error !== null &&
    typeof error === 'object' &&
    'code' in error &&
    error.code === 'rejected' &&
    'retryable' in error &&
    error.retryable === false
  );
}
