import type { CounterEvent, FactBatch, MachinePiece, MeterPiece, StateInterval } from '#shared/oee/facts.ts';
import { type Instant, MINUTE } from '#shared/time/instant.ts';

/*
 * Facts of one fold, in memory: what a historian would return, for the minutes that queries look at. Later facts replace
 * earlier ones of their key; void ones take it away.
 */
export class FactStore {
  readonly #from: Instant;
  readonly #to: Instant;
  readonly #intervals = new Map<string, Map<Instant, StateInterval>>();
  readonly #pieces = new Map<string, Map<Instant, MachinePiece[]>>();
  readonly #meterPieces = new Map<string, Map<Instant, MeterPiece[]>>();
  readonly #events = new Map<string, CounterEvent>();

  /** Keeps pieces of minutes that overlap [from, to); intervals and counter events all. */
  constructor(from: Instant, to: Instant) {
    this.#from = from - MINUTE;
    this.#to = to;
  }

  add(batch: FactBatch): void {
    for (const interval of batch.intervals) {
      const own = entryOf(this.#intervals, interval.machine, newMap<Instant, StateInterval>);
      if (interval.void) own.delete(interval.start);
      else own.set(interval.start, interval);
    }
    for (const piece of batch.pieces) {
      if (!this.#keeps(piece.minute)) continue;
      const minutes = entryOf(this.#pieces, piece.machine, newMap<Instant, MachinePiece[]>);
      replace(entryOf(minutes, piece.minute, newList<MachinePiece>), piece, samePiece);
    }
    for (const piece of batch.meterPieces) {
      if (!this.#keeps(piece.minute)) continue;
      const minutes = entryOf(this.#meterPieces, piece.meter, newMap<Instant, MeterPiece[]>);
      replace(entryOf(minutes, piece.minute, newList<MeterPiece>), piece, sameMeterPiece);
    }
    for (const event of batch.counterEvents) {
      const key = `${event.signal} ${event.t}`;
      if (event.void) this.#events.delete(key);
      else this.#events.set(key, event);
    }
  }

  /**
   * All intervals of a machine, by start. Time from `since` to its first one is unknown and part of its stretch: nobody said
   * anything yet.
   */
  intervals(machine: string, since: Instant): StateInterval[] {
    const own = [...(this.#intervals.get(machine)?.values() ?? [])].sort((a, b) => a.start - b.start);
    const first = own[0];
    if (first && first.start > since) {
      own.unshift({ machine, start: since, end: first.start, state: 'unknown', reason: null, revision: 0 });
    }
    return own;
  }

  /** Pieces of a machine whose minute overlaps [from, to), by start. */
  pieces(machine: string, from: Instant, to: Instant): MachinePiece[] {
    return rowsOf(this.#pieces.get(machine), from, to);
  }

  meterPieces(meters: Iterable<string>, from: Instant, to: Instant): MeterPiece[] {
    return [...meters].flatMap((meter) => rowsOf(this.#meterPieces.get(meter), from, to));
  }

  get counterEvents(): CounterEvent[] {
    return [...this.#events.values()];
  }

  #keeps(minute: Instant): boolean {
    return minute > this.#from && minute < this.#to;
  }
}

function rowsOf<F extends { readonly start: Instant }>(
  minutes: ReadonlyMap<Instant, readonly F[]> | undefined,
  from: Instant,
  to: Instant,
): F[] {
  const found: F[] = [];
  for (const [minute, rows] of minutes ?? []) if (minute > from - MINUTE && minute < to) found.push(...rows);
  return found.sort((a, b) => a.start - b.start);
}

function replace<F extends { readonly void?: boolean }>(rows: F[], row: F, same: (a: F, b: F) => boolean): void {
  const at = rows.findIndex((r) => same(r, row));
  if (row.void) {
    if (at >= 0) rows.splice(at, 1);
  } else if (at >= 0) rows[at] = row;
  else rows.push(row);
}

function samePiece(a: MachinePiece, b: MachinePiece): boolean {
  return a.slot === b.slot && a.state === b.state && a.product === b.product && a.order === b.order;
}

function sameMeterPiece(a: MeterPiece, b: MeterPiece): boolean {
  return (
    a.machine === b.machine &&
    a.slot === b.slot &&
    a.state === b.state &&
    a.product === b.product &&
    a.order === b.order
  );
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function newMap<K, V>(): Map<K, V> {
  return new Map();
}

function newList<T>(): T[] {
  return [];
}
