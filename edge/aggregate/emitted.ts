import type { FactHeader, ReplacedFact } from '#shared/oee/facts.ts';
import type { Instant } from '#shared/time/instant.ts';

/** One run of `takeChanges`: which revision it writes, how far time has come, and where replaced rows go. */
export interface Emission {
  readonly revision: number;
  readonly now: Instant;
  readonly history: ReplacedFact[];
}

/** Rows older than this keep the row they replace, for `asOf`. */
const HISTORY_AFTER_MS = 15 * 60_000;

/**
 * What was emitted so far, grouped (by minute, mostly), so that only changed facts go out again.
 *
 * - A row that is as it was is not sent again; one that changed goes out whole with the new revision; one whose key is
 *   gone goes out void.
 */
export class Emitted<F extends FactHeader> {
  readonly #groups = new Map<Instant, { rows: F[]; at: Instant }>();
  readonly #kind: ReplacedFact['kind'];
  readonly #keyOf: (row: F) => string;
  readonly #voided: (row: F) => F;

  constructor(kind: ReplacedFact['kind'], keyOf: (row: F) => string, voided: (row: F) => F) {
    this.#kind = kind;
    this.#keyOf = keyOf;
    this.#voided = voided;
  }

  /** Puts into `out` what differs from what the group held. True where anything did. */
  replace(group: Instant, rows: F[], out: F[], emission: Emission): boolean {
    const old = this.#groups.get(group);
    if (!old) {
      if (rows.length === 0) return false;
      for (const row of rows) out.push(row);
      this.#groups.set(group, { rows, at: emission.now });
      return true;
    }
    const gone = new Map(old.rows.map((row) => [this.#keyOf(row), row]));
    const kept: F[] = [];
    let changed = false;
    for (const row of rows) {
      const key = this.#keyOf(row);
      const before = gone.get(key);
      gone.delete(key);
      if (before && sameFact(before, row)) {
        kept.push(before);
        continue;
      }
      changed = true;
      kept.push(row);
      out.push(row);
      if (before) this.#remember(before, group, old.at, emission);
    }
    for (const row of gone.values()) {
      changed = true;
      out.push({ ...this.#voided(row), revision: emission.revision, void: true });
      this.#remember(row, group, old.at, emission);
    }
    if (!changed) return false;
    if (kept.length > 0) this.#groups.set(group, { rows: kept, at: emission.now });
    else this.#groups.delete(group);
    return true;
  }

  #remember(row: F, group: Instant, knownFrom: Instant, emission: Emission): void {
    if (group >= emission.now - HISTORY_AFTER_MS) return;
    const fact = row as F & ReplacedFact['fact'];
    emission.history.push({ kind: this.#kind, fact, knownFrom, knownTo: emission.now });
  }

  groups(): Iterable<Instant> {
    return this.#groups.keys();
  }

  forget(before: Instant): void {
    for (const group of this.#groups.keys()) if (group < before) this.#groups.delete(group);
  }

  pack(): PackedEmitted<F> {
    return [...this.#groups].map(([group, { rows, at }]) => ({ group, rows, at }));
  }

  unpack(packed: PackedEmitted<F>): void {
    for (const { group, rows, at } of packed) this.#groups.set(group, { rows: [...rows], at });
  }
}

export type PackedEmitted<F> = readonly { readonly group: Instant; readonly rows: readonly F[]; readonly at: Instant }[];

function sameFact<F extends FactHeader>(a: F, b: F): boolean {
  const keys = Object.keys(b) as (keyof F)[];
  if (Object.keys(a).length !== keys.length) return false;
  for (const key of keys) if (key !== 'revision' && !Object.is(a[key], b[key])) return false;
  return true;
}
