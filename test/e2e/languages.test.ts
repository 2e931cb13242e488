import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../servers/browser.ts';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';

/* Words of other languages are longer: on a wall, which nobody scrolls, they must fit all the same. */
let server: FixtureServer;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([startFixtureServer(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function open(path: string, width: number, height: number, scene: 'down' | 'stale' = 'down'): Promise<Page> {
  server.scene = scene;
  const page = await browser.newPage({ viewport: { width, height } });
  await page.goto(`${server.url}${path}`);
  await page.waitForSelector('[data-link]:not([data-link="loading"])', { state: 'attached' });
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  return page;
}

/** Texts that leave the screen, at either side or below. */
function outside(page: Page): Promise<(string | null)[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('main *, main svg text')]
      .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()))
      .filter((element) => !element.closest('.visually-hidden, select, [popover]'))
      .filter((element) => {
        const range = document.createRange();
        range.selectNodeContents(element);
        const box = range.getBoundingClientRect();
        return box.right > innerWidth + 1 || box.left < -1 || box.bottom > innerHeight + 1;
      })
      .map((element) => element.textContent),
  );
}

it.each([
  ['de', 'gestört', 'im Rückstand', '69,1'],
  ['fr', 'en panne', 'de retard', 'TRS'],
  ['es', 'averiada', 'de retraso', 'objetivo 75'],
  ['pl', 'awaria', 'poniżej planu', 'cel 75%'],
])('the wall speaks %s, and all of it is on the screen', async (language, down, behind, figure) => {
  const page = await open(`/wall/filling?lang=${language}`, 1920, 1080);
  expect(await page.locator('.banner').textContent()).toContain(down);
  expect(await page.locator('.gap').first().textContent()).toContain(behind);
  expect(await page.locator('.oee').textContent()).toContain(figure);
  expect(await outside(page)).toEqual([]);
  // The heads of power and energy stand on one line: two would push the last figure off the screen.
  const heads = await page
    .locator('.figures .head')
    .evaluateAll((all) => all.map((head) => head.getBoundingClientRect().height));
  expect(Math.max(...heads)).toBeLessThan(1.5 * Math.min(...heads));
  // No message is shown by its key.
  expect(await page.locator('main').innerText()).not.toMatch(/\b(?:wall|states|verdict|formats|glossary)\.[a-z]/);
  await page.close();
});

it('the banner steps down until the longest Polish one keeps its margin', async () => {
  const page = await open('/wall/filling?lang=pl', 1920, 1080, 'stale');
  await page.getByText('Zakręcarka: była awaria').waitFor();
  const right = (): Promise<number> =>
    page.locator('.banner .why').evaluate((why) => Math.round(why.getBoundingClientRect().right));
  await expect.poll(right).toBeLessThanOrEqual(1920 - 48 + 1);
  await page.close();
});

it('the machine page says in German where each number of a figure is from', async () => {
  const page = await open('/machine/mc07?lang=de', 1440, 900);
  await page.locator('.ledger').waitFor();
  const ledger = page.locator('.ledger');
  expect(await ledger.innerText()).toMatch(/Wo die Zeit blieb[\s\S]*Rüsten[\s\S]*Geht mit dem Kalender auf: 342,0 min/);
  await page.locator('.figure', { hasText: 'Verfügbarkeit' }).click();
  const dialog = page.locator('dialog');
  await dialog.locator('.terms tr').first().waitFor();
  const formula = await dialog.locator('.formula').innerText();
  expect(formula).toBe('Laufzeit / geplante Produktionszeit');
  await page.close();
});
