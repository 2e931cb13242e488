import { type Instant, MINUTE, type Span } from '../time/instant.ts';
import type { MachinePiece, StateInterval } from './facts.ts';

/*
 * The facts of one machine that live figures rest on, merged by key.
 *
 * - Closed facts: a higher revision replaces a lower one, a void one takes its key away.
 * - Open facts are replaced whole. An open interval hides a closed one of the same start; open pieces never hide those of a
 *   closed minute.
 * - Every change says which time it may judge anew: the minute of a piece; for an interval the whole non-running stretches
 *   that it was and is part of.
 */
export class RunningFacts {
  readonly #closed = new Map<Instant, StateInterval>();
  #open = new Map<Instant, StateInterval>();
  /** Starts of all intervals, ascending. */
  readonly #starts: Instant[] = [];
  readonly #minutes = new Map<Instant, Map<string, MachinePiece>>();
  #openPieces = new Map<Instant, MachinePiece[]>();

  upsertPieces(pieces: readonly MachinePiece[]): Span[] {
    const changed: Span[] = [];
    for (const piece of pieces) {
      let minute = this.#minutes.get(piece.minute);
      if (!minute) {
        minute = new Map();
        this.#minutes.set(piece.minute, minute);
      }
      const key = JSON.stringify([piece.state, piece.product, piece.order, piece.slot]);
      if ((minute.get(key)?.revision ?? -1) > piece.revision) continue;
      minute.set(key, piece);
      changed.push({ start: piece.minute, end: piece.minute + MINUTE });
    }
    return changed;
  }

  upsertIntervals(intervals: readonly StateInterval[]): Span[] {
    return intervals.flatMap((interval) => {
      const held = this.#closed.get(interval.start);
      if (held && held.revision > interval.revision) return [];
      return this.#around(interval.start, () => this.#closed.set(interval.start, interval));
    });
  }

  setOpen(intervals: readonly StateInterval[], pieces: readonly MachinePiece[]): Span[] {
    const next = new Map(intervals.filter((i) => !i.void).map((i) => [i.start, i]));
    const changed: Span[] = [];
    for (const start of new Set([...this.#open.keys(), ...next.keys()])) {
      const interval = next.get(start);
      if (sameInterval(this.#open.get(start), interval)) continue;
      changed.push(
        ...this.#around(start, () => {
          if (interval) this.#open.set(start, interval);
          else this.#open.delete(start);
        }),
      );
    }
    this.#openPieces = Map.groupBy(
      pieces.filter((p) => !p.void),
      (p) => p.minute,
    );
    return changed;
  }

  /** The first minute from `from` on that rests on open pieces. */
  openFrom(from: Instant): Instant {
    let first = Number.POSITIVE_INFINITY;
    for (const minute of this.#openPieces.keys()) if (minute + MINUTE > from && minute < first) first = minute;
    return first;
  }

  /** Pieces of the minutes that begin in [from, to), in the order of time. */
  pieces(from: Instant, to: Instant): MachinePiece[] {
    const found: MachinePiece[] = [];
    for (let minute = Math.ceil(from / MINUTE) * MINUTE; minute < to; minute += MINUTE) {
      const closed = [...(this.#minutes.get(minute)?.values() ?? [])].filter((p) => !p.void);
      const own = closed.length > 0 ? closed : (this.#openPieces.get(minute) ?? []);
      found.push(...(own.length > 1 ? [...own].sort((a, b) => a.start - b.start) : own));
    }
    return found;
  }

  /** Intervals that overlap [from, to), and the rest of the stretches that they belong to. */
  intervals(from: Instant, to: Instant): StateInterval[] {
    let first = Math.max(0, this.#indexAfter(from) - 1);
    while (first > 0 && this.#isStop(first)) first--;
    let last = this.#indexAfter(to - 1);
    while (last < this.#starts.length && this.#isStop(last)) last++;
    const found: StateInterval[] = [];
    for (let i = first; i < last; i++) {
      const interval = this.#at(i);
      if (interval) found.push(interval);
    }
    return found;
  }

  /** Start of the non-running stretch that goes on; null while running or where nothing is open. */
  openStretchStart(): Instant | null {
    let i = this.#starts.length - 1;
    const last = this.#at(i);
    if (!last || last.end !== null || last.state === 'running') return null;
    while (i > 0 && this.#isStop(i - 1)) i--;
    return this.#starts[i] ?? null;
  }

  /** Drops what lies wholly before `t`, save the interval in force and its stretch. */
  forget(t: Instant): void {
    for (const minute of this.#minutes.keys()) if (minute + MINUTE <= t) this.#minutes.delete(minute);
    const kept = this.intervals(t, t + 1)[0]?.start ?? t;
    const gone = this.#starts.findIndex((start) => start >= kept);
    for (const start of this.#starts.splice(0, Math.max(gone, 0))) {
      this.#closed.delete(start);
      this.#open.delete(start);
    }
  }

  /** Applies a change to the interval at `start`; returns the time whose judgement it may touch. */
  #around(start: Instant, change: () => void): Span[] {
    const before = this.#stretchAround(start);
    change();
    const i = this.#indexAfter(start) - 1;
    const interval = this.#open.get(start) ?? this.#closed.get(start);
    const wanted = interval !== undefined && !interval.void;
    if (wanted && this.#starts[i] !== start) this.#starts.splice(i + 1, 0, start);
    if (!wanted && this.#starts[i] === start) this.#starts.splice(i, 1);
    return [before, this.#stretchAround(start)];
  }

  /** From the start of the stretch before `t` to the end of the stretch after it. */
  #stretchAround(t: Instant): Span {
    const own = this.intervals(t, t + 1);
    const last = own.at(-1);
    const end = last
      ? (this.#starts[this.#indexAfter(last.start)] ?? Number.POSITIVE_INFINITY)
      : Number.POSITIVE_INFINITY;
    return { start: Math.min(own[0]?.start ?? t, t), end };
  }

  #at(i: number): StateInterval | undefined {
    const start = this.#starts[i];
    return start === undefined ? undefined : (this.#open.get(start) ?? this.#closed.get(start));
  }

  #isStop(i: number): boolean {
    return this.#at(i)?.state !== 'running';
  }

  /** Index of the first start after `t`. */
  #indexAfter(t: Instant): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] as Instant) <= t) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function sameInterval(a: StateInterval | undefined, b: StateInterval | undefined): boolean {
  if (!a || !b) return a === b;
  return a.end === b.end && a.state === b.state && a.reason === b.reason;
}
