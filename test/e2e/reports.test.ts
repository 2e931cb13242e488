import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, Download, Page } from 'playwright-core';
import readXlsx from 'read-excel-file/node';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../servers/browser.ts';
import { type Linewatt, startLinewatt } from '../servers/linewatt.ts';

/*
 * The page of reports on the whole product: choose, read, download, open the file. Every figure on the screen is looked for in
 * the files that a browser really gets.
 */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}
let plant: Linewatt;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  plant = await startLinewatt();
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1440, height: 1100 }, locale: 'en-GB' });
}, 200_000);
afterAll(async () => {
  await browser?.close();
  await plant?.dispose();
});

async function show(query: string): Promise<void> {
  await page.goto(`${plant.url}/reports?${query}`);
  await page.waitForSelector('[data-preview][aria-busy="false"]', { timeout: 60_000 });
}
const figure = async (id: string): Promise<string> =>
  (await page.textContent(`[data-figure="${id}"] strong`))?.replace(/(kWh|GBP|kg|kW).*$/, '').trim() ?? '';
async function bytesOf(word: string): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent('download', { timeout: 60_000 }) as Promise<Download>,
    page.click(`.files a:text-is("${word}")`),
  ]);
  return readFile(await download.path());
}
const asNumber = (text: string): number => Number(text.replaceAll(',', ''));

describe('the page of reports', () => {
  it('shows yesterday’s tariff report, and its files carry the same totals to the cent', async () => {
    await show('report=tariff&period=yesterday&by=band');
    const [kWh, cost, bill] = [await figure('kWh'), await figure('cost'), await figure('bill')];
    expect(asNumber(kWh)).toBeGreaterThan(100);
    expect(asNumber(cost)).toBeGreaterThan(10);
    expect(asNumber(bill)).toBeGreaterThan(asNumber(cost));

    const book = await readXlsx(await bytesOf('XLSX'));
    const sheet = (name: string) => book.find((s) => s.sheet === name)?.data ?? [];
    const total = sheet('Breakdown').at(-1) ?? [];
    expect(total[0]).toBe('Total');
    expect(Number(total[1]).toFixed(1)).toBe(asNumber(kWh).toFixed(1));
    expect(total[2]).toBe(asNumber(cost));
    expect(Number(sheet('Bill').at(-1)?.[4]).toFixed(2)).toBe(asNumber(bill).toFixed(2));

    const csv = (await bytesOf('CSV')).toString().split('\r\n');
    const line = csv.find((l) => l.startsWith('Total,'))?.split(',') ?? [];
    expect([Number(line[1]), Number(line[2])]).toEqual([total[1], total[2]]);

    const pdf = await extractText(await getDocumentProxy(new Uint8Array(await bytesOf('PDF'))), { mergePages: true });
    for (const said of [kWh, cost, bill, 'Method and coverage', 'grid from 2026-04-01'])
      expect(pdf.text).toContain(said);

    const german = (await bytesOf('CSV with ; and ,')).toString();
    expect(german).toContain(`Total;${String(total[1]).replace('.', ',')};`);
  });

  it('follows every choice, and keeps it in the address', async () => {
    await show('report=tariff&period=yesterday&by=band');
    await page.click('button:text-is("Shift")');
    await page.waitForSelector('[data-preview^="shift "][aria-busy="false"]', { timeout: 60_000 });
    await page.selectOption('#report-scope', 'line:filling');
    await page.waitForSelector('[data-preview^="shift line:filling"][aria-busy="false"]', { timeout: 60_000 });
    await page.click('button:text-is("machine")');
    await page.waitForFunction(
      () => document.querySelector('[data-breakdown] h3')?.textContent === 'OEE and energy by shift and machine',
      undefined,
      { timeout: 60_000 },
    );
    const { searchParams } = new URL(page.url());
    expect(Object.fromEntries(searchParams)).toEqual({
      report: 'shift',
      scope: 'line:filling',
      period: 'yesterday',
      by: 'shift,machine',
    });
    const machines = await page.$$eval('[data-breakdown] tbody tr', (rows) =>
      rows.map((r) => r.children[3]?.textContent),
    );
    expect(new Set(machines)).toContain('Filler');
  });

  it('lists what was downloaded, with what it rests on, and refuses in words', async () => {
    await show('report=energy&period=yesterday&by=machine');
    await bytesOf('CSV');
    await page.waitForSelector('tr[data-report="energy"]', { timeout: 20_000 });
    const row = await page.textContent('tr[data-report="energy"]');
    expect(row).toMatch(/Energy report.*CSV.*plant [0-9a-f]{8}/s);
    await page.goto(`${plant.url}/reports?report=tariff&scope=line:nope`);
    await page.waitForSelector('.problem', { timeout: 20_000 });
    expect(await page.textContent('.problem')).toContain('This plant has no line:nope');
  });

  it('fits a telephone, and speaks the language of the page, files and all', async () => {
    const phone = await browser.newPage({ viewport: { width: 390, height: 800 }, locale: 'de-DE' });
    await phone.goto(`${plant.url}/reports?report=tariff&period=yesterday&by=band&lang=de`);
    await phone.waitForSelector('[data-preview][aria-busy="false"]', { timeout: 60_000 });
    await phone.waitForSelector('tr[data-report]', { timeout: 20_000 });
    expect(await phone.textContent('[data-breakdown] h3')).toBe('Energie nach Tarifzeit');
    expect(await phone.getAttribute('.files a', 'href')).toContain('language=de');
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await phone.close();
  });

  it('has nothing serious for axe, in both themes', async () => {
    for (const path of ['/reports?period=yesterday&by=band', '/alerts?']) {
      for (const theme of ['light', 'dark']) {
        await page.goto(`${plant.url}${path}&theme=${theme}`);
        await page.waitForSelector('h1', { timeout: 60_000 });
        if (path.startsWith('/reports'))
          await page.waitForSelector('[data-preview][aria-busy="false"]', { timeout: 60_000 });
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(() =>
          (globalThis as unknown as { axe: { run(): Promise<AxeResult> } }).axe.run(),
        );
        const serious = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
        expect(serious.map((v) => [path, theme, v.id, v.nodes[0]?.html])).toEqual([]);
      }
    }
  });
});
