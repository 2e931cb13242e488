import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UserError } from '#shared/contract/command.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import { entryOfRow } from '#shared/store/ledger-file.ts';
import type { Instant } from '#shared/time/instant.ts';
import { type Appended, digestOf, type Ledger, LedgerUnavailable, rowOf, takenId, usedKey } from './ledger.ts';

const SCHEMA_VERSION = 1;

/** Opens (or makes) the ledger file; one api owns it. `:memory:` keeps it in memory. @throws UserError when it cannot be opened. */
export function openSqliteLedger(file: string, clock: () => Instant): Ledger {
  const db = open(file);
  const insert = db.prepare(
    'INSERT INTO entry (seq, id, recordedAt, writer, content, idempotencyKey, digest) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const rowByKey = db.prepare('SELECT seq, digest FROM entry WHERE idempotencyKey = ?');
  const byId = db.prepare('SELECT seq FROM entry WHERE id = ?');
  let entries: readonly Entry[] = db
    .prepare('SELECT seq, id, recordedAt, writer, content FROM entry ORDER BY seq')
    .all()
    .map(entryOfRow);
  const version = String(db.prepare('SELECT sqlite_version() AS v').get()?.['v']);
  const listeners: ((entry: Entry) => void)[] = [];
  return {
    // Nothing in it waits, so nothing comes between guard and insert.
    async append(given): Promise<Appended> {
      const held = rowByKey.get(given.idempotencyKey);
      if (held) {
        const entry = entries[Number(held['seq']) - 1];
        if (held['digest'] === digestOf(given) && entry) return { entry, repeated: true };
        throw usedKey(given.idempotencyKey);
      }
      if (given.id !== undefined && byId.get(given.id)) throw takenId(given.id);
      given.guard?.(entries);
      const row = rowOf(given, clock(), entries.at(-1));
      try {
        insert.run(row.seq, row.id, row.recordedAt, row.writer, row.content, row.idempotencyKey, row.digest);
      } catch (error) {
        throw new LedgerUnavailable(
          `the entry could not be written to the disk (${error instanceof Error ? error.message : error}); nothing was saved`,
        );
      }
      const entry = entryOfRow({ ...row });
      entries = [...entries, entry];
      for (const listener of listeners) listener(entry);
      return { entry, repeated: false };
    },
    async byKey(key) {
      const held = rowByKey.get(key);
      return (held && entries[Number(held['seq']) - 1]) ?? null;
    },
    entries: () => entries,
    get seq() {
      return entries.length;
    },
    engine: { engine: 'sqlite', version },
    message: null,
    onAppend: (listener) => void listeners.push(listener),
    catchUp: async () => {},
    close: async () => db.close(),
  };
}

function open(file: string): DatabaseSync {
  try {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
    const db = new DatabaseSync(file, { timeout: 5000 });
    // FULL: an entry that a person saw saved is on the disk.
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS entry (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, recordedAt INTEGER NOT NULL, writer TEXT NOT NULL,
        content TEXT NOT NULL, idempotencyKey TEXT NOT NULL UNIQUE, digest TEXT NOT NULL
      ) STRICT;
      CREATE TRIGGER IF NOT EXISTS entry_keep_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'append-only'); END;
      CREATE TRIGGER IF NOT EXISTS entry_keep_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'append-only'); END;`);
    const held = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (held > SCHEMA_VERSION) {
      throw new UserError(`the ledger ${file} was written by a newer Linewatt (schema ${held}); start that version`);
    }
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    return db;
  } catch (error) {
    if (error instanceof UserError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`the ledger ${file} cannot be opened: ${why}. Check the data directory, or set the file aside`);
  }
}
