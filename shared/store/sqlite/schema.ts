import type { DatabaseSync } from 'node:sqlite';

/*
 * - One writer (the edge); readers open the file read-only. WAL, so that neither waits for the other.
 * - The primary key of a table is the key of its fact, machine or meter first: a report reads one range per machine.
 * - A table's shape changes only by a new migration at the end of the list; `user_version` counts those applied.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE state_interval (
    machine TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER, state TEXT NOT NULL, reason TEXT,
    void INTEGER NOT NULL, revision INTEGER NOT NULL,
    PRIMARY KEY (machine, start)
  ) WITHOUT ROWID;
  CREATE TABLE machine_minute (
    machine TEXT NOT NULL, minute INTEGER NOT NULL, state TEXT NOT NULL, product TEXT NOT NULL, "order" TEXT NOT NULL,
    slot INTEGER NOT NULL, intervalStart INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    totalCount REAL NOT NULL, goodCount REAL NOT NULL, rejectCount REAL NOT NULL, provisional INTEGER NOT NULL,
    void INTEGER NOT NULL, revision INTEGER NOT NULL,
    PRIMARY KEY (machine, minute, state, product, "order", slot)
  ) WITHOUT ROWID;
  CREATE TABLE meter_minute (
    meter TEXT NOT NULL, minute INTEGER NOT NULL, machine TEXT NOT NULL, state TEXT NOT NULL, product TEXT NOT NULL,
    "order" TEXT NOT NULL, slot INTEGER NOT NULL, intervalStart INTEGER NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, energyWh REAL NOT NULL, exportWh REAL NOT NULL, varh REAL NOT NULL,
    coveredSeconds REAL NOT NULL, estimated INTEGER NOT NULL, void INTEGER NOT NULL, revision INTEGER NOT NULL,
    PRIMARY KEY (meter, minute, machine, state, product, "order", slot)
  ) WITHOUT ROWID;
  CREATE TABLE condition_minute (
    machine TEXT NOT NULL, minute INTEGER NOT NULL, condition TEXT NOT NULL, min REAL NOT NULL, mean REAL NOT NULL,
    max REAL NOT NULL, last REAL NOT NULL, coveredSeconds REAL NOT NULL, void INTEGER NOT NULL, revision INTEGER NOT NULL,
    PRIMARY KEY (machine, minute, condition)
  ) WITHOUT ROWID;
  CREATE TABLE counter_event (
    signal TEXT NOT NULL, t INTEGER NOT NULL, raw REAL NOT NULL, previousT INTEGER NOT NULL, previousRaw REAL NOT NULL,
    verdict TEXT NOT NULL, counted REAL NOT NULL, void INTEGER NOT NULL, revision INTEGER NOT NULL,
    PRIMARY KEY (signal, t)
  ) WITHOUT ROWID;
  CREATE TABLE oee (
    scope TEXT NOT NULL, t INTEGER NOT NULL, shift TEXT NOT NULL, date TEXT NOT NULL, availability REAL,
    performance REAL, quality REAL, oee REAL, plannedProductionSeconds REAL NOT NULL, runSeconds REAL NOT NULL,
    idealSeconds REAL NOT NULL, idealGoodSeconds REAL NOT NULL, totalCount REAL NOT NULL, goodCount REAL NOT NULL,
    rejectCount REAL NOT NULL,
    PRIMARY KEY (scope, t)
  ) WITHOUT ROWID;
  CREATE TABLE fact_history (
    kind TEXT NOT NULL, owner TEXT NOT NULL, t INTEGER NOT NULL, key TEXT NOT NULL, knownFrom INTEGER NOT NULL,
    knownTo INTEGER NOT NULL, fact TEXT NOT NULL,
    PRIMARY KEY (kind, owner, t, key, knownTo)
  ) WITHOUT ROWID;
  `,
  // When facts of a machine's UTC day were last written: what was worked out from them before no longer holds.
  `
  CREATE TABLE machine_day (
    machine TEXT NOT NULL, day INTEGER NOT NULL, revision INTEGER NOT NULL,
    PRIMARY KEY (machine, day)
  ) WITHOUT ROWID;
  `,
  // Minutes before it may be gone.
  'CREATE TABLE retention (one INTEGER PRIMARY KEY CHECK (one = 1), prunedBefore INTEGER NOT NULL);',
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings a new or older file up to this version; `to`: an earlier one, for tests of older files.
 * @throws Error for a file of a newer version: what it keeps elsewhere would be missed here.
 */
export function migrate(db: DatabaseSync, to: number = MIGRATIONS.length): void {
  const row = db.prepare('PRAGMA user_version').get();
  const have = Number(row?.user_version ?? 0);
  if (have > MIGRATIONS.length) {
    throw new Error(`it was written by a newer Linewatt (schema ${have}); start that version`);
  }
  for (let version = have; version < to; version += 1) {
    db.exec(`BEGIN IMMEDIATE; ${MIGRATIONS[version]} PRAGMA user_version = ${version + 1}; COMMIT;`);
  }
}
