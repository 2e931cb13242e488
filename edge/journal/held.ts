import type { DatabaseSync } from 'node:sqlite';
import type { Reading } from '#edge/core/source.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * Readings whose time is in doubt: written down as they came, and judged later.
 *
 * - They are no samples yet: nothing is counted from them. The transaction that journals the sample which a reading became
 *   takes the reading away, so that it is there once, before and after a crash.
 */
export interface HeldReading {
  readonly id: number;
  readonly reading: Reading;
}

export function addHeld(db: DatabaseSync, source: string, readings: readonly Reading[]): number[] {
  const add = db.prepare('INSERT INTO held (source, received, reading) VALUES (?,?,?)');
  return readings.map((reading) => Number(add.run(source, reading.received, JSON.stringify(reading)).lastInsertRowid));
}

/** In the order in which they came. */
export function heldOf(db: DatabaseSync, source: string): HeldReading[] {
  return db
    .prepare('SELECT id, reading FROM held WHERE source = ? ORDER BY id')
    .all(source)
    .map((row) => ({ id: Number(row['id']), reading: JSON.parse(String(row['reading'])) as Reading }));
}

export function dropHeld(db: DatabaseSync, ids: readonly number[]): void {
  const drop = db.prepare('DELETE FROM held WHERE id = ?');
  for (const id of ids) drop.run(id);
}

/** Of a source that has left the plant file nobody will ever judge them. */
export function pruneHeld(db: DatabaseSync, olderThan: Instant): void {
  db.prepare('DELETE FROM held WHERE received < ?').run(olderThan);
}
