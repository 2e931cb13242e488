import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../servers/browser.ts';
import { type Linewatt, startLinewatt, until } from '../servers/linewatt.ts';
import { type PlantCounts, plantTruth } from '../servers/plant-truth.ts';
import { registersAt } from '../servers/registers.ts';
import { REGISTER_STEP_KWH, totalsThatDiffer } from './totals.ts';

const MINUTE = 60_000;
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
    before = truth.recordedAt(from);
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
    // The wire says what the seed says: this is the plant that was counted.
    expect(await totalsThatDiffer(plant, { from, to }, before, worked)).toEqual([]);
    expect(Math.abs(after.mainKWh - (worked.get('m-main.importWh') ?? 0) / 1000)).toBeLessThan(REGISTER_STEP_KWH);
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

interface KpiAnswer {
  items: {
    seconds: Record<
      'run' | 'unplannedStop' | 'plannedStop' | 'unknown' | 'scheduleLoss' | 'break' | 'offShift',
      number
    >;
  }[];
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
