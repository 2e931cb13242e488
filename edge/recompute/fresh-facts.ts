import { committedOf, type FactKind } from '#edge/journal/facts.ts';
import type { Journal } from '#edge/journal/journal.ts';
import type { FactBatch, ReplacedFact, StateInterval } from '#shared/oee/facts.ts';
import { placeOf } from '#shared/store/fact-key.ts';
import type { Instant } from '#shared/time/instant.ts';

export type AnyFact = ReplacedFact['fact'];

export interface KeyedFact {
  readonly kind: FactKind;
  readonly fact: AnyFact;
}

/*
 * What a recomputation makes, held against what was sent.
 *
 * - Of a fact that is as it was sent only its key is kept: most are, and there may be weeks of them.
 * - Intervals are kept whole: where the recomputation of a machine begins depends on them.
 */
export class FreshFacts {
  readonly #changed = new Map<string, KeyedFact>();
  readonly #same = new Set<string>();
  readonly #intervals = new Map<string, Map<Instant, StateInterval>>();
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Facts as an aggregator emits them; later ones replace earlier ones of their key. */
  take(batch: FactBatch): void {
    for (const interval of batch.intervals) this.#takeInterval(interval);
    for (const { kind, fact } of committedOf({ ...batch, intervals: [] }, null)) {
      const id = idOf({ kind, fact });
      this.#changed.delete(id);
      this.#same.delete(id);
      if (fact.void === true) continue;
      if (isSame(fact, this.#journal.sent(kind, placeOf({ kind, fact }))?.fact)) this.#same.add(id);
      else this.#changed.set(id, { kind, fact });
    }
  }

  #takeInterval(interval: StateInterval): void {
    const own = this.#intervals.get(interval.machine) ?? new Map<Instant, StateInterval>();
    this.#intervals.set(interval.machine, own);
    if (interval.void === true) own.delete(interval.start);
    else own.set(interval.start, interval);
  }

  /** Intervals of a machine in order of time. */
  intervals(machine: string): StateInterval[] {
    return [...(this.#intervals.get(machine)?.values() ?? [])].sort((a, b) => a.start - b.start);
  }

  /** All but intervals. */
  changed(): Iterable<KeyedFact> {
    return this.#changed.values();
  }

  has(fact: KeyedFact): boolean {
    const id = idOf(fact);
    return this.#same.has(id) || this.#changed.has(id);
  }

  isSame(fact: KeyedFact): boolean {
    return this.#same.has(idOf(fact));
  }

  get sameCount(): number {
    return this.#same.size;
  }
}

function idOf(fact: KeyedFact): string {
  const { owner, t, key } = placeOf(fact);
  return `${fact.kind} ${owner} ${t} ${key}`;
}

/** Sums of floats depend a little on the order in which samples came. */
const EXACT = 1e-9;

/** Equal but for the revision, and standing. */
export function isSame(fact: AnyFact, sent: AnyFact | undefined): boolean {
  if (sent === undefined || sent.void === true) return false;
  const was = sent as unknown as Readonly<Record<string, unknown>>;
  const names = new Set([...Object.keys(fact), ...Object.keys(sent)]);
  names.delete('revision');
  return [...names].every((name) => {
    const a = (fact as unknown as Readonly<Record<string, unknown>>)[name];
    const b = was[name];
    if (typeof a !== 'number' || typeof b !== 'number') return a === b;
    return Math.abs(a - b) <= EXACT * Math.max(1, Math.abs(a));
  });
}

/** The key is gone: every number 0. */
export function voidOf({ kind, fact }: KeyedFact): AnyFact {
  switch (kind) {
    case 'interval': {
      const interval = fact as StateInterval;
      return { ...interval, end: interval.start, void: true };
    }
    case 'piece':
      return { ...fact, totalCount: 0, goodCount: 0, rejectCount: 0, void: true };
    case 'meterPiece':
      return { ...fact, energyWh: 0, exportWh: 0, varh: 0, coveredSeconds: 0, void: true };
    case 'condition':
      return { ...fact, min: 0, mean: 0, max: 0, last: 0, coveredSeconds: 0, void: true };
    case 'counterEvent':
      return { ...fact, counted: 0, void: true };
  }
}
