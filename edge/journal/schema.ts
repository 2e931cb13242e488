import type { DatabaseSync } from 'node:sqlite';

const VERSION = 1;

/** Makes an empty file ours; throws for a file of another program or of a newer Linewatt. */
export function createSchema(db: DatabaseSync): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  const tables = Number(db.prepare("SELECT count(*) AS n FROM sqlite_master WHERE type = 'table'").get()?.['n']);
  if (version > VERSION) throw new Error(`it is of version ${version}, newer than this program's ${VERSION}`);
  if (version === 0 && tables > 0) throw new Error('it belongs to another program');
  if (version === 0) {
    db.exec(`
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      BEGIN IMMEDIATE;
      CREATE TABLE signal (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
      CREATE TABLE sample (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, signal INTEGER NOT NULL, t INTEGER NOT NULL, received INTEGER NOT NULL,
        value, quality TEXT NOT NULL, id TEXT
      );
      CREATE INDEX sample_by_time ON sample (signal, t);
      CREATE TABLE batch (seq INTEGER PRIMARY KEY AUTOINCREMENT, facts TEXT NOT NULL);
      CREATE TABLE sink (name TEXT PRIMARY KEY, acked INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL, sampleSeq INTEGER NOT NULL);
      PRAGMA user_version = ${VERSION};
      COMMIT;
    `);
  }
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
}

/** Beyond this a look over every page would hold up the start; SQLite still reports a damaged page when it meets one. */
const CHECKED_PAGES = 65_536;

export function isIntact(db: DatabaseSync): boolean {
  const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
  return pages > CHECKED_PAGES || db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] === 'ok';
}
