import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DeskAnswer } from '#shared/contract/desk.ts';
import type { OperatorAnswer } from '#shared/contract/operator.ts';
import type { EntriesAnswer, PlantAnswer } from '#shared/contract/rest-answers.ts';
import { launchBrowser } from '../servers/browser.ts';
import { type Linewatt, startLinewatt, until } from '../servers/linewatt.ts';
import { zoneWhereItIs } from '../servers/site-zone.ts';

/* People at the running product: two tablets that disagree, a tablet whose server dies, and the desk that sees it all. */
let plant: Linewatt;
let browser: Browser;
let machine = '';
beforeAll(async () => {
  // Half a shift has passed, so that there are stops to speak of.
  const started = startLinewatt({ historyDays: 1, timezone: zoneWhereItIs('12:00', new Date()) });
  [plant, browser] = await Promise.all([started, launchBrowser()]);
  const { machines } = await plant.json<PlantAnswer>('/api/v1/plant');
  for (const { id } of machines) {
    if ((await bigStops(id)).length >= 2) machine = id;
    if (machine) break;
  }
  expect(machine, 'a machine with two longer stops this shift').not.toBe('');
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await plant?.dispose();
});

const operator = (id = machine) => plant.json<OperatorAnswer>(`/api/v1/operator?machine=${id}`);
async function bigStops(id: string) {
  return (await operator(id)).stops.filter((s) => s.look !== 'minor' && s.end !== null && s.seconds >= 180);
}
const entries = async () => (await plant.json<EntriesAnswer>('/api/v1/entries')).items;

async function tablet(by: string): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ viewport: { width: 1180, height: 820 }, hasTouch: true });
  await context.addInitScript((name) => {
    if (localStorage.getItem('linewatt.station')) return;
    localStorage.setItem('linewatt.station', JSON.stringify({ device: `Tablet of ${name}`, by: name, theme: 'light' }));
  }, by);
  const page = await context.newPage();
  await page.goto(`${plant.url}/operator/${machine}`);
  await page.locator('[data-stop], [data-likely], [data-group]').first().waitFor();
  const all = page.getByRole('button', { name: 'All stops' });
  if (await all.isVisible()) await all.tap();
  await page.locator('[data-stop]').first().waitFor();
  return { context, page };
}

async function explain(page: Page, start: string, group: string, reason: string): Promise<void> {
  await page
    .locator(`[data-stop="${start}"]`)
    .getByRole('button', { name: /Add reason|Change/ })
    .tap();
  await page.locator(`[data-group="${group}"]`).tap();
  await page.locator(`[data-reason="${reason}"]`).tap();
}

it('refuses what a tablet enters on a stale view, shows what changed, and takes it once the person insists', async () => {
  const [stop] = await bigStops(machine);
  if (!stop) throw new Error('no stop');
  const [a, b] = await Promise.all([tablet('Ann'), tablet('Bob')]);
  // Bob's tablet has loaded its view and hears nothing new.
  await b.page.route('**/api/v1/operator?**', (route) => route.abort());
  const before = (await entries()).length;
  await explain(a.page, stop.start, 'People', 'meeting');
  await until(
    async () => (await entries()).length === before + 1,
    10_000,
    () => 'Ann was not heard',
  );
  await explain(b.page, stop.start, 'People', 'noOperator');
  await b.page.getByText('1 entry could not be taken.').waitFor();
  expect(await entries()).toHaveLength(before + 1);
  await b.page.getByRole('button', { name: 'Show 1' }).tap();
  await b.page.getByText(/^Ann said “Meeting” at \d\d:\d\d\./).waitFor();
  await b.page.getByRole('button', { name: 'Use mine' }).tap();
  await until(
    async () => (await entries()).length === before + 2,
    10_000,
    () => 'Bob was not heard',
  );
  const last = (await entries()).slice(-2);
  expect(last).toMatchObject([
    { reason: 'meeting', by: 'Ann', device: 'Tablet of Ann' },
    { reason: 'noOperator', by: 'Bob', device: 'Tablet of Bob' },
  ]);
  expect((await operator()).stops.find((s) => s.start === stop.start)).toMatchObject({
    reason: 'noOperator',
    byPerson: true,
  });
  await a.context.close();
  await b.context.close();
});

it('keeps what is tapped while the api is dead, over a reload, and has it in the ledger exactly once', async () => {
  const [, stop] = await bigStops(machine);
  if (!stop) throw new Error('no second stop');
  const { context, page } = await tablet('Cleo');
  await page.waitForFunction(async () => (await navigator.serviceWorker.ready).active?.state === 'activated');
  await page.waitForFunction(async () => (await (await caches.open('linewatt-assets')).keys()).length > 5);
  const before = await entries();
  const { api } = await plant.children();
  if (!api) throw new Error('no api');
  plant.pause();
  process.kill(api, 'SIGKILL');
  await explain(page, stop.start, 'People', 'training');
  await page.getByText(/1 entry waiting/).waitFor({ timeout: 15_000 });
  await page.reload();
  await page.getByText(/1 entry waiting/).waitFor({ timeout: 20_000 });
  await page.getByLabel('One more').tap();
  await page.getByRole('button', { name: 'Save 1' }).tap();
  await page.getByText(/2 entries waiting/).waitFor();
  plant.resume();
  await until(
    async () => (await entries().catch(() => before)).length === before.length + 2,
    60_000,
    () => `not sent:\n${plant.log().slice(-2000)}`,
  );
  const mine = (await entries()).slice(before.length);
  expect(mine).toMatchObject([
    { type: 'stopReason', reason: 'training', by: 'Cleo' },
    { type: 'scrap', count: 1, by: 'Cleo' },
  ]);
  for (const e of mine) expect(Date.parse(String(e['enteredAt']))).toBeLessThan(Date.parse(String(e['recordedAt'])));
  await page.locator('[data-waiting="1"], [data-waiting="2"]').waitFor({ state: 'detached' });
  await context.close();
});

it('shows the desk the hours, the losses and the queue, takes a comment, and prints a handover sheet', async () => {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  const errors: string[] = [];
  page.on('pageerror', (e) => errors.push(e.message));
  await page.goto(`${plant.url}/desk/filling`);
  await page.locator('[data-hour]').first().waitFor();
  expect(await page.locator('[data-hour]').count()).toBe(8);
  const { hours, explained } = await plant.json<DeskAnswer>('/api/v1/desk?scope=line:filling');
  expect(explained.byController + explained.byPerson + explained.byNobody).toBeCloseTo(explained.stopSeconds, 6);
  const hour = hours[0]?.startLabel ?? '';
  await page.getByRole('button', { name: `Comment on ${hour}` }).click();
  await page.getByRole('textbox', { name: `Comment on ${hour}` }).fill('Late start, no forklift');
  await page.keyboard.press('Enter');
  await page.locator(`[data-hour="${hour}"]`, { hasText: 'Late start, no forklift' }).waitFor();
  await page.getByRole('button', { name: 'Money' }).click();
  expect(await page.getByRole('button', { name: 'Money' }).getAttribute('aria-pressed')).toBe('true');
  for (const theme of ['dark', 'light']) {
    await page.evaluate((name) => {
      document.documentElement.dataset['theme'] = name;
    }, theme);
    await page.evaluate(axe.source);
    const serious = await page.evaluate(async () => {
      const { violations } = await (window as unknown as { axe: typeof import('axe-core') }).axe.run();
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
    });
    expect(serious, theme).toEqual([]);
  }
  await page.emulateMedia({ media: 'print' });
  expect(await page.getByRole('button', { name: 'Print handover' }).isVisible()).toBe(false);
  expect(await page.locator('[data-hour]').first().isVisible()).toBe(true);
  expect(errors).toEqual([]);
  await page.close();
});
