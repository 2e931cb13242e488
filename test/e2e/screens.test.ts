import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../servers/browser.ts';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';
import { LONG_REASON, type Scene } from './fixture-views.ts';
import { isBaselineOf, pixelsOff, WRITES } from './pixels.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/* What the pages do with states that a running plant shows only by chance: played over a real socket into a real browser. */
let server: FixtureServer;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([startFixtureServer(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function open(scene: Scene, path: string, width: number, height: number): Promise<Page> {
  server.scene = scene;
  const page = await browser.newPage({ viewport: { width, height } });
  await page.goto(`${server.url}${path}`);
  await page.waitForSelector('[data-link]:not([data-link="loading"])', { state: 'attached' });
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  return page;
}

describe('the banner of the wall', () => {
  it.each([
    [1920, 1080],
    [3840, 2160],
    [1180, 820],
  ])('says all of a long reason at %i x %i, inside its box', async (width, height) => {
    const page = await open('long-reason', '/wall/filling', width, height);
    const banner = page.locator('.banner');
    expect(await banner.textContent()).toContain(LONG_REASON);
    const outside = await banner.evaluate((box) => {
      const outer = box.getBoundingClientRect();
      return [...box.querySelectorAll('strong, small')]
        .map((text) => {
          const range = document.createRange();
          range.selectNodeContents(text);
          // A font's own box is higher than its letters.
          const air = Number.parseFloat(getComputedStyle(text).fontSize) * 0.2;
          return { text: text.textContent, air, box: range.getBoundingClientRect() };
        })
        .filter(({ box: b, air }) => b.right > outer.right || b.bottom - air > outer.bottom || b.top + air < outer.top)
        .map(({ text }) => text);
    });
    expect(outside).toEqual([]);
    await page.close();
  });

  it('says how far history is instead of missing data', async () => {
    for (const path of ['/wall/filling', '/plant']) {
      const page = await open('history', path, 1920, 1080);
      await page.waitForFunction(() => document.body.textContent?.includes('Making two weeks of history'));
      const text = await page.textContent('body');
      expect(text).toContain('42 %');
      expect(text).not.toContain('No live data');
      await page.close();
    }
  });
});

describe('an explained figure', () => {
  it('opens by keyboard, closes with Escape and gives the focus back', async () => {
    const page = await open('down', '/machine/mc07', 1440, 900);
    const availability = page.getByRole('button', { name: /^Availability/ });
    await availability.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('14466 / 19326 = 0.748525').waitFor();
    expect(await dialog.textContent()).toContain('Rules version 1');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await availability.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.close();
  });
  it('fills a telephone and closes at a touch', async () => {
    const page = await open('down', '/machine/mc07', 390, 844);
    await page.getByRole('button', { name: /^OEE/ }).click();
    const dialog = page.getByRole('dialog');
    const box = await dialog.boundingBox();
    expect(box?.width).toBe(390);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.close();
  });
});

it('names the plant power on a line that has no demand of its own', async () => {
  const page = await open('down', '/wall/filling', 1920, 1080);
  expect(await page.textContent('[aria-label="Power"]')).toContain('Plant power');
  await page.close();
});

describe('everybody can use it', () => {
  it.each([
    ['/wall/filling', 'dark'],
    ['/wall/all', 'dark'],
    ['/plant', 'light'],
    ['/plant', 'dark'],
    ['/machine/mc07', 'light'],
    ['/machine/mc07', 'dark'],
    ['/energy', 'light'],
    ['/energy', 'dark'],
    ['/sources', 'light'],
    ['/sources', 'dark'],
    ['/glossary', 'light'],
    ['/glossary', 'dark'],
  ])('axe finds nothing serious on %s in %s', async (path, theme) => {
    const page = await open('down', `${path}?theme=${theme}`, 1440, 900);
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<AxeResult> } }).axe.run(),
    );
    const serious = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .slice(0, 3)
            .map(({ html }) => html.slice(0, 160))
            .join(' | ')}`,
      );
    expect(serious).toEqual([]);
    await page.close();
  });

  it('forgets a wall that was taken down, by keyboard, for whoever may', async () => {
    const page = await open('down', '/plant', 1440, 900);
    const button = page.getByRole('button', { name: 'Forget the wall Hall 2, gate' });
    await page.goto(`${server.url}/sources`);
    await page.locator('[data-dark="true"]').waitFor();
    expect(await button.count()).toBe(0);
    const may = { read: true, enter: true, decide: true, administer: false };
    const who = { id: 'e', name: 'eve', role: 'engineer', scopes: 'all', kind: 'user', via: 'password' };
    await page.route('**/api/v1/auth/me', (route) => route.fulfill({ json: { mode: 'accounts', who, may } }));
    const asked: string[] = [];
    await page.route('**/forget', (route) => {
      asked.push(`${route.request().method()} ${new URL(route.request().url()).pathname}`);
      return route.fulfill({ status: 204 });
    });
    await page.reload();
    await button.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => asked).toEqual(['POST /api/v1/walls/wall-0000/forget']);
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.close();
  });

  it('says what a word means by keyboard, and gives the focus back', async () => {
    const page = await open('down', '/machine/mc07', 1440, 900);
    const word = page.getByRole('button', { name: 'Slow cycles' });
    await word.focus();
    await page.keyboard.press('Enter');
    await page.getByText('Running time that remains after minor stops').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Running time that remains after minor stops').waitFor({ state: 'hidden' });
    expect(await word.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.close();
  });

  it('moves nothing for whoever asked for less motion, and prints on white without the controls', async () => {
    const page = await open('down', '/machine/mc07?theme=dark', 1440, 900);
    await page.emulateMedia({ reducedMotion: 'reduce', media: 'print' });
    const moving = await page.evaluate(
      () =>
        [...document.querySelectorAll('*')].filter((element) => {
          const { transitionDuration, animationDuration } = getComputedStyle(element);
          return [transitionDuration, animationDuration].some((time) => Number.parseFloat(time) > 0.01);
        }).length,
    );
    expect(moving).toBe(0);
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
    expect(await page.locator('nav').first().isVisible()).toBe(false);
    expect(await page.getByText('Adds up to the calendar').isVisible()).toBe(true);
    await page.close();
  });

  it.each(['/plant', '/machine/mc07', '/sources'])('loses nothing of %s at 200 %', async (path) => {
    // A window of 1440 zoomed to 200 % is 720 CSS pixels wide.
    const page = await open('down', path, 720, 450);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    await page.close();
  });
});

describe('the machine page', () => {
  const bar = (page: Page, part: string): Promise<string> =>
    page.locator(`[data-part="${part}"] .bar`).evaluate((element) => (element as HTMLElement).style.width);

  it('closes its ledger on the calendar and on the meter, in whatever unit the bars are drawn', async () => {
    const page = await open('down', '/machine/mc07', 1440, 900);
    await page.getByText('Adds up to the calendar: 342.0 min, 06:00 to 11:42.').waitFor();
    expect(await page.textContent('.closings')).toContain('Adds up to the meter MC-07: 90.4 kWh.');
    const minutes = await bar(page, 'waiting');
    await page.getByRole('button', { name: 'kWh', exact: true }).click();
    expect(await bar(page, 'waiting')).not.toBe(minutes);
    expect((await page.innerText('[aria-label="Order"]')).replaceAll(/\s+/g, ' ')).toMatch(
      /Made 193 Good 188 ?of 240 Remaining 52 Due this shift 97 ?11 behind Finish 14:00/,
    );
    await page.close();
  });

  it('shows a past shift as of then: its own axis, no power of now, what is not known and what was restated', async () => {
    const page = await open('down', '/machine/mc07', 1440, 900);
    await page.getByLabel('Any past shift').selectOption('late 2026-11-04');
    await page.locator('[data-past]').waitFor();
    expect(page.url()).toContain('shift=late&date=2026-11-04');
    await page.locator('[data-note="coverage"]').waitFor();
    const restated = page.locator('[data-note="restated"]');
    await restated.waitFor();
    expect(await restated.innerText()).toBe('Restated once, last 09:30, because ann gave a reason to a stop.');
    expect(await page.textContent('main')).not.toContain('Power now');
    await page.goBack();
    await page.getByText('Power now').waitFor();
    await page.close();
  });
});

describe('layout', () => {
  /** Boxes of the key pages on the fixture's clock and seed, in whole pixels: [left, top, width, height]. */
  const boxes = (page: Page, selectors: readonly string[]): Promise<Record<string, number[] | null>> =>
    page.evaluate(
      (wanted) =>
        Object.fromEntries(
          wanted.map((selector) => {
            const box = document.querySelector(selector)?.getBoundingClientRect();
            return [selector, box ? [box.left, box.top, box.width, box.height].map(Math.round) : null];
          }),
        ),
      [...selectors],
    );
  /** Letters that moved by half a pixel are no news; a word, a bar or a colour that changed is. */
  const MOST_OFF = 0.004;
  it.each([
    ['wall', '/wall/filling', 1920, 1080, ['.header', '.banner', '.body', '[aria-label="Power"]']],
    ['wall-site', '/wall/all', 1920, 1080, ['.header', '.site', '.site .line', '.site footer']],
    ['plant', '/plant?theme=light', 1440, 900, ['.header', '.tally', '.lines']],
    [
      'machine',
      '/machine/mc07?theme=dark',
      1440,
      900,
      ['.header', '.identity', '.row', '.order', '.middle', '.ledger'],
    ],
  ] as const)('of %s stays as it was', async (name, path, width, height, selectors) => {
    const page = await open('down', path, width, height);
    if (path.startsWith('/machine')) await page.locator('.ledger').waitFor();
    expect(await boxes(page, selectors)).toMatchSnapshot();
    if (WRITES) await page.waitForTimeout(3_000);
    if (isBaselineOf(browser)) {
      // Charts and tables come after the first view; nothing announces the last of them.
      await expect
        .poll(() => pixelsOff(browser, page, name), { timeout: 10_000, interval: 500 })
        .toBeLessThan(MOST_OFF);
    }
    await page.close();
  });
});
