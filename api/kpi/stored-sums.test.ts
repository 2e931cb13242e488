import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyBatch, type FactHeader } from '#shared/oee/facts.ts';
import { factsOf, machine, makePlant, product, reason, type Stage } from '#shared/oee/fixture.ts';
import type { Calendar, Plant } from '#shared/plant/model.ts';
import type { HistorianWriter } from '#shared/store/historian.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { DAY, HOUR, type Instant, MINUTE } from '#shared/time/instant.ts';
import { linkHistorian } from '../historian/link.ts';
import type { EntryContent, Ledger } from '../ledger/ledger.ts';
import { openSqliteLedger } from '../ledger/sqlite.ts';
import { createLiveStore } from '../live/store.ts';
import { createCounters } from '../metrics/counters.ts';
import { slicesOf } from './bounds.ts';
import { createKpiService } from './service.ts';
import { startSumKeeper } from './sum-keeper.ts';
import { openSumStore, type SumStore } from './sum-store.ts';

const START = Date.UTC(2026, 5, 1);
const DAYS = 4;
const END = START + DAYS * DAY;
const EVERY_DAY = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const SHIFTS: Calendar = {
  shifts: [
    {
      id: 'early',
      name: 'Early',
      days: EVERY_DAY,
      start: '06:00',
      end: '14:00',
      breaks: [{ start: '10:00', minutes: 20 }],
    },
    { id: 'late', name: 'Late', days: EVERY_DAY, start: '14:00', end: '22:00', breaks: [] },
  ],
  exceptions: [],
};
/** Of a day of this calendar: 00:00, 06:00, 10:00, 10:20, 14:00, 22:00. */
const SLICES_A_DAY = 6;

const PLANT = makePlant({
  calendar: SHIFTS,
  constraint: 'a',
  machines: ['a', 'b'].map((id) =>
    machine(id, {
      product: { binding: { source: 's', address: {} }, map: null },
      smallStopSeconds: [{ validFrom: 0, value: 300 }],
    }),
  ),
  products: [product('P', 1), product('Q', 2)],
  reasons: [reason('jam', 'unplannedStop'), reason('noOrders', 'notScheduled')],
});

let dir: string;
let writer: HistorianWriter;
let ledger: Ledger;
let plant: Plant;
let now: Instant;
let stages: Map<string, Stage[]>;
const sent = new Map<string, FactHeader>();

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'linewatt-sums-'));
  writer = openSqliteWriter(join(dir, 'historian.sqlite'));
  now = END + DAY;
  ledger = openSqliteLedger(':memory:', () => now);
  plant = PLANT;
  sent.clear();
  stages = new Map(['a', 'b'].map((id, n) => [id, usualDays(n)]));
  for (const id of stages.keys()) await rewrite(id);
});

afterEach(async () => {
  await writer.close();
  await ledger.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Runs two hours, stands for some minutes, and so on. */
function usualDays(n: number): Stage[] {
  const list: Stage[] = [];
  for (let t = START, i = 0; t < END; t += 2 * HOUR, i += 1) {
    list.push({ start: t, state: 'running', product: i % 9 < 5 ? 'P' : 'Q', good: 40 + n, reject: 1 });
    list.push({ start: t + 110 * MINUTE, state: 'down', reason: i % 3 === 0 ? 'jam' : null, product: 'P' });
    list.push({ start: t + (110 + (i % 8)) * MINUTE + MINUTE, state: 'running', product: 'P', good: 40, reject: 0 });
  }
  return list;
}

let revision = 1;

/** Sends what differs from what was sent before, as the edge does. */
async function rewrite(id: string): Promise<void> {
  revision += 1;
  const facts = factsOf(id, stages.get(id) ?? [], END);
  const batch = emptyBatch();
  const standing = new Set<string>();
  const changed = <F extends FactHeader>(key: string, fact: F, out: F[]) => {
    standing.add(key);
    const before = sent.get(key);
    if (before && JSON.stringify({ ...before, revision: 0 }) === JSON.stringify({ ...fact, revision: 0 })) return;
    sent.set(key, fact);
    out.push({ ...fact, revision });
  };
  for (const i of facts.intervals) changed(`i ${id} ${i.start}`, i, batch.intervals);
  for (const p of facts.pieces) changed(`p ${id} ${p.minute} ${p.state} ${p.product} ${p.slot}`, p, batch.pieces);
  for (const [key, fact] of [...sent]) {
    if (standing.has(key) || key.split(' ')[1] !== id) continue;
    sent.delete(key);
    const gone = { ...fact, revision, void: true };
    if (key.startsWith('i ')) batch.intervals.push(gone as unknown as (typeof batch.intervals)[number]);
    else batch.pieces.push(gone as unknown as (typeof batch.pieces)[number]);
  }
  await writer.write(batch);
}

/** Figures of all slices, from an api that has just started; and how many slices it took from where. */
async function ask(store: SumStore | null, heldFrom: Instant | null = null) {
  const counters = createCounters();
  const historian = linkHistorian({ url: 'sqlite:', dataDir: dir }, counters);
  await new Promise<void>((done) => historian.onConnect(() => done()));
  const live = createLiveStore(
    () => plant,
    () => now,
    counters,
  );
  live.heldFrom = heldFrom;
  const kpi = createKpiService(
    () => plant,
    live,
    historian,
    ledger,
    () => now,
    counters,
    store,
  );
  const line = plant.lines.get('l1');
  if (!line) throw new Error('no line');
  const figures = await kpi.kpi.ofLine(line, slicesOf(plant, [line], START, END), 'both');
  await historian.close();
  return {
    figures: JSON.parse(JSON.stringify([...figures])) as unknown,
    stored: counters.get('kpi_slices', 'stored'),
    judged: counters.get('kpi_slices', 'judged'),
  };
}

/** What the api does by itself while nobody asks. */
async function keep(): Promise<void> {
  const counters = createCounters();
  const historian = linkHistorian({ url: 'sqlite:', dataDir: dir }, counters);
  await new Promise<void>((done) => historian.onConnect(() => done()));
  const live = createLiveStore(
    () => plant,
    () => now,
    counters,
  );
  const store = openSumStore(join(dir, 'judged.sqlite'));
  const kpi = createKpiService(
    () => plant,
    live,
    historian,
    ledger,
    () => now,
    counters,
    store,
  );
  const keeper = startSumKeeper({ plant: () => plant, kpi, historian, live, clock: () => now, log: () => {} });
  await keeper.first;
  await keeper.stop();
  store.close();
  await historian.close();
}

async function again(heldFrom: Instant | null = null) {
  const store = openSumStore(join(dir, 'judged.sqlite'));
  try {
    return await ask(store, heldFrom);
  } finally {
    store.close();
  }
}

async function expectTruth(): Promise<{ stored: number; judged: number }> {
  const found = await again();
  expect(found.figures).toEqual((await ask(null)).figures);
  return found;
}

let key = 0;
async function enter(content: EntryContent): Promise<string> {
  key += 1;
  return (await ledger.append({ idempotencyKey: `k${key}`, by: 'ann', content })).entry.id;
}

describe('stored sums', () => {
  it('are found again by an api that starts later, which judges nothing', async () => {
    const first = await expectTruth();
    expect(first).toMatchObject({ stored: 0, judged: DAYS * SLICES_A_DAY });
    expect(await expectTruth()).toMatchObject({ stored: DAYS * SLICES_A_DAY, judged: 0 });
  });

  it('are made for finished days before anybody asks', async () => {
    await keep();
    expect(await expectTruth()).toMatchObject({ stored: DAYS * SLICES_A_DAY, judged: 0 });
  });

  it('are made anew for the day of a late fact alone', async () => {
    await again();
    const list = stages.get('b') ?? [];
    const i = list.findIndex((stage) => stage.start >= START + DAY + 8 * HOUR && stage.state === 'running');
    list[i] = { ...(list[i] as Stage), good: 7 };
    await rewrite('b');
    // And for the slice that ends at its midnight, which a stop might carry over.
    expect(await expectTruth()).toMatchObject({ judged: SLICES_A_DAY + 1 });
  });

  it('are made anew for the slices that an entry touches alone, and once more when it is taken back', async () => {
    await again();
    const entry = await enter({ type: 'scrap', machine: 'a', at: START + DAY + 7 * HOUR, count: 5 });
    expect(await expectTruth()).toMatchObject({ judged: 1 });
    expect(await expectTruth()).toMatchObject({ judged: 0 });
    await enter({ type: 'void', entry });
    expect(await expectTruth()).toMatchObject({ judged: 1 });
  });

  it('are made anew for every slice that a relabelled stop reaches into', async () => {
    const list = stages.get('a') ?? [];
    // One stop from 13:50 to 14:30 on the second day, over the change of shift.
    const from = START + DAY + 13 * HOUR + 50 * MINUTE;
    stages.set('a', [
      ...list.filter((s) => s.start < from),
      { start: from, state: 'down', product: 'P' },
      ...list.filter((s) => s.start >= from + 40 * MINUTE),
    ]);
    await rewrite('a');
    await again();
    await enter({ type: 'stopReason', machine: 'a', at: from + MINUTE, reason: 'noOrders' });
    expect(await expectTruth()).toMatchObject({ judged: 2 });
  });

  it('are all made anew for another plant file', async () => {
    await again();
    plant = { ...PLANT, hash: 'other', products: new Map([['P', product('P', 3)]]) };
    expect(await expectTruth()).toMatchObject({ stored: 0 });
  });

  it('are not those of another historian file that was begun since', async () => {
    await again();
    await writer.close();
    for (const end of ['', '-wal', '-shm']) rmSync(join(dir, `historian.sqlite${end}`), { force: true });
    writer = openSqliteWriter(join(dir, 'historian.sqlite'));
    sent.clear();
    revision = 0;
    stages.set('a', [{ start: START, state: 'running', product: 'P', good: 3 }]);
    for (const id of stages.keys()) await rewrite(id);
    expect(await expectTruth()).toMatchObject({ stored: 0 });
  });

  it('do not include what memory alone may know', async () => {
    await again(START + 2 * DAY);
    const { stored } = await expectTruth();
    expect(stored).toBeGreaterThan(SLICES_A_DAY);
    expect(stored).toBeLessThanOrEqual(2 * SLICES_A_DAY);
  });

  it('begin anew over a file that cannot be read', async () => {
    await again();
    writeFileSync(join(dir, 'judged.sqlite'), 'no database at all, but long enough to be looked at '.repeat(40));
    for (const end of ['-wal', '-shm']) rmSync(join(dir, `judged.sqlite${end}`), { force: true });
    expect(await expectTruth()).toMatchObject({ stored: 0 });
  });

  it('are all that is left of minutes that are gone, whatever changes since, and are never replaced', async () => {
    const before = await again();
    const gone = START + 2 * DAY;
    while (await writer.prune?.(gone + HOUR));
    await enter({ type: 'scrap', machine: 'a', at: START + 7 * HOUR, count: 5 });
    plant = { ...PLANT, hash: 'other' };
    // The third and fourth day are judged anew, for the other plant file; a second time from the store.
    for (const judged of [2 * SLICES_A_DAY, 0]) {
      const after = await again();
      expect(after.figures).toEqual(before.figures);
      expect(after.judged).toBe(judged);
    }
    // Without the store they are unknown, and that is not kept in its place.
    expect((await ask(null)).figures).not.toEqual(before.figures);
  });

  it('are what judging anew gives, after any sequence of late facts and entries', { timeout: 30_000 }, async () => {
    let state = 20260601;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const entered: string[] = [];
    let stored = 0;
    for (let step = 1; step <= 36; step += 1) {
      const id = ['a', 'b'][random(2)] ?? 'a';
      const at = START + random(DAYS * 24 * 60) * MINUTE;
      switch (random(7)) {
        case 0:
          entered.push(await enter({ type: 'scrap', machine: id, at, count: 1 + random(4) }));
          break;
        case 1:
          entered.push(await enter({ type: 'stopReason', machine: id, at, reason: random(2) ? 'jam' : 'noOrders' }));
          break;
        case 2:
          entered.push(await enter({ type: 'product', machine: id, at, product: random(2) ? 'P' : 'Q' }));
          break;
        case 3: {
          const entry = entered[random(entered.length)];
          if (entry !== undefined) await enter({ type: 'void', entry });
          break;
        }
        default: {
          const list = stages.get(id) ?? [];
          const i = random(list.length);
          const stage = list[i] as Stage;
          if (random(2)) list[i] = { ...stage, state: stage.state === 'running' ? 'down' : 'running' };
          else list[i] = { ...stage, product: random(2) ? 'P' : 'Q', good: random(60) };
          await rewrite(id);
        }
      }
      if (step % 3 === 0) stored += (await expectTruth()).stored;
    }
    expect(stored).toBeGreaterThan(12 * SLICES_A_DAY);
  });
});
