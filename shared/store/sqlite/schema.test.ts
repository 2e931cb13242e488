import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { emptyBatch, type MachinePiece } from '../../oee/facts.ts';
import { DAY, HOUR, type Instant, MINUTE } from '../../time/instant.ts';
import { openSqliteReader } from './reader.ts';
import { MIGRATIONS, migrate, SCHEMA_VERSION } from './schema.ts';
import { openSqliteWriter } from './writer.ts';

const T0 = Date.UTC(2026, 5, 1);
let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'linewatt-schema-'));
  file = join(dir, 'historian.sqlite');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const pieceAt = (machine: string, minute: Instant): MachinePiece => ({
  machine,
  minute,
  state: 'running',
  product: '',
  order: '',
  slot: 0,
  intervalStart: minute,
  start: minute,
  end: minute + MINUTE,
  totalCount: 5,
  goodCount: 5,
  rejectCount: 0,
  revision: 1,
});

describe('the historian file', () => {
  it('never changes a migration that files out there have already had', () => {
    expect(MIGRATIONS.map((text) => hash('sha1', text.replace(/\s+/g, ' ')).slice(0, 8))).toEqual(DIGESTS);
  });

  it.each(MIGRATIONS.map((_, n) => n + 1))(
    'of version %i opens with what it holds, read before and after',
    async (version) => {
      const db = new DatabaseSync(file);
      db.exec('PRAGMA journal_mode = WAL');
      migrate(db, version);
      db.exec(
        `INSERT INTO machine_minute VALUES ('a', ${T0}, 'running', '', '', 0, ${T0}, ${T0}, ${T0 + MINUTE}, 5, 5, 0, 0, 0, 1)`,
      );
      db.close();
      const query = { from: T0, to: T0 + DAY };
      // The api may be newer than the edge that made the file.
      const early = openSqliteReader(file);
      expect(await early.pieces(['a'], query)).toEqual([pieceAt('a', T0)]);
      expect(await early.prunedBefore()).toBeNull();
      await early.close();
      const writer = openSqliteWriter(file);
      await writer.write({ ...emptyBatch(), pieces: [pieceAt('a', T0 + MINUTE)] });
      await writer.close();
      const reader = openSqliteReader(file);
      expect(await reader.pieces(['a'], query)).toHaveLength(2);
      expect((await reader.factRevisions?.(['a'], T0, T0))?.get('a')?.size).toBe(1);
      await reader.close();
      const after = new DatabaseSync(file, { readOnly: true });
      expect(after.prepare('PRAGMA user_version').get()?.['user_version']).toBe(SCHEMA_VERSION);
      after.close();
    },
  );
});

describe('the disk under a historian', () => {
  afterEach(() => vi.restoreAllMocks());

  it('has what was acknowledged, and says so when it is full: the same batch goes in when there is room', async () => {
    const exec = vi.spyOn(DatabaseSync.prototype, 'exec');
    const writer = openSqliteWriter(file);
    expect(exec.mock.calls.flat().join('\n')).toContain('PRAGMA synchronous = FULL');
    const db = exec.mock.contexts[0] as DatabaseSync;
    db.exec('PRAGMA max_page_count = 1');
    const pieces = Array.from({ length: 2000 }, (_, n) => pieceAt('a', T0 + n * MINUTE));
    const batch = { ...emptyBatch(), pieces };
    await expect(writer.write(batch)).rejects.toMatchObject({
      code: 'rejected',
      retryable: true,
      message: expect.stringMatching(/full/),
    });
    db.exec('PRAGMA max_page_count = 1000000');
    await writer.write(batch);
    await writer.close();
    const reader = openSqliteReader(file);
    expect(await reader.pieces(['a'], { from: T0, to: T0 + 2 * DAY })).toHaveLength(2000);
    await reader.close();
  });

  it('may hold a file of a newer version: that is said, and nothing is written to it', () => {
    const newer = new DatabaseSync(file);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    expect(() => openSqliteWriter(file)).toThrow(/newer Linewatt \(schema 99\)/);
  });
});

describe('minutes that are too old', () => {
  it('go a machine and day at a time, said before the first goes, and nothing younger does', async () => {
    const writer = openSqliteWriter(file);
    const minutes = [0, 1, 2, 3].flatMap((day) => [T0 + day * DAY + HOUR, T0 + day * DAY + 2 * HOUR]);
    await writer.write({
      ...emptyBatch(),
      pieces: ['a', 'b'].flatMap((machine) => minutes.map((minute) => pieceAt(machine, minute))),
      intervals: [{ machine: 'a', start: T0, end: T0 + DAY, state: 'running', reason: null, revision: 1 }],
      history: [{ kind: 'piece', fact: pieceAt('a', T0 + HOUR), knownFrom: T0 + HOUR, knownTo: T0 + 5 * DAY }],
    });
    const reader = openSqliteReader(file);
    const all = { from: T0, to: T0 + 9 * DAY };
    expect(await reader.fill()).toMatchObject({ oldestMinute: T0 + HOUR });
    const left: number[] = [];
    // In the middle of the third day: only whole days go.
    while (await writer.prune?.(T0 + 2 * DAY + 90 * MINUTE)) {
      expect(await reader.prunedBefore()).toBe(T0 + 2 * DAY);
      left.push((await reader.pieces(['a', 'b'], all)).length);
    }
    expect(left).toEqual([14, 12, 10, 8]);
    expect((await reader.pieces(['a'], all)).map(({ minute }) => minute)).toEqual(minutes.slice(4));
    expect(await reader.pieces(['a'], { ...all, asOf: T0 + 4 * DAY })).toHaveLength(4);
    expect(await reader.intervals(['a'], all)).toHaveLength(1);
    expect(await reader.fill()).toMatchObject({ oldestMinute: T0 + 2 * DAY + HOUR });
    expect((await reader.fill()).bytes).toBeGreaterThan(0);
    // It never moves back.
    await writer.prune?.(T0);
    expect(await reader.prunedBefore()).toBe(T0 + 2 * DAY);
    await reader.close();
    await writer.close();
  });
});

/** Of each migration, in order: add one at the end, never change one. */
const DIGESTS: readonly string[] = ['ec3ae94e', 'bc3b28f1', '92c3f91b'];
