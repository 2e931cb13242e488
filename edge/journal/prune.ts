import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '#shared/time/instant.ts';
import type { FactStatements } from './facts.ts';
import { pruneHeld } from './held.ts';

export interface PruneLimits {
  /** Samples that arrived before it go. */
  readonly olderThan: Instant;
  readonly maxBytes: number;
  /** At most so many samples at once, so that nobody waits long; default 200,000. */
  readonly most?: number;
}

export interface Pruned {
  readonly aged: number;
  /** Samples dropped before their time because of `maxBytes`. */
  readonly crowdedOut: number;
}

const MOST = 200_000;
const AT_ONCE = 5000;

/** Oldest arrivals first, none that the checkpoint does not hold (`heldTo`); then facts from before what is left. */
export function pruneJournal(db: DatabaseSync, facts: FactStatements, heldTo: number, limits: PruneLimits): Pruned {
  const { olderThan, maxBytes, most = MOST } = limits;
  const oldestRows = db.prepare('SELECT seq, t, received FROM sample WHERE seq <= ? ORDER BY seq LIMIT ?');
  const drop = db.prepare('DELETE FROM sample WHERE seq <= ?');
  const dropOldest = (goes: (row: Readonly<Record<string, unknown>>) => boolean, count: number): number => {
    const rows = oldestRows.all(heldTo, Math.min(AT_ONCE, count));
    const kept = rows.findIndex((row) => !goes(row));
    const gone = kept < 0 ? rows : rows.slice(0, kept);
    const last = gone.at(-1);
    if (!last) return 0;
    // A clock that was ahead once must not make all that came after it look pruned.
    const prunedTo = Math.max(...gone.map((row) => Math.min(Number(row['t']), Number(row['received'])))) + 1;
    facts.raise.run('prunedTo', prunedTo);
    drop.run(Number(last['seq']));
    return gone.length;
  };
  let aged = 0;
  for (let n = AT_ONCE; n === AT_ONCE && aged < most; aged += n) {
    n = dropOldest((row) => Number(row['received']) < olderThan, most - aged);
  }
  let crowdedOut = 0;
  pruneHeld(db, olderThan);
  db.exec('PRAGMA incremental_vacuum');
  while (sizeOf(db) > maxBytes && aged + crowdedOut < most) {
    const n = dropOldest(() => true, most - aged - crowdedOut);
    if (n === 0) break;
    crowdedOut += n;
    forgetFacts();
    db.exec('PRAGMA incremental_vacuum');
  }
  forgetFacts();
  return { aged, crowdedOut };

  function forgetFacts(): void {
    const prunedTo = facts.mark.get('prunedTo')?.['value'];
    if (typeof prunedTo === 'number') facts.forget.run(prunedTo);
  }
}

export function sizeOf(db: DatabaseSync): number {
  const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
  return pages * Number(db.prepare('PRAGMA page_size').get()?.['page_size']);
}
