import type { FactHeader } from '#shared/oee/facts.ts';
import type { Instant } from '#shared/time/instant.ts';

interface Group<F> {
  rows: readonly F[];
  /** Keys that were sent and are gone; null where nobody knows (a group read back from the journal). */
  spent: Set<string> | null;
}

/**
 * What was emitted so far, in groups (a minute, mostly), so that only changed facts go out again.
 *
 * - A row that is as it was is not sent again; one that changed goes out whole; one whose key is gone goes out void.
 * - The first row of a key has revision 1. A rewrite has the number of the take that makes it: takes are numbered over
 *   the whole life of a checkpoint, so it is always higher than what the key had before.
 */
export class Emitted<F extends FactHeader> {
  readonly #groups = new Map<Instant, Group<F>>();
  readonly #keyOf: (row: F) => string;
  readonly #voided: (row: F) => F;

  constructor(keyOf: (row: F) => string, voided: (row: F) => F) {
    this.#keyOf = keyOf;
    this.#voided = voided;
  }

  /** Puts into `out` what differs from what the group held; `rows` come with revision 1. True where anything did. */
  replace(at: Instant, rows: readonly F[], take: number, out: F[]): boolean {
    const group = this.#groups.get(at);
    if (!group) {
      if (rows.length === 0) return false;
      for (const row of rows) out.push(row);
      this.#groups.set(at, { rows, spent: NEVER_SPENT });
      return true;
    }
    const [only] = rows;
    const [held] = group.rows;
    if (rows.length === 1 && group.rows.length === 1 && only && held && sameFact(held, only)) return false;
    return this.#rewrite(group, rows, take, out);
  }

  #rewrite(group: Group<F>, rows: readonly F[], take: number, out: F[]): boolean {
    const gone = new Map(group.rows.map((row) => [this.#keyOf(row), row]));
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
      const isNew = !before && group.spent !== null && !group.spent.has(key);
      const now = isNew ? row : { ...row, revision: take };
      changed = true;
      kept.push(now);
      out.push(now);
    }
    for (const [key, row] of gone) {
      changed = true;
      out.push({ ...this.#voided(row), revision: take, void: true });
      if (group.spent) group.spent = new Set(group.spent).add(key);
    }
    group.rows = kept;
    return changed;
  }

  groups(): Iterable<Instant> {
    return this.#groups.keys();
  }

  /** Takes rows for sent that an earlier life of this machine sent. */
  assume(at: Instant, rows: readonly F[]): void {
    if (!this.#groups.has(at)) this.#groups.set(at, { rows, spent: null });
  }

  forget(before: Instant): void {
    for (const at of this.#groups.keys()) if (at < before) this.#groups.delete(at);
  }

  pack(): PackedEmitted<F> {
    return [...this.#groups].map(([at, { rows, spent }]) => ({ at, rows, spent: spent && [...spent] }));
  }

  unpack(packed: PackedEmitted<F>): void {
    for (const { at, rows, spent } of packed) this.#groups.set(at, { rows, spent: spent && new Set(spent) });
  }
}

/** Shared by the many groups that never lost a key; copied before it is added to. */
const NEVER_SPENT: Set<string> = new Set();

/** Plain JSON. */
export type PackedEmitted<F> = readonly {
  readonly at: Instant;
  readonly rows: readonly F[];
  readonly spent: readonly string[] | null;
}[];

function sameFact<F extends FactHeader>(a: F, b: F): boolean {
  const keys = Object.keys(b) as (keyof F)[];
  if (Object.keys(a).length !== keys.length) return false;
  for (const key of keys) if (key !== 'revision' && !Object.is(a[key], b[key])) return false;
  return true;
}
