import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { emptyBatch } from '#shared/oee/facts.ts';
import { openHistorianReader } from '#shared/store/open.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { DAY } from '#shared/time/instant.ts';
import { historianConformance } from './historian-suite.ts';

const folders: string[] = [];
async function freshFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'linewatt-historian-'));
  folders.push(dir);
  return dir;
}

historianConformance({
  name: 'sqlite',
  async open() {
    const dataDir = await freshFolder();
    const writer = openSqliteWriter(join(dataDir, 'historian.sqlite'));
    return { writer, reader: () => openHistorianReader({ url: 'sqlite:', dataDir }) };
  },
  async stop() {
    for (const dir of folders) await rm(dir, { recursive: true, force: true });
  },
});

it('refuses to let an older revision replace a newer one', async () => {
  const dataDir = await freshFolder();
  const writer = openSqliteWriter(join(dataDir, 'historian.sqlite'));
  const interval = { machine: 'a', start: 0, end: 5, state: 'down', reason: null, revision: 2 } as const;
  await writer.write({ ...emptyBatch(), intervals: [interval] });
  await writer.write({ ...emptyBatch(), intervals: [{ ...interval, end: 9, revision: 1 }] });
  const reader = await openHistorianReader({ url: 'sqlite:', dataDir });
  expect(await reader.intervals(['a'], { from: 0, to: 60_000 })).toEqual([interval]);
  await reader.close();
  await writer.close();
});

it('counts up on every day that a write to a machine touches, and on no other', async () => {
  const dataDir = await freshFolder();
  const writer = openSqliteWriter(join(dataDir, 'historian.sqlite'));
  const reader = await openHistorianReader({ url: 'sqlite:', dataDir });
  const days = async () => (await reader.factRevisions?.(['a', 'b'], 0, 9 * DAY))?.get('a') ?? new Map();
  expect([...(await days()).keys()]).toEqual([]);
  const interval = { machine: 'a', start: DAY, end: 3 * DAY + 5, state: 'down', reason: null, revision: 2 } as const;
  await writer.write({ ...emptyBatch(), intervals: [interval, { ...interval, machine: 'c' }] });
  const before = await days();
  expect([...before.keys()]).toEqual([1, 2, 3]);
  await writer.write({ ...emptyBatch(), intervals: [{ ...interval, start: 3 * DAY, end: null }] });
  const after = await days();
  expect([after.get(1), after.get(2)]).toEqual([before.get(1), before.get(2)]);
  expect(after.get(3)).toBeGreaterThan(before.get(3) ?? Number.POSITIVE_INFINITY);
  expect((await reader.factRevisions?.(['b'], 0, 9 * DAY))?.get('b')?.size).toBe(0);
  await reader.close();
  await writer.close();
});

it('says that the file is not there yet, and that it may come', async () => {
  const dataDir = await freshFolder();
  await expect(openHistorianReader({ url: 'sqlite:', dataDir })).rejects.toMatchObject({
    code: 'unreachable',
    retryable: true,
  });
});

it('says which folder cannot be written', async () => {
  expect(() => openSqliteWriter('/proc/linewatt/historian.sqlite')).toThrow(/\/proc\/linewatt\/historian\.sqlite/);
});
