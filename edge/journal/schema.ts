import type { DatabaseSync } from 'node:sqlite';

/*
 * The tables of the journal, by version. A file of an older version is brought forward step by step, each step one
 * transaction with its number; steps are only ever added.
 */
const STEPS: readonly string[] = [
  `CREATE TABLE signal (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
   CREATE TABLE sample (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, signal INTEGER NOT NULL, t INTEGER NOT NULL, received INTEGER NOT NULL,
     value, quality TEXT NOT NULL, id TEXT
   );
   CREATE INDEX sample_by_time ON sample (signal, t);
   CREATE TABLE batch (seq INTEGER PRIMARY KEY AUTOINCREMENT, facts TEXT NOT NULL);
   CREATE TABLE sink (name TEXT PRIMARY KEY, acked INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL, sampleSeq INTEGER NOT NULL);`,
  `ALTER TABLE sample ADD COLUMN raw TEXT;
   CREATE TABLE fact (
     kind TEXT NOT NULL, owner TEXT NOT NULL, t INTEGER NOT NULL, key TEXT NOT NULL,
     revision INTEGER NOT NULL, knownFrom INTEGER NOT NULL, content TEXT NOT NULL,
     PRIMARY KEY (kind, owner, t, key)
   ) WITHOUT ROWID;
   CREATE INDEX fact_by_time ON fact (t);
   CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;`,
  'CREATE TABLE held (id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, received INTEGER NOT NULL, reading TEXT NOT NULL);',
];

/** Makes an empty or older file ours; throws for a file of another program or of a newer Linewatt. */
export function createSchema(db: DatabaseSync): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  const tables = Number(db.prepare("SELECT count(*) AS n FROM sqlite_master WHERE type = 'table'").get()?.['n']);
  if (version > STEPS.length) throw new Error(`it is of version ${version}, newer than this program's ${STEPS.length}`);
  if (version === 0 && tables > 0) throw new Error('it belongs to another program');
  if (version === 0) db.exec('PRAGMA auto_vacuum = INCREMENTAL;');
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  for (const [n, step] of STEPS.entries()) {
    if (n >= version) db.exec(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${n + 1}; COMMIT;`);
  }
}

/** Beyond this a look over every page would hold up the start; SQLite still reports a damaged page when it meets one. */
const CHECKED_PAGES = 65_536;

export function isIntact(db: DatabaseSync): boolean {
  const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
  return pages > CHECKED_PAGES || db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] === 'ok';
}
