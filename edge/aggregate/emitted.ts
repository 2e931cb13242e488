import type { FactHeader } from '#shared/oee/facts.ts';
import type { Instant } from '#shared/time/instant.ts';
import { fingerprint } from './fingerprint.ts';
import { finite } from './series.ts';

interface Sent {
  readonly print: number;
  readonly revision: number;
  /** The key was sent and is gone. */
  readonly isVoid: boolean;
}

interface Group<F> {
  /** What was sent, by key; null until it is asked for. */
  rows: Map<string, Sent> | null;
  /** The rows of the first sending, as long as `rows` is null. */
  first: readonly F[];
  /** Every key that was ever sent is in it; not so in a group that was forgotten and made again. */
  readonly complete: boolean;
}

/**
 * What was emitted so far, in groups (a minute, mostly), so that only changed facts go out again.
 *
 * - A row that is as it was is not sent again; one that changed goes out whole; one whose key is gone goes out void.
 * - The first row of a key has revision 1. A rewrite has the number of the take that makes it: takes are numbered over
 *   the whole life of a checkpoint, so it is always higher than what the key had before.
 * - Of a row only its key and a fingerprint are kept, because the checkpoint carries them with every commit. They are made
 *   when the group is looked at again: most groups are sent once, and in a long replay nobody asks.
 */
export class Emitted<F extends FactHeader> {
  readonly #groups = new Map<Instant, Group<F>>();
  /** Groups before it were forgotten once: what was sent of them and taken back is not known. */
  #forgottenTo: Instant = Number.NEGATIVE_INFINITY;
  readonly #keyOf: (row: F) => string;
  readonly #voidOf: (at: Instant, key: string) => F;

  /** `voidOf` makes the empty row of a key. */
  constructor(keyOf: (row: F) => string, voidOf: (at: Instant, key: string) => F) {
    this.#keyOf = keyOf;
    this.#voidOf = voidOf;
  }

  /** Puts into `out` what differs from what the group held; `rows` come with revision 1. True where anything did. */
  replace(at: Instant, rows: readonly F[], take: number, out: F[]): boolean {
    const group = this.#groups.get(at);
    if (!group) {
      if (rows.length === 0) return false;
      const complete = at >= this.#forgottenTo;
      const first = complete ? rows : rows.map((row) => ({ ...row, revision: take }));
      this.#groups.set(at, { rows: null, first, complete });
      for (const row of first) out.push(row);
      return true;
    }
    const sentRows = this.#sentIn(group);
    let changed = false;
    for (const row of rows) {
      const key = this.#keyOf(row);
      const print = fingerprint(row);
      const before = sentRows.get(key);
      if (before && !before.isVoid && before.print === print) continue;
      const revision = before || !group.complete ? take : 1;
      sentRows.set(key, { print, revision, isVoid: false });
      out.push(revision === 1 ? row : { ...row, revision });
      changed = true;
    }
    if (rows.length < standing(sentRows)) changed = this.#voidAllBut(sentRows, at, rows, take, out) || changed;
    return changed;
  }

  #sentIn(group: Group<F>): Map<string, Sent> {
    if (group.rows) return group.rows;
    const rows = new Map<string, Sent>();
    for (const row of group.first) {
      rows.set(this.#keyOf(row), { print: fingerprint(row), revision: row.revision, isVoid: false });
    }
    group.rows = rows;
    group.first = [];
    return rows;
  }

  #voidAllBut(sentRows: Map<string, Sent>, at: Instant, rows: readonly F[], take: number, out: F[]): boolean {
    const keys = new Set(rows.map(this.#keyOf));
    let changed = false;
    for (const [key, sent] of sentRows) {
      if (sent.isVoid || keys.has(key)) continue;
      sentRows.set(key, { print: 0, revision: take, isVoid: true });
      out.push({ ...this.#voidOf(at, key), revision: take, void: true });
      changed = true;
    }
    return changed;
  }

  groups(): Iterable<Instant> {
    return this.#groups.keys();
  }

  /** Takes over what really was sent, from `heldFrom` on at least; older groups are what the journal says was sent. */
  adopt(real: Emitted<F>, heldFrom: Instant): void {
    const from = Math.min(heldFrom, ...real.#groups.keys());
    this.#forgottenTo = Math.max(real.#forgottenTo, from);
    for (const [at, group] of this.#groups) {
      if (at >= from) this.#groups.delete(at);
      else this.#groups.set(at, { ...group, complete: false });
    }
    for (const [at, group] of real.#groups) if (at >= from) this.#groups.set(at, group);
  }

  forget(before: Instant): void {
    for (const at of this.#groups.keys()) if (at < before) this.#groups.delete(at);
  }

  pack(): PackedEmitted {
    const keys = new Map<string, number>();
    const groups = [...this.#groups].map(([at, group]) => {
      const flat: number[] = [];
      for (const [key, { print, revision, isVoid }] of this.#sentIn(group)) {
        const index = keys.get(key) ?? keys.size;
        keys.set(key, index);
        flat.push(index, isVoid ? -1 : print, revision);
      }
      return { at, complete: group.complete, rows: flat };
    });
    return { keys: [...keys.keys()], groups, forgottenTo: finite(this.#forgottenTo) };
  }

  unpack({ keys, groups, forgottenTo }: PackedEmitted): void {
    this.#forgottenTo = forgottenTo ?? Number.NEGATIVE_INFINITY;
    for (const { at, complete, rows: flat } of groups) {
      const rows = new Map<string, Sent>();
      for (let i = 0; i + 2 < flat.length; i += 3) {
        const [index, print, revision] = [flat[i] ?? 0, flat[i + 1] ?? 0, flat[i + 2] ?? 0];
        rows.set(keys[index] ?? '', { print: Math.max(0, print), revision, isVoid: print < 0 });
      }
      this.#groups.set(at, { rows, first: [], complete });
    }
  }
}

/** Plain JSON: a table of keys, and of each group key index, fingerprint (-1: void) and revision, one after the other. */
export interface PackedEmitted {
  readonly keys: readonly string[];
  readonly forgottenTo: Instant | null;
  readonly groups: readonly { readonly at: Instant; readonly complete: boolean; readonly rows: readonly number[] }[];
}

function standing(rows: ReadonlyMap<string, Sent>): number {
  let count = 0;
  for (const sent of rows.values()) if (!sent.isVoid) count += 1;
  return count;
}
