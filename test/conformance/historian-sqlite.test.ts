import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { emptyBatch } from '#shared/oee/facts.ts';
import { openHistorianReader } from '#shared/store/open.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
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
