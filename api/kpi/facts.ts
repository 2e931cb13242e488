import type { CounterEvent, MachinePiece, MeterPiece, StateInterval } from '#shared/oee/facts.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { HistorianLink } from '../historian/link.ts';
import type { LiveStore } from '../live/store.ts';

/*
 * Facts of a window, from memory as far as it holds them and from the historian before that.
 *
 * - Memory holds everything since `heldFrom`, joined with the historian, open minutes included; so both never overlap.
 * - `asOf` asks the historian alone: memory knows only the present.
 * - Long reads are done a day at a time with a breath between, so that live screens do not wait for a report.
 */
export interface FactReader {
  /** @throws HistorianError (retryable) while there is no historian and memory does not reach back far enough. */
  ofMachine(machine: string, from: Instant, to: Instant, asOf?: Instant): Promise<WindowFacts>;
  /** Intervals alone, as known now, over however many days: for what no piece decides. */
  intervalsOf(machine: string, from: Instant, to: Instant): Promise<Omit<WindowFacts, 'pieces'>>;
  ofMeters(meters: readonly string[], from: Instant, to: Instant, asOf?: Instant): Promise<MeterPiece[]>;
  counterEvents(from: Instant, to: Instant, asOf?: Instant): Promise<readonly CounterEvent[]>;
}

export interface WindowFacts {
  /** Those that overlap the window, with the rest of the stretches that it cuts. */
  readonly intervals: readonly StateInterval[];
  readonly pieces: readonly MachinePiece[];
  /** How far time has gone for this machine. */
  readonly knownUntil: Instant;
}

const DAY = 86_400_000;

export function createFactReader(historian: HistorianLink, live: LiveStore): FactReader {
  const heldFrom = (asOf: Instant | undefined): Instant =>
    asOf === undefined && live.heldFrom !== null ? live.heldFrom : Number.POSITIVE_INFINITY;

  return {
    async ofMachine(machine, from, to, asOf) {
      const held = heldFrom(asOf);
      const pieces: MachinePiece[] = [];
      let intervals: StateInterval[] = [];
      const query = (a: Instant, b: Instant) => ({ from: a, to: b, ...(asOf !== undefined && { asOf }) });
      const past = Math.min(to, held);
      if (from < past) {
        const reader = historian.reader();
        for (let start = from; start < past; start += DAY) {
          const end = Math.min(start + DAY, past);
          for (const piece of await reader.pieces([machine], query(start, end))) pieces.push(piece);
          await breath();
        }
        intervals = await reader.intervals([machine], query(from, past));
        if (asOf !== undefined) intervals = asOpenThen(intervals, asOf);
      }
      let knownUntil = asOf ?? pieces.at(-1)?.end ?? from;
      if (asOf === undefined) {
        const now = live.machine(machine).facts.known(Math.max(from, Number.isFinite(held) ? held : from));
        if (now.to !== null) knownUntil = Math.max(knownUntil, now.to);
        if (to > held) {
          for (const piece of now.pieces) if (piece.start < to) pieces.push(piece);
        }
        if (Number.isFinite(held)) intervals = joinIntervals(intervals, now.intervals);
      }
      return { intervals, pieces, knownUntil };
    },
    async intervalsOf(machine, from, to) {
      const held = heldFrom(undefined);
      const past = Math.min(to, held);
      const older = from < past ? await historian.reader().intervals([machine], { from, to: past }) : [];
      const now = live.machine(machine).facts.known(Math.max(from, Number.isFinite(held) ? held : from));
      const intervals = Number.isFinite(held) ? joinIntervals(older, now.intervals) : older;
      return { intervals, knownUntil: now.to ?? older.at(-1)?.end ?? from };
    },
    async ofMeters(meters, from, to, asOf) {
      const held = heldFrom(asOf);
      const rows: MeterPiece[] = [];
      const past = Math.min(to, held);
      if (from < past) {
        const reader = historian.reader();
        for (let start = from; start < past; start += DAY) {
          const end = Math.min(start + DAY, past);
          const query = { from: start, to: end, ...(asOf !== undefined && { asOf }) };
          for (const meter of meters) {
            for (const row of await reader.meterPieces([meter], query)) rows.push(row);
            await breath();
          }
        }
      }
      if (to > held) {
        for (const meter of meters) {
          for (const row of live.meter(meter).facts.known(Math.max(from, held))) if (row.start < to) rows.push(row);
        }
      }
      return rows;
    },
    async counterEvents(from, to, asOf) {
      const past = historian.connected
        ? await historian.reader().counterEvents({ from, to, ...(asOf !== undefined && { asOf }) })
        : [];
      if (asOf !== undefined) return past;
      const newest = new Map(past.map((e) => [`${e.signal} ${e.t}`, e]));
      for (const event of live.counterEvents.all()) {
        const key = `${event.signal} ${event.t}`;
        if (event.t < from || event.t >= to || (newest.get(key)?.revision ?? -1) > event.revision) continue;
        if (event.void) newest.delete(key);
        else newest.set(key, event);
      }
      return [...newest.values()].sort((a, b) => a.t - b.t);
    },
  };
}

/**
 * At `asOf` nobody knew how a stop would go on: what ended later was still open, what began later was not there. Else a stop
 * that was small then would count as the long one that it became.
 */
export function asOpenThen(intervals: readonly StateInterval[], asOf: Instant): StateInterval[] {
  return intervals.filter((i) => i.start < asOf).map((i) => (i.end !== null && i.end > asOf ? { ...i, end: null } : i));
}

/**
 * Both in time order. What began before the last that the historian told of is the historian's to tell, save that memory may know
 * of the same interval something newer: an interval that was open while an edge wrote its past stays open in memory, because no
 * message ever ended it.
 */
export function joinIntervals(past: readonly StateInterval[], now: readonly StateInterval[]): StateInterval[] {
  const last = past.at(-1);
  if (!last) return [...now];
  const held = new Map(now.map((i) => [i.start, i]));
  const before = past.map((i) => {
    const known = held.get(i.start);
    return known && known.revision > i.revision ? known : i;
  });
  const later = now.filter((i) => i.start > last.start);
  const first = later[0];
  const joint = before.at(-1);
  if (first && joint && (joint.end === null || joint.end > first.start)) {
    before[before.length - 1] = { ...joint, end: first.start };
  }
  return [...before, ...later];
}

function breath(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}
