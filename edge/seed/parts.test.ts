import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyBatch, type FactBatch, type MachinePiece, type StateInterval } from '#shared/oee/facts.ts';
import { MINUTE } from '#shared/time/instant.ts';
import { createPartKeeper, hasParts, writeParts } from './parts.ts';

const interval = (start: number, end: number | null, revision: number): StateInterval => ({
  machine: 'm',
  start,
  end,
  state: 'running',
  reason: null,
  revision,
});
const piece = (minute: number, totalCount: number, revision: number): MachinePiece => ({
  machine: 'm',
  minute: minute * MINUTE,
  state: 'running',
  product: '',
  order: '',
  slot: 0,
  intervalStart: 0,
  start: minute * MINUTE,
  end: (minute + 1) * MINUTE,
  totalCount,
  goodCount: totalCount,
  rejectCount: 0,
  revision,
});

/** Three parts of ten minutes; each restates something of the one before, and one interval never ends. */
const parts: readonly FactBatch[] = [
  { ...emptyBatch(), intervals: [interval(0, 5, 1), interval(5, null, 1)], pieces: [piece(8, 1, 1), piece(9, 1, 1)] },
  {
    ...emptyBatch(),
    intervals: [interval(5, 15, 2), interval(15, null, 2)],
    pieces: [piece(9, 2, 2), piece(10, 3, 2)],
  },
  { ...emptyBatch(), pieces: [piece(9, 4, 3), piece(20, 5, 3)] },
];

describe('a history written in parts', () => {
  let folder: string;
  let table: Map<string, unknown>;
  /** An engine that keeps whatever came last. */
  const write = async (batch: FactBatch) => {
    for (const f of batch.intervals) table.set(`interval ${f.start}`, f);
    for (const f of batch.pieces) table.set(`piece ${f.minute}`, f);
  };
  const keepAll = () => {
    const keeper = createPartKeeper(folder);
    parts.forEach((batch, i) => {
      keeper.keep(batch, i * 10 * MINUTE, (i + 1) * 10 * MINUTE);
    });
    keeper.finish();
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'linewatt-parts-'));
    table = new Map();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('comes out newest first as it would in order', async () => {
    for (const batch of parts) await write(batch);
    const inOrder = new Map(table);
    table = new Map();
    keepAll();
    const recent: number[] = [];
    await writeParts(folder, write, () => recent.push(table.size));
    expect(table).toEqual(inOrder);
    expect(recent).toHaveLength(1);
    expect(hasParts(folder)).toBe(false);
  });

  it('says what is open at the end before live facts may end it', async () => {
    keepAll();
    await writeParts(folder, write, () => table.set('interval 15', interval(15, 40, 9)));
    expect(table.get('interval 15')).toMatchObject({ end: 40 });
  });

  it('goes on where it was cut short', async () => {
    for (const batch of parts) await write(batch);
    const inOrder = new Map(table);
    table = new Map();
    keepAll();
    let writes = 0;
    const failing = async (batch: FactBatch) => {
      writes += 1;
      if (writes === 2) throw new Error('cut');
      await write(batch);
    };
    await expect(writeParts(folder, failing, () => {})).rejects.toThrow('cut');
    expect(readdirSync(folder).filter((name) => name.endsWith('.facts'))).toHaveLength(2);
    await writeParts(folder, write, () => {});
    expect(table).toEqual(inOrder);
  });
});
