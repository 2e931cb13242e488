import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../servers/browser.ts';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';
import { LONG_REASON, type Scene } from './fixture-views.ts';

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
