import { fingerprint } from '#edge/aggregate/fingerprint.ts';
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
 * - Until then a fact is still coming together: its versions count as one, known from its own time on.
 * - What is older than this memory, or from before a restart, is asked of the journal, which keeps every fact that was sent.
 */

export const HISTORY_AFTER_MS = 15 * MINUTE;

type Kind = ReplacedFact['kind'];
type Fact = ReplacedFact['fact'];

interface Known<F extends Fact = Fact> {
  readonly fact: F;
  readonly knownFrom: Instant;
}

/** What is asked of the journal. */
export interface SentFacts {
  sent(kind: Kind, place: FactPlace): SentFact | null;
  sentBetween(from: Instant, to: Instant): Iterable<SentFact>;
  sentBefore(kind: Kind, owner: string, t: Instant): SentFact | null;
}

export interface SentFact {
  readonly kind: Kind;
  readonly fact: Fact;
  readonly knownFrom: Instant;
}

export interface Applied {
  /** Rows of the history that the batch makes. */
  readonly history: ReplacedFact[];
  /** The facts of the batch with the instants from which they are known, for the journal. */
  readonly sent: SentFact[];
}

export interface FactMemory {
  apply(batch: FactBatch, now: Instant): Applied;
  /** Takes from the journal what was sent from `from` on, of these machines also what went on then. False: it has nothing. */
  restore(machines: Iterable<string>, from: Instant): boolean;
  /** Rows read back from the historian; they replace nothing, and not what is known already. */
  load(facts: Partial<FactBatch>): void;
  /** Facts of a machine whose minute is at or after `from`; intervals that end after it. Void ones are left out. */
  pieces(machine: string, from: Instant): MachinePiece[];
  intervals(machine: string, from: Instant): StateInterval[];
  forgetBefore(t: Instant): void;
}

export function createFactMemory(journal: SentFacts | null = null): FactMemory {
  const pieces = createShelf<MachinePiece>({
    kind: 'piece',
    place: piecePlace,
    settledAt: (f) => f.minute + MINUTE,
    asVoid: (f) => ({ ...f, ...NO_COUNTS, ...NOTHING }),
  });
  const intervals = createShelf<StateInterval>({
    kind: 'interval',
    place: intervalPlace,
    settledAt: (f) => f.end ?? Number.POSITIVE_INFINITY,
    asVoid: (f) => ({ ...f, end: f.start, ...NOTHING }),
  });
  const meterPieces = createShelf<MeterPiece>({
    kind: 'meterPiece',
    place: meterPiecePlace,
    settledAt: (f) => f.minute + MINUTE,
    asVoid: (f) => ({ ...f, ...NO_ENERGY, ...NOTHING }),
  });
  const conditions = createShelf<ConditionMinute>({
    kind: 'condition',
    place: conditionPlace,
    settledAt: (f) => f.minute + MINUTE,
    asVoid: (f) => ({ ...f, coveredSeconds: 0, ...NOTHING }),
  });
  const counterEvents = createShelf<CounterEvent>({
    kind: 'counterEvent',
    place: counterEventPlace,
    settledAt: (f) => f.t + MINUTE,
    asVoid: (f) => ({ ...f, counted: 0, ...NOTHING }),
  });

  function applyAll<F extends Fact>(into: Applied, shelf: Shelf<F>, facts: readonly F[], now: Instant): void {
    const { kind } = shelf;
    const oldest = now - HISTORY_AFTER_MS;
    for (const fact of facts) {
      const place = shelf.place(fact);
      const isOld = shelf.settledAt(fact) <= oldest;
      // The journal is asked about old minutes only: a young one is in this memory, or new.
      const before = shelf.get(place) ?? (isOld && journal ? (journal.sent(kind, place) as Known<F> | null) : null);
      if (before && before.fact.revision > fact.revision) continue;
      const isCorrection = isOld && (!before || shelf.settledAt(before.fact) <= oldest);
      // Nobody knows what stood there: a rewrite of something that was sent before this edge kept what it sends.
      const isUnheard = !before && fact.revision > 1 && !journal;
      const isChange = before ? fingerprint(before.fact) !== fingerprint(fact) : fact.void !== true && !isUnheard;
      const known = before?.knownFrom ?? place.t;
      const isKept = isCorrection && isChange && known < now;
      if (isKept) into.history.push({ kind, fact: before?.fact ?? shelf.asVoid(fact), knownFrom: known, knownTo: now });
      const knownFrom = isKept ? now : known;
      shelf.put(place, { fact, knownFrom });
      into.sent.push({ kind, fact, knownFrom });
    }
  }

  return {
    apply(batch, now) {
      const done: Applied = { history: [], sent: [] };
      applyAll(done, intervals, batch.intervals, now);
      applyAll(done, pieces, batch.pieces, now);
      applyAll(done, meterPieces, batch.meterPieces, now);
      applyAll(done, conditions, batch.conditions, now);
      applyAll(done, counterEvents, batch.counterEvents, now);
      return done;
    },
    restore(machines, from) {
      if (!journal) return false;
      let any = false;
      for (const { kind, fact, knownFrom } of journal.sentBetween(from, Number.MAX_SAFE_INTEGER)) {
        any = true;
        if (kind === 'piece') pieces.add(fact as MachinePiece, knownFrom);
        else if (kind === 'interval') intervals.add(fact as StateInterval, knownFrom);
        else if (kind === 'meterPiece') meterPieces.add(fact as MeterPiece, knownFrom);
        else if (kind === 'condition') conditions.add(fact as ConditionMinute, knownFrom);
        else counterEvents.add(fact as CounterEvent, knownFrom);
      }
      for (const machine of machines) {
        const goingOn = journal.sentBefore('interval', machine, from);
        if (goingOn) intervals.add(goingOn.fact as StateInterval, goingOn.knownFrom);
      }
      return any;
    },
    load(facts) {
      for (const f of facts.pieces ?? []) pieces.add(f, f.minute);
      for (const f of facts.intervals ?? []) intervals.add(f, f.start);
      for (const f of facts.meterPieces ?? []) meterPieces.add(f, f.minute);
    },
    pieces: (machine, from) => pieces.of(machine, (f) => f.minute >= from),
    intervals: (machine, from) => intervals.of(machine, (f) => f.end === null || f.end > from),
    forgetBefore(t) {
      for (const shelf of [pieces, intervals, meterPieces, conditions, counterEvents]) shelf.forgetBefore(t);
    },
  };
}

const NOTHING = { revision: 0, void: true };
const NO_COUNTS = { totalCount: 0, goodCount: 0, rejectCount: 0 };
const NO_ENERGY = { energyWh: 0, exportWh: 0, varh: 0, coveredSeconds: 0 };

interface ShelfOf<F extends Fact> {
  readonly kind: Kind;
  readonly place: (fact: F) => FactPlace;
  /** The instant after which a change of the fact is a correction. */
  readonly settledAt: (fact: F) => Instant;
  /** What says that the key of the fact was not there. */
  readonly asVoid: (fact: F) => F;
}

interface Shelf<F extends Fact> extends ShelfOf<F> {
  get(place: FactPlace): Known<F> | null;
  put(place: FactPlace, known: Known<F>): void;
  /** Puts it unless this or a newer version is there. */
  add(fact: F, knownFrom: Instant): void;
  of(owner: string, wanted: (fact: F) => boolean): F[];
  forgetBefore(t: Instant): void;
}

function createShelf<F extends Fact>(what: ShelfOf<F>): Shelf<F> {
  const { place, settledAt } = what;
  const owners = new Map<string, Map<string, Known<F>>>();
  const get = ({ owner, t, key }: FactPlace) => owners.get(owner)?.get(`${t} ${key}`) ?? null;
  function put({ owner, t, key }: FactPlace, known: Known<F>): void {
    let rows = owners.get(owner);
    if (!rows) {
      rows = new Map();
      owners.set(owner, rows);
    }
    rows.set(`${t} ${key}`, known);
  }
  return {
    ...what,
    get,
    put,
    add(fact, knownFrom) {
      const at = place(fact);
      const before = get(at);
      if (!before || before.fact.revision < fact.revision) put(at, { fact, knownFrom });
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
