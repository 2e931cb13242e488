import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ratiosOf, zeroSums } from '../../oee/sums.ts';
import type { ShiftPoint } from './shift-point.ts';
import { openSqliteJudged } from './sqlite.ts';

const START = Date.UTC(2026, 5, 1, 6);
const sums = { ...zeroSums(), allSeconds: 28_800, runSeconds: 20_000, goodCount: 900, totalCount: 1000 };
const point: ShiftPoint = {
  scope: 'machine:filler',
  site: 'plant',
  area: 'hall',
  line: 'filling',
  machine: 'filler',
  shift: 'early',
  date: '2026-06-01',
  start: START,
  end: START + 28_800_000,
  sums,
  ratios: ratiosOf(sums),
  coverage: 1,
};

describe('the file of judged shifts', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'linewatt-judged-'));
    file = join(dir, 'linewatt_judged.sqlite');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  function read<T>(work: (db: DatabaseSync) => T): T {
    const db = new DatabaseSync(file);
    try {
      return work(db);
    } finally {
      db.close();
    }
  }
  const rows = () => read((db) => db.prepare('SELECT scope, goodCount, basis FROM shift').all());
  const version = () => read((db) => db.prepare('PRAGMA user_version').get()?.['user_version']);

  it('holds a shift once, as it was written last', async () => {
    const writer = openSqliteJudged(file);
    await writer.write([point]);
    await writer.write([{ ...point, sums: { ...sums, goodCount: 950 } }]);
    await writer.close();
    expect(rows()).toEqual([{ scope: 'machine:filler', goodCount: 950, basis: 'restated' }]);
  });

  it('from before versions were counted opens with what it holds', async () => {
    await openSqliteJudged(file).close();
    read((db) => {
      db.exec(`PRAGMA user_version = 0;
        INSERT INTO shift (scope, shift, start, goodCount, basis) VALUES ('line:old', 'late', ${START}, 7, 'restated')`);
    });
    const writer = openSqliteJudged(file);
    await writer.write([point]);
    await writer.close();
    expect(rows()).toHaveLength(2);
    expect(version()).toBe(1);
  });

  it('of a newer version is left alone, and that is said', () => {
    read((db) => db.exec('PRAGMA user_version = 99'));
    expect(() => openSqliteJudged(file)).toThrow(/newer Linewatt \(schema 99\)/);
  });
});
