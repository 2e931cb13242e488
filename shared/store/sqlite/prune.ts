import type { DatabaseSync } from 'node:sqlite';
import { DAY, dayOf, type Instant } from '../../time/instant.ts';

/*
 * Minutes older than the historian keeps them, taken out in small bites.
 *
 * - What is going to be missing is written down before the first row goes: a reader never takes half a day for a whole one.
 *   It only ever moves on, by whole UTC days.
 * - A bite is one machine's or meter's oldest day, in a transaction of its own, so that facts are never kept waiting.
 * - State intervals, counter steps and the trace of figures stay: they are few, and stops are looked up for years.
 */
export interface MinutePruner {
  /** One bite of what lies before `before`; false when there is none left. Throws what SQLite throws. */
  bite(before: Instant): boolean;
}

const MINUTE_TABLES = [
  { table: 'machine_minute', owner: 'machine', kind: 'piece' },
  { table: 'meter_minute', owner: 'meter', kind: 'meterPiece' },
  { table: 'condition_minute', owner: 'machine', kind: 'condition' },
] as const;

export function createMinutePruner(db: DatabaseSync): MinutePruner {
  const announce = db.prepare(
    `INSERT INTO retention (one, prunedBefore) VALUES (1, ?)
     ON CONFLICT (one) DO UPDATE SET prunedBefore = excluded.prunedBefore WHERE excluded.prunedBefore > prunedBefore`,
  );
  const tables = MINUTE_TABLES.map(({ table, owner, kind }) => ({
    kind,
    next: db.prepare(`SELECT min(${owner}) AS owner FROM ${table} WHERE ${owner} > ?`),
    oldest: db.prepare(`SELECT min(minute) AS t FROM ${table} WHERE ${owner} = ?`),
    remove: db.prepare(`DELETE FROM ${table} WHERE ${owner} = ? AND minute < ?`),
  }));
  const forget = db.prepare('DELETE FROM fact_history WHERE kind = ? AND owner = ? AND t < ?');
  /** Where the last bite was: owners before it have nothing left. */
  let place = { before: Number.NEGATIVE_INFINITY, table: 0, owner: '' };

  return {
    bite(asked) {
      const before = dayOf(asked) * DAY;
      if (before !== place.before) {
        announce.run(before);
        place = { before, table: 0, owner: '' };
      }
      for (; place.table < tables.length; place = { before, table: place.table + 1, owner: '' }) {
        const at = tables[place.table];
        if (!at) return false;
        for (let row = at.next.get(place.owner); typeof row?.owner === 'string'; row = at.next.get(place.owner)) {
          const oldest = at.oldest.get(row.owner)?.t;
          if (typeof oldest === 'number' && oldest < before) {
            const upTo = Math.min(before, (dayOf(oldest) + 1) * DAY);
            db.exec('BEGIN IMMEDIATE');
            try {
              at.remove.run(row.owner, upTo);
              forget.run(at.kind, row.owner, upTo);
              db.exec('COMMIT');
            } catch (error) {
              db.exec('ROLLBACK');
              throw error;
            }
            return true;
          }
          place = { ...place, owner: row.owner };
        }
      }
      return false;
    },
  };
}
