import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UserError } from '#shared/contract/command.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import { entryOfRow } from '#shared/store/ledger-file.ts';
import type { Instant } from '#shared/time/instant.ts';
import { type Ledger, LedgerConflict } from './ledger.ts';

const SCHEMA_VERSION = 1;

/** Opens (or makes) the ledger file. `:memory:` keeps it in memory. @throws UserError when it cannot be opened. */
export function openSqliteLedger(file: string, clock: () => Instant): Ledger {
  const db = open(file);
  const insert = db.prepare(
    'INSERT INTO entry (seq, id, recordedAt, writer, content, idempotencyKey, digest) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const byKey = db.prepare('SELECT seq, digest FROM entry WHERE idempotencyKey = ?');
  const byId = db.prepare('SELECT seq FROM entry WHERE id = ?');
  let entries: readonly Entry[] = db
    .prepare('SELECT seq, id, recordedAt, writer, content FROM entry ORDER BY seq')
    .all()
    .map(entryOfRow);
  const version = String(db.prepare('SELECT sqlite_version() AS v').get()?.['v']);
  const listeners: ((entry: Entry) => void)[] = [];
  return {
    append({ idempotencyKey, id, by, content }) {
      const text = JSON.stringify(content);
      const digest = createHash('sha256')
        .update(JSON.stringify([by, id ?? null, text]))
        .digest('hex');
      const held = byKey.get(idempotencyKey);
      if (held) {
        const entry = entries[Number(held['seq']) - 1];
        if (held['digest'] === digest && entry) return { entry, repeated: true };
        throw new LedgerConflict(
          `the Idempotency-Key ${idempotencyKey} was already used for another entry; make a new key`,
        );
      }
      if (id !== undefined && byId.get(id)) {
        throw new LedgerConflict(`there is already an entry with the id ${id}; make a new id`);
      }
      const row: Row = {
        seq: entries.length + 1,
        id: id ?? randomUUID(),
        recordedAt: Math.max(clock(), entries.at(-1)?.recordedAt ?? 0),
        writer: by,
        content: text,
      };
      insert.run(row.seq, row.id, row.recordedAt, row.writer, row.content, idempotencyKey, digest);
      const entry = entryOfRow({ ...row });
      entries = [...entries, entry];
      for (const listener of listeners) listener(entry);
      return { entry, repeated: false };
    },
    has: (idempotencyKey) => byKey.get(idempotencyKey) !== undefined,
    entries: () => entries,
    get seq() {
      return entries.length;
    },
    engine: { engine: 'sqlite', version },
    onAppend: (listener) => void listeners.push(listener),
    close: () => db.close(),
  };
}

interface Row {
  readonly seq: number;
  readonly id: string;
  readonly recordedAt: Instant;
  readonly writer: string;
  readonly content: string;
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
