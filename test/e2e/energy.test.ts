import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { at, FILLER, meterPieces, PACKER, PLANT } from '#api/fixture.ts';
import { type Api, startApi } from '#api/main.ts';
import { emptyBatch } from '#shared/oee/facts.ts';
import { factsOf } from '#shared/oee/fixture.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { MINUTE, SECOND } from '#shared/time/instant.ts';
import { ensureBuilt } from '../../dashboard/build.ts';
import { launchBrowser } from '../servers/browser.ts';
import { getJson, until } from '../servers/linewatt.ts';

/*
 * The energy page in a browser, over the real api with its broker, historian and sockets; an edge by hand whose clock is near
 * the end of a shift. After the first load every question over REST is refused.
 */
const TWO_SHIFTS = PLANT.replace(
  'breaks: [ { start: "10:00", minutes: 20 } ] }',
  `breaks: [ { start: "10:00", minutes: 20 } ] }
      - { id: late, name: Late, days: [mon, tue, wed, thu, fri], start: "14:00", end: "22:00" }`,
);
const SHIFT_END = at(8 * 60);
/** Where the clock of the test begins. */
const EARLY_END = SHIFT_END - 30 * SECOND;

let dir: string;
let api: Api;
let edge: MqttClient;
let browser: Browser;
let page: Page;
/** The clock stands until a test sets it going; later it may be set forward. */
let ahead = 0;
let goingSince: number | null = null;
const clock = (): number => Math.floor(EARLY_END + ahead + (goingSince === null ? 0 : performance.now() - goingSince));
let revision = 0;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'linewatt-energy-page-'));
  writeFileSync(join(dir, 'plant.yaml'), TWO_SHIFTS);
  const writer = openSqliteWriter(join(dir, 'historian.sqlite'));
  const past = SHIFT_END - MINUTE;
  const lists = [factsOf('filler', FILLER, past, true), factsOf('packer', PACKER, past, true)];
  await writer.write({
    ...emptyBatch(),
    intervals: lists.flatMap((list) => list.intervals),
    pieces: lists.flatMap((list) => list.pieces),
    meterPieces: meterPieces(at(-24 * 60), past),
  });
  await writer.close();
  const built = await ensureBuilt();
  api = await startApi({
    plantFile: join(dir, 'plant.yaml'),
    dataDir: dir,
    host: '127.0.0.1',
    port: 0,
    historianUrl: 'sqlite:',
    brokerUrl: 'aedes:0',
    ledgerUrl: 'sqlite:',
    dashboardDir: built.dir,
    env: {},
    clock,
    log: () => {},
  });
  edge = await connectAsync(api.brokerUrl);
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1680, height: 1050 } });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await edge?.endAsync(true);
  await api?.close();
  rmSync(dir, { recursive: true, force: true });
});

const number = async (selector: string, name: string): Promise<number> =>
  Number((await page.getAttribute(selector, name)) ?? 'NaN');
const bar = () =>
  page.evaluate(() => {
    const bars = document.querySelector('[data-bars]') as HTMLElement | null;
    return JSON.parse(bars?.dataset['last'] ?? '{}') as {
      name: string;
      kWh: number;
      cost: number;
      bands: Record<string, number>;
    };
  });

/** Both meters' minute so far, with this much energy in it. */
async function meterRises(minute: number, seconds: number, wh: number): Promise<void> {
  for (const [meter, share] of [
    ['m-main', 1],
    ['m-filler', 0.4],
  ] as const) {
    const row = { meter, machine: '', minute, intervalStart: minute, start: minute, end: minute + seconds * SECOND };
    const key = { state: 'unknown', product: '', order: '', slot: 0 };
    const open = {
      ...row,
      ...key,
      energyWh: wh * share,
      exportWh: 0,
      varh: 0,
      coveredSeconds: seconds,
      revision: ++revision,
    };
    const body = { version: 1, edge: 'main', epoch: 1000, revision, meter, t: clock(), powerW: wh, openFacts: [open] };
    await edge.publishAsync(`linewatt/v1/leeds/meters/${meter}/live`, JSON.stringify(body), { qos: 1 });
  }
}

interface Bill {
  readonly lines: readonly { readonly name: string; readonly amount: number | null }[];
}

describe('the energy page', () => {
  it('shows the week, its figures and everything that it is made of', async () => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${api.url}/energy`);
    await page.waitForSelector('[data-bill-total]', { timeout: 60_000 });
    await page.waitForFunction(() => Number(document.querySelector('[data-energy]')?.getAttribute('data-value')) > 1);
    expect(await page.textContent('[data-period]')).toBe('1 to 7 June 2026');
    expect(await number('[data-energy]', 'data-value')).toBeCloseTo(await number('[data-bars]', 'data-kwh'), 9);
    expect(await page.locator('[data-meter]').count()).toBe(3);
    expect(errors).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  });

  it('leafs through periods in its address, and links the exports of what it shows', async () => {
    await page.click('text=Day');
    await until(
      async () => (await page.textContent('[data-period]'))?.includes('Tuesday') ?? false,
      10_000,
      () => 'no day',
    );
    expect(page.url()).toContain('unit=day');
    await page.click('[aria-label="Earlier"]');
    await until(
      async () => (await page.textContent('[data-period]'))?.includes('Monday') ?? false,
      10_000,
      () => 'no day before',
    );
    const href = new URL((await page.getAttribute('[data-export="csv"]', 'href')) ?? '', api.url);
    expect(href.pathname).toBe('/api/v1/reports/energy.csv');
    expect(Object.fromEntries(href.searchParams)).toEqual({
      scope: 'site',
      from: '2026-06-01T05:00:00.000Z',
      to: '2026-06-02T05:00:00.000Z',
      by: 'shift,band',
    });
    await page.click('text=Week');
    await page.click('[aria-label="Later"]', { timeout: 2000 }).catch(() => {});
    await page.goto(`${api.url}/energy`);
    await page.waitForFunction(() => Number(document.querySelector('[data-energy]')?.getAttribute('data-value')) > 1);
    await page.waitForSelector('[data-demand-now]');
  });

  it("finds the line in which the supplier's bill differs, and by how much", async () => {
    await page.click('[aria-pressed="false"]:has-text("Check the supplier")');
    const window = new URL((await page.getAttribute('[data-export="csv"]', 'href')) ?? '', api.url).searchParams;
    const query = new URLSearchParams({
      tariff: 'grid',
      from: window.get('from') ?? '',
      to: window.get('to') ?? '',
    });
    const bill = await getJson<Bill>(`${api.url}/api/v1/bill?${query}`);
    const day = bill.lines.find((line) => line.name === 'day');
    expect(day?.amount).toBeGreaterThan(10);
    // They write what we find, but for twelve more on one line.
    for (const { name, amount } of bill.lines) {
      const theirs = (amount ?? 0) + (name === 'day' ? 12 : 0);
      await page.fill(`[aria-label="Their amount of ${name}"]`, theirs.toFixed(2));
    }
    await page.click('text=Compare');
    await page.waitForSelector('[data-replay]');
    expect(await page.textContent('[data-replay]')).toMatch(/Theirs less ours 12\.00/);
    const row = page.locator('tr:has([aria-label="Their amount of day"])');
    expect(await row.locator('.why').textContent()).toBe('differs');
    for (const { name } of bill.lines.filter((line) => line.name !== 'day')) {
      const other = page.locator(`tr:has([aria-label="Their amount of ${name}"]) .why`);
      expect(await other.textContent()).toBe('same');
    }
    await page.click('[aria-pressed="true"]:has-text("Close")');
  });

  it('says what the work would cost with its shifts moved, line by line', async () => {
    await page.selectOption('[aria-label="Work moved"]', '-6');
    await page.waitForSelector('[data-what-if]');
    const window = new URL((await page.getAttribute('[data-export="csv"]', 'href')) ?? '', api.url).searchParams;
    const query = new URLSearchParams({
      tariff: 'grid',
      from: window.get('from') ?? '',
      to: window.get('to') ?? '',
      shiftHours: '-6',
    });
    const { difference, assumptions } = await getJson<{ difference: number; assumptions: string[] }>(
      `${api.url}/api/v1/energy/what-if?${query}`,
    );
    // The power is even: what moves out of the day's price is dearer or cheaper by the hours alone.
    expect(Math.abs(difference)).toBeGreaterThan(1);
    const shown = await page.textContent('[data-what-if]');
    expect(shown).toBe(`${Math.abs(difference).toFixed(2)} ${difference <= 0 ? 'less' : 'more'}`);
    for (const said of assumptions)
      expect(await page.locator(`.note:has-text(${JSON.stringify(said)})`).count()).toBe(1);
    await page.selectOption('[aria-label="Work moved"]', '0');
    await page.waitForSelector('[data-what-if]', { state: 'detached' });
  });

  it('grows bar, band and cost within two seconds of a meter that rises, with REST refused', async () => {
    await page.route('**/api/v1/**', (route) => route.abort());
    goingSince = performance.now();
    const minute = SHIFT_END - MINUTE;
    const start = await bar();
    expect(start.name).toBe('Early');
    await meterRises(minute, 10, 400);
    await until(
      async () => (await bar()).kWh > start.kWh + 0.3,
      5_000,
      () => 'the first rise is not there',
    );
    const before = await bar();
    const costBefore = await number('[data-cost]', 'data-value');
    await meterRises(minute, 25, 1900);
    const risen = performance.now();
    await page.waitForFunction(
      (kWh) => Number(document.querySelector('[data-bars]')?.getAttribute('data-kwh')) > kWh,
      before.kWh,
      {
        timeout: 4_000,
        polling: 'raf',
      },
    );
    await until(
      async () => (await bar()).kWh >= before.kWh + 1.4,
      4_000,
      () => 'the bar did not grow',
    );
    expect(performance.now() - risen).toBeLessThan(2_000);
    const after = await bar();
    expect(after.kWh - before.kWh).toBeCloseTo(1.5, 2);
    expect((after.bands['day'] ?? 0) - (before.bands['day'] ?? 0)).toBeCloseTo(1.5, 2);
    expect(after.cost - before.cost).toBeCloseTo(0.3, 2);
    expect((await number('[data-cost]', 'data-value')) - costBefore).toBeCloseTo(0.3, 2);
    expect(await number('[data-demand-now]', 'data-predicted')).toBeGreaterThan(0);
  });

  it('begins the next bar by itself when the shift changes', async () => {
    const bars = await number('[data-bars]', 'data-count');
    ahead += SHIFT_END + 20 * SECOND - clock();
    await meterRises(SHIFT_END, 20, 700);
    await until(
      async () => (await bar()).name === 'Late' && (await bar()).kWh > 0.6,
      10_000,
      () => 'no late shift',
    );
    expect(await number('[data-bars]', 'data-count')).toBe(bars + 1);
    expect((await bar()).kWh).toBeCloseTo(0.7, 2);
  });
});
