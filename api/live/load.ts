import type { Plant } from '#shared/plant/model.ts';
import { HistorianError } from '#shared/store/historian.ts';
import { HOUR, type Instant, MINUTE, minuteOf } from '#shared/time/instant.ts';
import type { HistorianLink } from '../historian/link.ts';
import type { Counters } from '../metrics/counters.ts';
import { judgedFrom, LOOK_BACK_MS, runningShift } from './machine-now.ts';
import type { LiveStore } from './store.ts';

/*
 * Joins memory with the historian: everything since before the running shifts at the start, and later whatever minutes a
 * message was missed of. Messages may come meanwhile: rows merge by key and revision, so the order does not matter.
 */
export interface Loader {
  /** Forgets what is older than any running shift needs, and fills holes. Called now and then. */
  tend(): Promise<void>;
  /** Reads everything again: another plant file, or messages may have been missed. */
  reload(): Promise<void>;
}

/** How far back a hole in memory is looked for each time, and how often in all that is held. */
const HEAL_MS = 2 * HOUR;
const HEAL_ALL_MS = 5 * MINUTE;
/** The edge's outbox may be this far behind its messages. */
const SETTLE_MS = 2 * MINUTE;
const CHUNK_MS = 6 * HOUR;

export function createLoader(
  plant: () => Plant,
  live: LiveStore,
  historian: HistorianLink,
  clock: () => Instant,
  counters: Counters,
  log: (line: string) => void,
): Loader {
  const oldestNeeded = (): Instant => {
    const now = clock();
    let from = now - LOOK_BACK_MS;
    for (const line of plant().lines.values()) from = Math.min(from, judgedFrom(runningShift(plant(), line, now), now));
    return minuteOf(from);
  };

  const read = async (machines: readonly string[], meters: readonly string[], from: Instant, to: Instant) => {
    for (let start = from; start < to; start += CHUNK_MS) {
      const query = { from: start, to: Math.min(start + CHUNK_MS, to) };
      const reader = historian.reader();
      const intervals = await reader.intervals(machines, query);
      const pieces = await reader.pieces(machines, query);
      const meterPieces = await reader.meterPieces(meters, query);
      const counterEvents = await reader.counterEvents(query);
      live.mergeFacts({ intervals, pieces, meterPieces, counterEvents });
      await new Promise((done) => setImmediate(done));
    }
  };

  const forgetBefore = (from: Instant): void => {
    for (const id of plant().machines.keys()) live.machine(id).facts.forgetBefore(from);
    for (const id of plant().meters.keys()) live.meter(id).facts.forgetBefore(from);
    live.counterEvents.forgetBefore(from);
  };

  const guarded = async (what: string, job: () => Promise<void>): Promise<void> => {
    try {
      await job();
    } catch (error) {
      counters.count('historian_reads_failed', error instanceof HistorianError ? error.code : 'other');
      if (!(error instanceof HistorianError && error.retryable)) {
        log(`${what} failed: ${error instanceof Error ? error.message : error}`);
      }
    }
  };

  let healedAllAt = clock();
  const loader: Loader = {
    async reload() {
      if (!historian.connected) return;
      await guarded('reading the running shift', async () => {
        const from = oldestNeeded();
        await read([...plant().machines.keys()], [...plant().meters.keys()], from, minuteOf(clock()) + MINUTE);
        live.heldFrom = from;
        forgetBefore(from);
      });
    },
    async tend() {
      if (!historian.connected) return;
      if (live.heldFrom === null) return loader.reload();
      const from = oldestNeeded();
      if (from < live.heldFrom) return loader.reload();
      live.heldFrom = from;
      forgetBefore(from);
      const all = clock() - healedAllAt >= HEAL_ALL_MS;
      if (all) healedAllAt = clock();
      const healFrom = all ? from : Math.max(from, clock() - HEAL_MS);
      const healTo = minuteOf(clock() - SETTLE_MS);
      const machines = [...plant().machines.keys()].filter(
        (id) => live.machine(id).facts.holes(healFrom, healTo).length > 0,
      );
      const meters = [...plant().meters.values()]
        .filter((m) => m.sum === null && live.meter(m.id).facts.holes(healFrom, healTo).length > 0)
        .map((m) => m.id);
      if (machines.length + meters.length === 0) return;
      counters.count('holes_looked_up', '', machines.length + meters.length);
      await guarded('filling holes', () => read(machines, meters, healFrom, healTo));
    },
  };
  return loader;
}
