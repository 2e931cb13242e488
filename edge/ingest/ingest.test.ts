import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '#edge/core/clock.ts';
import { createSpoolSink, OUT, putOut } from '#edge/sinks/spool/sink.ts';
import { emptyBatch, type FactBatch } from '#shared/oee/facts.ts';
import { ingest } from './ingest.ts';

const NOW = Date.UTC(2026, 5, 1);
const clock = { now: () => NOW } as Clock;

/** A place like InfluxDB: of two facts with one key, the one that was written last stays. */
function lastWriteWins() {
  const rows = new Map<string, number>();
  let writes = 0;
  return {
    rows,
    get writes() {
      return writes;
    },
    async write({ conditions }: FactBatch) {
      writes += 1;
      for (const { minute, mean } of conditions) rows.set(String(minute), mean);
    },
  };
}

const batchOf = (values: Readonly<Record<number, number>>): FactBatch => ({
  ...emptyBatch(),
  conditions: Object.entries(values).map(([minute, mean]) => ({
    machine: 'm',
    condition: 'c',
    minute: Number(minute),
    min: mean,
    mean,
    max: mean,
    last: mean,
    coveredSeconds: 60,
    revision: 1,
  })),
});

describe('facts that are carried across', () => {
  let root: string;
  let spool: string;
  let arrivals: string;
  let dataDir: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'linewatt-spool-'));
    spool = join(root, 'spool');
    arrivals = join(root, 'arrivals');
    dataDir = join(root, 'data');
    for (const dir of [arrivals, dataDir]) mkdirSync(dir);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const sink = () =>
    createSpoolSink({ folder: spool, edge: 'main', site: () => ({ id: 'works', plantHash: 'x' }), clock });
  const take = (writer: { write(batch: FactBatch): Promise<void> }) =>
    ingest({ folder: arrivals, dataDir, site: 'works', writer, now: NOW });
  const carry = (name: string) => copyFileSync(join(spool, OUT, name), join(arrivals, name));

  it('are numbered without a gap, also over a restart', async () => {
    await sink().write(batchOf({ 1: 1 }));
    const second = sink();
    await second.write(batchOf({ 2: 2 }));
    rmSync(join(spool, OUT), { recursive: true });
    mkdirSync(join(spool, OUT));
    await sink().write(batchOf({ 3: 3 }));
    expect(readdirSync(join(spool, 'kept')).sort()).toEqual([
      'main-0000000001.facts',
      'main-0000000002.facts',
      'main-0000000003.facts',
    ]);
    expect(readdirSync(join(spool, OUT))).toEqual(['main-0000000003.facts']);
  });

  it('name each number that is missing, and close the gap', async () => {
    const writer = sink();
    for (const n of [1, 2, 3, 4, 5]) await writer.write(batchOf({ [n]: n }));
    const historian = lastWriteWins();
    for (const n of [1, 4]) carry(`main-000000000${n}.facts`);
    expect(await take(historian)).toMatchObject({ taken: 2, gaps: [{ edge: 'main', from: 2, to: 3 }] });
    putOut(spool, 'main-0000000002.facts');
    putOut(spool, 'main-0000000003.facts');
    for (const n of [2, 3]) carry(`main-000000000${n}.facts`);
    expect(await take(historian)).toMatchObject({ taken: 2, repeated: 0, gaps: [] });
    expect([...historian.rows.keys()].sort()).toEqual(['1', '2', '3', '4']);
  });

  it('are set aside when they arrive damaged, or are of another site', async () => {
    await sink().write(batchOf({ 1: 1 }));
    const whole = readFileSync(join(spool, OUT, 'main-0000000001.facts'), 'utf8');
    writeFileSync(join(arrivals, 'main-0000000001.facts'), whole.replace('"mean":1', '"mean":9'));
    writeFileSync(join(arrivals, 'main-0000000002.facts'), whole.slice(0, 40));
    writeFileSync(join(arrivals, 'main-0000000003.facts'), '');
    const historian = lastWriteWins();
    const { damaged, taken } = await take(historian);
    expect(damaged.map(({ why }) => why)).toEqual(Array(3).fill('it is not whole: its sum does not match'));
    expect({ taken, writes: historian.writes }).toEqual({ taken: 0, writes: 0 });
    expect(readdirSync(join(dataDir, 'damaged'))).toHaveLength(3);
    carry('main-0000000001.facts');
    const other = await ingest({ folder: arrivals, dataDir, site: 'elsewhere', writer: historian, now: NOW });
    expect(other.damaged[0]?.why).toBe('it is of the site "works"');
  });

  it('stay where they arrived when the historian is away', async () => {
    await sink().write(batchOf({ 1: 1 }));
    carry('main-0000000001.facts');
    await expect(take({ write: () => Promise.reject(new Error('away')) })).rejects.toThrow('away');
    expect(existsSync(join(arrivals, 'main-0000000001.facts'))).toBe(true);
    expect(await take(lastWriteWins())).toMatchObject({ taken: 1 });
  });

  it('end as if nothing had been lost, repeated or out of order', async () => {
    const deliveries = fc.array(fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 6 }), { maxLength: 4 });
    const values = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 99 })), {
      minLength: 8,
      maxLength: 8,
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(values, deliveries, async (facts, days) => {
        run += 1;
        spool = join(root, `spool-${run}`);
        arrivals = join(root, `arrivals-${run}`);
        dataDir = join(root, `data-${run}`);
        for (const dir of [arrivals, dataDir]) mkdirSync(dir);
        const writer = sink();
        const direct = lastWriteWins();
        for (const [minute, value] of facts) {
          await writer.write(batchOf({ [minute]: value }));
          await direct.write(batchOf({ [minute]: value }));
        }
        const name = (n: number) => `main-${String(n).padStart(10, '0')}.facts`;
        const historian = lastWriteWins();
        for (const day of days) {
          for (const n of day) carry(name(n));
          await take(historian);
        }
        for (let n = 1; n <= facts.length; n += 1) carry(name(n));
        expect((await take(historian)).gaps).toEqual([]);
        expect(historian.rows).toEqual(direct.rows);
      }),
      { numRuns: 12 },
    );
  });
});
