import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyBatch } from '#shared/oee/facts.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { openJournal } from './journal.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'linewatt-damage-'));
  path = join(dir, 'journal.sqlite');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const PAGE = 4096;
const sample = (t: number): Sample => ({
  t,
  signal: 'filler.product',
  value: `product ${t} ${'x'.repeat(150)}`,
  quality: 'good',
  received: t,
});
const samples = (from: number, count: number) => Array.from({ length: count }, (_, n) => sample(from + n));
const interval = { machine: 'filler', start: 7, end: null, state: 'running', reason: null, revision: 9 } as const;

/** Garbage over some pages in the middle, as a dying disk leaves it. */
function damage(pages: number): void {
  const file = openSync(path, 'r+');
  const middle = Math.floor(statSync(path).size / PAGE / 2) * PAGE;
  writeSync(file, Buffer.alloc(pages * PAGE, 0x5a), 0, pages * PAGE, middle);
  closeSync(file);
}

describe('a damaged journal', () => {
  it('is set aside at the start, and what can be read of it goes on: unsent facts, revisions, most samples', () => {
    const before = openJournal(dir, { sinks: ['historian'] });
    before.append(samples(0, 5000));
    before.commit({ batch: { ...emptyBatch(), intervals: [interval] }, checkpoint: { at: 7 }, at: 8 });
    before.close();
    damage(4);
    const told: string[] = [];
    const journal = openJournal(dir, { sinks: ['historian'], onSetAside: (m) => told.push(m) });
    expect(told).toEqual([expect.stringMatching(/set aside as .*damaged-1 .* \d+ samples and 1 unsent batches saved/)]);
    expect(journal.outbox('historian').next(5)).toMatchObject([{ batch: { intervals: [interval] } }]);
    expect(journal.highestRevision()).toBe(9);
    expect(journal.checkpoint()).toEqual({ at: 7 });
    const kept = [...journal.samples()];
    expect(kept.length).toBeGreaterThan(3000);
    expect(kept.length).toBeLessThan(5000);
    journal.append(samples(5000, 1));
    expect([...journal.samples()].at(-1)).toEqual(sample(5000));
    journal.close();
  });

  it('is set aside at work too, when a damaged page is met: the call that met it succeeds', () => {
    openJournal(dir).close();
    const told: string[] = [];
    const journal = openJournal(dir, { onSetAside: (m) => told.push(m) });
    for (let n = 0; n < 25; n += 1) journal.append(samples(n * 1000, 1000));
    const other = new DatabaseSync(path);
    other.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    other.close();
    damage(600);
    expect(() => [...journal.samples()]).not.toThrow();
    expect(told).toHaveLength(1);
    expect(readdirSync(dir)).toContain('journal.sqlite.damaged-1');
    journal.append(samples(90_000, 1));
    expect([...journal.samples()].at(-1)?.t).toBe(90_000);
    journal.close();
  });
});

describe('a full disk', () => {
  it('refuses, keeps what was there, and takes the same again when there is room', () => {
    let db: DatabaseSync | undefined;
    const open = (file: string) => {
      db = new DatabaseSync(file);
      return db;
    };
    const journal = openJournal(dir, { sinks: ['historian'], open });
    journal.append(samples(0, 10));
    db?.exec('PRAGMA max_page_count = 1');
    expect(() => journal.append(samples(10, 500))).toThrow(/full/);
    const big = Array.from({ length: 500 }, (_, n) => ({ ...interval, start: n }));
    expect(() => journal.commit({ batch: { ...emptyBatch(), intervals: big }, checkpoint: 1 })).toThrow(/full/);
    expect([...journal.samples()]).toEqual(samples(0, 10));
    expect(journal.checkpoint()).toBeNull();
    db?.exec('PRAGMA max_page_count = 1000000');
    journal.append(samples(10, 500));
    journal.commit({ batch: { ...emptyBatch(), intervals: big }, checkpoint: 1 });
    expect([...journal.samples()]).toHaveLength(510);
    expect(journal.outbox('historian').depth()).toBe(1);
    journal.close();
  });
});

describe('a journal of the first version', () => {
  it('is brought forward with everything in it', () => {
    const old = new DatabaseSync(path);
    old.exec(`
      PRAGMA auto_vacuum = INCREMENTAL;
      CREATE TABLE signal (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
      CREATE TABLE sample (seq INTEGER PRIMARY KEY AUTOINCREMENT, signal INTEGER NOT NULL, t INTEGER NOT NULL,
        received INTEGER NOT NULL, value, quality TEXT NOT NULL, id TEXT);
      CREATE INDEX sample_by_time ON sample (signal, t);
      CREATE TABLE batch (seq INTEGER PRIMARY KEY AUTOINCREMENT, facts TEXT NOT NULL);
      CREATE TABLE sink (name TEXT PRIMARY KEY, acked INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL, sampleSeq INTEGER NOT NULL);
      INSERT INTO signal VALUES (1, 'filler.total');
      INSERT INTO sample (signal, t, received, value, quality) VALUES (1, 10, 12, 5, 'good'), (1, 20, 22, 6, 'good');
      INSERT INTO batch (facts) VALUES ('{"intervals":[${JSON.stringify(interval)}]}');
      INSERT INTO sink VALUES ('historian', 0);
      INSERT INTO checkpoint VALUES (1, '"kept"', 1);
      PRAGMA user_version = 1;`);
    old.close();
    const journal = openJournal(dir, { sinks: ['historian'], onSetAside: (m) => expect.unreachable(m) });
    expect(journal.checkpoint()).toBe('kept');
    expect([...journal.replay()].map(({ t, value }) => [t, value])).toEqual([[20, 6]]);
    expect(journal.outbox('historian').next(5)).toMatchObject([{ batch: { intervals: [interval], pieces: [] } }]);
    journal.commit({ batch: { ...emptyBatch(), intervals: [interval] }, checkpoint: 2, at: 30 });
    expect(journal.sent('interval', { owner: 'filler', t: 7, key: '' })).toMatchObject({ knownFrom: 30 });
    journal.close();
  });
});
