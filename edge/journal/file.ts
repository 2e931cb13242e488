import { existsSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { createSchema, isIntact } from './schema.ts';

/*
 * The journal's file: opened, or set aside under another name when it cannot be used.
 *
 * - Nothing is deleted: a damaged file stays beside the new one for people to look at.
 * - What can still be read of a damaged journal is carried over, newest and oldest ends first; only what lies on the
 *   damaged pages is lost, and the sentence says how much was saved.
 */
export interface JournalFile {
  readonly path: string;
  /** How the file is opened; the simulation hands in a disk that fails. */
  readonly open: (path: string) => DatabaseSync;
  /** Told with a sentence for people when a damaged file was set aside. */
  readonly onSetAside: (message: string) => void;
}

/**
 * Pages of the log before they are brought into the file. Each batch of samples touches a page of the index for every signal, again
 * and again the same ones: a longer log (32 MB) writes each of them once instead of many times.
 */
const LOG_PAGES = 8000;

export function openDatabase(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 10_000 });
  db.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
  return db;
}

export function openOrSetAside(file: JournalFile): DatabaseSync {
  try {
    return openIntact(file);
  } catch (cause) {
    if (!existsSync(file.path)) throw cause;
    return setAside(file, cause);
  }
}

/** A new journal in the place of one that cannot be read. */
export function setAside(file: JournalFile, cause: unknown): DatabaseSync {
  const { path } = file;
  let n = 1;
  while (existsSync(`${path}.damaged-${n}`)) n += 1;
  const aside = `${path}.damaged-${n}`;
  for (const end of ['', '-wal', '-shm']) if (existsSync(path + end)) renameSync(path + end, aside + end);
  const db = openIntact(file);
  const saved = salvage(aside, db);
  const why = cause instanceof Error ? cause.message : String(cause);
  const rest =
    saved === null ? '' : `, with ${saved.samples} samples and ${saved.batches} unsent batches saved from it`;
  file.onSetAside(
    `the journal ${path} cannot be read (${why}); it was set aside as ${aside} and a new one begun${rest}`,
  );
  return db;
}

/** SQLite says that the file is damaged, or no database. */
export function isDamage(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return false;
  const primary = Number(error.errcode) & 0xff;
  return primary === CORRUPT || primary === NOT_A_DATABASE;
}

const CORRUPT = 11;
const NOT_A_DATABASE = 26;

function openIntact({ path, open }: JournalFile): DatabaseSync {
  const db = open(path);
  try {
    createSchema(db);
    if (!isIntact(db)) throw new Error('its pages do not agree with each other');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

const TABLES = ['signal', 'sink', 'checkpoint', 'mark', 'batch', 'fact', 'held', 'sample'] as const;

/** Null where nothing of it is a journal. */
function salvage(path: string, into: DatabaseSync): { samples: number; batches: number } | null {
  let from: DatabaseSync;
  try {
    from = new DatabaseSync(path, { timeout: 1000 });
  } catch {
    return null;
  }
  try {
    if (Number(from.prepare('PRAGMA user_version').get()?.['user_version']) < 1) return null;
    const saved = new Map(TABLES.map((table) => [table, copyTable(from, into, table)]));
    return { samples: saved.get('sample') ?? 0, batches: saved.get('batch') ?? 0 };
  } catch {
    return null;
  } finally {
    from.close();
  }
}

/** Rows that can be read from the front, and from the back where the front breaks off. */
function copyTable(from: DatabaseSync, into: DatabaseSync, table: string): number {
  let copied = 0;
  const ordered = ['sample', 'batch'].includes(table);
  for (const order of ordered ? ['ORDER BY seq', 'ORDER BY seq DESC'] : ['']) {
    into.exec('BEGIN IMMEDIATE');
    try {
      for (const row of from.prepare(`SELECT * FROM ${table} ${order}`).iterate()) {
        const names = Object.keys(row);
        const places = names.map(() => '?').join(',');
        const put = into.prepare(`INSERT OR IGNORE INTO ${table} (${names.join(',')}) VALUES (${places})`);
        copied += Number(put.run(...Object.values(row)).changes);
      }
      break;
    } catch {
      // The damaged page: what came before it is kept, and the other end is tried.
    } finally {
      into.exec('COMMIT');
    }
  }
  return copied;
}
