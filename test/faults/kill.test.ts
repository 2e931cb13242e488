import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../servers/browser.ts';
import { type Linewatt, startLinewatt, until } from '../servers/linewatt.ts';
import { type PlantCounts, plantTruth } from '../servers/plant-truth.ts';
import { registersAt } from '../servers/registers.ts';

const MINUTE = 60_000;
/** The one counter that starts again at 0 with each order: what it lost while nobody listened cannot be known. */
const RESETS_AT_ORDER = ['packer.total', 'packer.reject'];

/*
 * kill -9 of each process in turn, with a wall watching. The others live on, the wall says that its data is old and comes
 * back by itself, and afterwards pieces and kWh between two whole minutes equal the plant's own registers: those of the
 * second minute read from its servers, those of the first, from before the product was started, worked out from its seed.
 */
describe('kill -9', () => {
  let plant: Linewatt;
  let browser: Browser;
  let wall: Page;
  let from = 0;
  let to = 0;
  let before: PlantCounts;
  let truth: Awaited<ReturnType<typeof plantTruth>>;

  beforeAll(async () => {
    from = Math.floor(Date.now() / MINUTE) * MINUTE;
    [plant, browser] = await Promise.all([startLinewatt({ historyDays: 1 }), launchBrowser()]);
    wall = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
    await wall.goto(`${plant.url}/wall/filling`);
    await linkIs(wall, 'live', 30_000);
    await wall.evaluate(() => Object.assign(window, { sameDocument: true }));
    truth = await plantTruth(plant);
    before = truth.at(from);
  }, 150_000);
  afterAll(async () => {
    await browser?.close();
    await plant?.dispose();
  });

  it.each(['demo', 'edge', 'api'] as const)(
    'of %s: the others live on, the wall says so and recovers by itself',
    async (name) => {
      const pids = await plant.children();
      const pid = pids[name];
      if (pid === undefined) throw new Error(`no process ${name}:\n${plant.log()}`);
      plant.pause();
      try {
        process.kill(pid, 'SIGKILL');
        // Without its PLCs every machine has no data; without the edge data grows old; without the api the link is gone.
        if (name === 'demo') await lookIs(wall, 'filler', 'unknown', 20_000);
        else await linkIs(wall, 'late|stale', name === 'api' ? 4_000 : 13_000);
      } finally {
        plant.resume();
      }
      await until(
        async () => {
          const now = (await plant.children())[name];
          const health = await plant.json<{ status: string }>('/api/v1/health').catch(() => null);
          return now !== undefined && now !== pid && health?.status === 'ok';
        },
        40_000,
        () => `${name} did not come back:\n${plant.log()}`,
      );
      await linkIs(wall, 'live', 20_000);
      await wall.waitForSelector('[data-machine="filler"]:not([data-look="unknown"])', { timeout: 20_000 });
      const after = await plant.children();
      for (const other of ['demo', 'edge', 'api'].filter((n) => n !== name)) expect(after[other]).toBe(pids[other]);
      expect(await wall.evaluate(() => 'sameDocument' in window)).toBe(true);
    },
  );

  it('counted every piece and every kWh that the registers counted', async () => {
    to = Math.ceil((Date.now() + 4_500) / MINUTE) * MINUTE;
    const after = await registersAt(plant, to);
    const worked = truth.at(to);
    for (const [signal, value] of after.counters)
      expect({ signal, value }).toEqual({ signal, value: worked.get(signal) });
    const query = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}&by=total`;
    const { plantHash: _hash, machines } = await plant.json<PlantAnswer>('/api/v1/plant');
    for (const machine of machines) {
      const kind = ['total', 'cycles', 'good'].find((k) => before.has(`${machine.id}.${k}`));
      const signal = `${machine.id}.${kind}`;
      if (kind === undefined || kind === 'cycles' || RESETS_AT_ORDER.includes(signal)) continue;
      const delta = wrapped((after.counters.get(signal) ?? 0) - (before.get(signal) ?? 0), machine.id);
      const counted = await settled(plant, `/api/v1/kpi?scope=machine:${machine.id}&${query}`);
      const mine = kind === 'good' ? counted.good + counted.unscheduledGood : counted.total + counted.unscheduledTotal;
      expect({ signal, counted: mine }).toEqual({ signal, counted: delta });
    }
    const energy = await plant.json<{ items: { kWh: number }[] }>(`/api/v1/energy?scope=meter:m-main&${query}`);
    const kWh = energy.items.reduce((sum, item) => sum + item.kWh, 0);
    expect(Math.abs(kWh - (after.mainKWh - (before.get('m-main.importWh') ?? 0) / 1000))).toBeLessThan(0.05);
  }, 180_000);

  it('lost seconds only to unknown', async () => {
    const query = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}&by=total`;
    const { items } = await plant.json<KpiAnswer>(`/api/v1/kpi?scope=machine:filler&${query}`);
    const s = items[0]?.seconds;
    if (!s) throw new Error('no figures');
    const sum = s.run + s.unplannedStop + s.plannedStop + s.unknown + s.scheduleLoss + s.break + s.offShift;
    expect(sum).toBeCloseTo((to - from) / 1000, 6);
    expect(s.unknown).toBeGreaterThan(0);
    expect(s.unknown).toBeLessThan((to - from) / 1000);
  });
});

interface PlantAnswer {
  plantHash?: string;
  machines: { id: string }[];
}
interface Counts {
  total: number;
  good: number;
  unscheduledTotal: number;
  unscheduledGood: number;
}
interface KpiAnswer {
  items: {
    counts: Counts;
    seconds: Record<
      'run' | 'unplannedStop' | 'plannedStop' | 'unknown' | 'scheduleLoss' | 'break' | 'offShift',
      number
    >;
  }[];
}

/** The labeller's counter has 16 bits; every other is wider than a test is long. */
function wrapped(delta: number, machine: string): number {
  return delta < 0 && machine === 'labeller' ? delta + 65_536 : delta;
}

/** Figures of a window once two reads agree: its last minute may still be on its way. */
async function settled(plant: Linewatt, path: string): Promise<Counts> {
  let last = '';
  let counts: Counts | undefined;
  await until(
    async () => {
      counts = (await plant.json<KpiAnswer>(path)).items[0]?.counts;
      const text = JSON.stringify(counts);
      const same = text === last;
      last = text;
      return same;
    },
    10_000,
    () => `${path} does not settle: ${last}`,
  );
  if (!counts) throw new Error(`${path} has no figures`);
  return counts;
}

async function lookIs(page: Page, machine: string, look: string, withinMs: number): Promise<void> {
  await page.waitForSelector(`[data-machine="${machine}"][data-look="${look}"]`, { timeout: withinMs });
}

async function linkIs(page: Page, state: string, withinMs: number): Promise<void> {
  await page.waitForFunction(
    (wanted) => new RegExp(wanted).test(document.querySelector('[data-link]')?.getAttribute('data-link') ?? ''),
    state,
    { timeout: withinMs },
  );
}
