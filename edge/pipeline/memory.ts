import type {
  ConditionMinute,
  CounterEvent,
  FactBatch,
  MachinePiece,
  MeterPiece,
  ReplacedFact,
  StateInterval,
} from '#shared/oee/facts.ts';
import {
  conditionPlace,
  counterEventPlace,
  type FactPlace,
  intervalPlace,
  meterPiecePlace,
  piecePlace,
} from '#shared/store/fact-key.ts';
import { type Instant, MINUTE } from '#shared/time/instant.ts';

/*
 * Facts that this edge sent lately, by key: the running shifts' figures are taken from them, and when an old one is
 * replaced they say what stood there before.
 *
 * - A fact enters when it is committed, with the instant from which it was known.
 * - The history keeps what was replaced after its minute was 15 minutes old (ARCHITECTURE, "As known then"). An open interval
 *   that ends is not a replacement; an old key that appears only now replaces "nothing": a void row.
 */

export const HISTORY_AFTER_MS = 15 * MINUTE;

type Kind = ReplacedFact['kind'];
type Fact = ReplacedFact['fact'];

interface Known<F extends Fact = Fact> {
  readonly fact: F;
  readonly knownFrom: Instant;
}

export interface FactMemory {
  /** Takes the batch in; returns the rows of the history that it makes. */
  apply(batch: FactBatch, now: Instant): ReplacedFact[];
  /** Rows read back from the historian after a restart; they replace nothing. */
  load(facts: Partial<FactBatch>): void;
  /** Facts of a machine whose minute is at or after `from`; intervals that end after it. Void ones are left out. */
  pieces(machine: string, from: Instant): MachinePiece[];
  intervals(machine: string, from: Instant): StateInterval[];
  forgetBefore(t: Instant): void;
}

export function createFactMemory(): FactMemory {
  const pieces = createShelf<MachinePiece>(piecePlace, (f) => f.minute + MINUTE);
  const intervals = createShelf<StateInterval>(intervalPlace, (f) => f.end ?? Number.POSITIVE_INFINITY);
  const meterPieces = createShelf<MeterPiece>(meterPiecePlace, (f) => f.minute + MINUTE);
  const conditions = createShelf<ConditionMinute>(conditionPlace, (f) => f.minute + MINUTE);
  const counterEvents = createShelf<CounterEvent>(counterEventPlace, (f) => f.t + MINUTE);
  return {
    apply(batch, now) {
      const oldest = now - HISTORY_AFTER_MS;
      const replaced: ReplacedFact[] = [];
      const take = <F extends Fact>(kind: Kind, shelf: Shelf<F>, facts: readonly F[], asVoid: (fact: F) => F) => {
        for (const fact of facts) {
          const before = shelf.put(fact, now);
          const settledAt = before ? shelf.settledAt(before.fact) : shelf.settledAt(fact);
          if (Math.min(settledAt, shelf.settledAt(fact)) > oldest) continue;
          if (!before && fact.revision > 1) continue;
          const row = before ?? { fact: asVoid(fact), knownFrom: shelf.settledAt(fact) };
          replaced.push({ kind, fact: row.fact, knownFrom: row.knownFrom, knownTo: now });
        }
      };
      take('interval', intervals, batch.intervals, (f) => ({ ...f, end: f.start, revision: 0, void: true }));
      take('piece', pieces, batch.pieces, (f) => ({ ...f, ...NO_COUNTS, revision: 0, void: true }));
      take('meterPiece', meterPieces, batch.meterPieces, (f) => ({ ...f, ...NO_ENERGY, revision: 0, void: true }));
      take('condition', conditions, batch.conditions, (f) => ({ ...f, coveredSeconds: 0, revision: 0, void: true }));
      take('counterEvent', counterEvents, batch.counterEvents, (f) => ({ ...f, counted: 0, revision: 0, void: true }));
      return replaced;
    },
    load(facts) {
      for (const f of facts.pieces ?? []) pieces.put(f, f.minute + MINUTE);
      for (const f of facts.intervals ?? []) intervals.put(f, f.start);
      for (const f of facts.meterPieces ?? []) meterPieces.put(f, f.minute + MINUTE);
    },
    pieces: (machine, from) => pieces.of(machine, (f) => f.minute >= from),
    intervals: (machine, from) => intervals.of(machine, (f) => f.end === null || f.end > from),
    forgetBefore(t) {
      for (const shelf of [pieces, intervals, meterPieces, conditions, counterEvents]) shelf.forgetBefore(t);
    },
  };
}

const NO_COUNTS = { totalCount: 0, goodCount: 0, rejectCount: 0 };
const NO_ENERGY = { energyWh: 0, exportWh: 0, varh: 0, coveredSeconds: 0 };

interface Shelf<F extends Fact> {
  /** The row that stood there before, unless the new one is older. */
  put(fact: F, knownFrom: Instant): Known<F> | null;
  of(owner: string, wanted: (fact: F) => boolean): F[];
  /** The instant after which a change of the fact is a correction. */
  settledAt(fact: F): Instant;
  forgetBefore(t: Instant): void;
}

function createShelf<F extends Fact>(place: (fact: F) => FactPlace, settledAt: (fact: F) => Instant): Shelf<F> {
  const owners = new Map<string, Map<string, Known<F>>>();
  return {
    settledAt,
    put(fact, knownFrom) {
      const { owner, t, key } = place(fact);
      let rows = owners.get(owner);
      if (!rows) {
        rows = new Map();
        owners.set(owner, rows);
      }
      const id = `${t} ${key}`;
      const before = rows.get(id) ?? null;
      if (before && before.fact.revision > fact.revision) return null;
      rows.set(id, { fact, knownFrom });
      return before;
    },
    of(owner, wanted) {
      const found: F[] = [];
      for (const { fact } of owners.get(owner)?.values() ?? []) {
        if (fact.void !== true && wanted(fact)) found.push(fact);
      }
      return found.sort((a, b) => place(a).t - place(b).t || startOf(a) - startOf(b));
    },
    forgetBefore(t) {
      for (const rows of owners.values()) {
        for (const [id, { fact }] of rows) if (settledAt(fact) < t) rows.delete(id);
      }
    },
  };
}

function startOf(fact: Fact): Instant {
  return 'start' in fact ? fact.start : 0;
}
