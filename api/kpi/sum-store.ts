import { existsSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Instant, Span } from '#shared/time/instant.ts';

/*
 * Judged sums of calendar slices on disk, so that a report after a restart need not judge a month again.
 *
 * - It is a cache for as long as the historian keeps the minutes behind it (three years); of what is older it is the only
 *   record. A file that is damaged or of another version is put aside as `.unreadable`, and a new one begun.
 * - Each row carries the stamp of what it was judged from. A row whose stamp is no longer that of its inputs is judged again;
 *   nothing has to be told to the file, so nothing can be missed while the api is down.
 */
export interface StoredSlice {
  readonly owner: string;
  readonly slice: Span;
  /** The time whose facts and entries the sums rest on. */
  readonly inputs: Span;
  readonly stamp: string;
  /** JSON. */
  readonly value: string;
}

export interface SumStore {
  /** Slices of an owner that lie in [from, to]. */
  load(owner: string, from: Instant, to: Instant): StoredSlice[];
  save(rows: readonly StoredSlice[]): void;
  close(): void;
}

const VERSION = 1;

/** @throws Error where the file cannot be made at all. */
export function openSumStore(file: string): SumStore {
  let db: DatabaseSync;
  try {
    db = open(file);
  } catch {
    if (existsSync(file)) renameSync(file, `${file}.unreadable`);
    for (const end of ['-wal', '-shm']) rmSync(file + end, { force: true });
    db = open(file);
  }
  const select = db.prepare(
    'SELECT start, "end", inputsFrom, inputsTo, stamp, value FROM slice WHERE owner = ? AND start >= ? AND start < ?',
  );
  select.setReturnArrays(true);
  const insert = db.prepare(
    'INSERT OR REPLACE INTO slice (owner, start, "end", inputsFrom, inputsTo, stamp, value) VALUES (?,?,?,?,?,?,?)',
  );
  return {
    load(owner, from, to) {
      const rows = select.all(owner, from, to) as unknown as [number, number, number, number, string, string][];
      return rows.map(([start, end, inputsFrom, inputsTo, stamp, value]) => ({
        owner,
        slice: { start, end },
        inputs: { start: inputsFrom, end: inputsTo },
        stamp,
        value,
      }));
    },
    save(rows) {
      db.exec('BEGIN IMMEDIATE');
      try {
        for (const { owner, slice, inputs, stamp, value } of rows) {
          insert.run(owner, slice.start, slice.end, inputs.start, inputs.end, stamp, value);
        }
        db.exec('COMMIT');
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    close() {
      db.close();
    },
  };
}

function open(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: 5_000 });
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
    if (version !== VERSION && version !== 0) throw new Error('another version');
    db.exec(`
      CREATE TABLE IF NOT EXISTS slice (
        owner TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, inputsFrom INTEGER NOT NULL,
        inputsTo INTEGER NOT NULL, stamp TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (owner, start, "end")
      ) WITHOUT ROWID;
      PRAGMA user_version = ${VERSION};
    `);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
