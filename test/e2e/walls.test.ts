import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startProxy } from '../integration/sources-proxy.ts';
import { launchBrowser } from '../servers/browser.ts';
import { freePort } from '../servers/free-port.ts';
import { until } from '../servers/linewatt.ts';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';
import type { Scene } from './fixture-views.ts';

/* What keeps a wall right for months, in a real browser: turns, telling of itself, a server that goes, a clock that jumps. */
let server: FixtureServer;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([startFixtureServer(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function open(
  path: string,
  scene: Scene = 'down',
  before?: (page: Page) => Promise<void>,
  url = server.url,
): Promise<Page> {
  server.scene = scene;
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  await before?.(page);
  await page.goto(`${url}${path}`);
  await page.waitForSelector('[data-link="live"]', { state: 'attached' });
  return page;
}
const boxesOutside = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll('h1, h2, strong, dd, li, dt')]
      .filter((element) => {
        const { right, bottom, width } = element.getBoundingClientRect();
        return width > 0 && (right > window.innerWidth + 1 || bottom > window.innerHeight + 1);
      })
      .map((element) => element.textContent ?? ''),
  );

it('shows forty machines of six lines, and a hundred of twelve in turns, without a scroll bar', async () => {
  for (const [scene, lines] of [
    ['down', 6],
    ['hundred', 12],
  ] as const) {
    const page = await open('/wall/all', scene);
    expect(await boxesOutside(page)).toEqual([]);
    const shown = await page.locator('section.line').count();
    const turns = /Lines 1 of (\d+)/.exec((await page.textContent('body')) ?? '');
    expect(shown * Number(turns?.[1] ?? 1)).toBeGreaterThanOrEqual(lines);
    expect(await page.locator('[data-machine]').count()).toBeGreaterThan(15);
    await page.close();
  }
});

it('takes turns between three pages at most, by itself and by hand, and never shows an empty one between', async () => {
  const page = await open('/wall/filling/filling,machining/all/coating?seconds=10');
  expect(await page.textContent('[role="alert"]')).toContain('at most 3 pages; this address has 4');
  await page.getByText('Page 1 of 3', { exact: true }).waitFor({ state: 'attached' });
  expect(await page.textContent('h1')).toBe('Line 1 Filling');
  await page.keyboard.press('ArrowRight');
  await page.getByText('Page 2 of 3', { exact: true }).waitFor({ state: 'attached' });
  expect(await page.locator('section.line').count()).toBe(2);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await page.getByText('Page 3 of 3', { exact: true }).waitFor({ state: 'attached' });
  // Ten seconds later, without waiting for them.
  await page.evaluate(() => {
    const real = performance.now.bind(performance);
    performance.now = () => real() + 10_000;
  });
  await page.getByText('Page 1 of 3', { exact: true }).waitFor({ state: 'attached', timeout: 8_000 });
  await page.close();
});

it('tells the server what it shows under one id, and is another wall in another browser', async () => {
  server.links.walls.length = 0;
  const page = await open('/wall/filling/all');
  await until(
    // A page of the turn that is not up yet may still be asking for its lines.
    async () => server.links.walls.some((wall) => wall.shows === 'live' && wall.lines.includes('coating')),
    5_000,
    () => `no live pulse of all lines: ${JSON.stringify(server.links.walls)}`,
  );
  const wall = server.links.walls.at(-1);
  expect(wall).toMatchObject({ page: '/wall/filling/all', width: 1920, height: 1080, shows: 'live' });
  await page.reload();
  await page.waitForSelector('[data-link="live"]', { state: 'attached' });
  await until(
    async () => server.links.walls.filter(({ shows }) => shows === 'live').length > 1,
    5_000,
    () => 'no pulse after the reload',
  );
  expect(new Set(server.links.walls.map(({ id }) => id)).size).toBe(1);
  await page.close();
  const other = await open('/wall/filling');
  await until(
    async () => new Set(server.links.walls.map(({ id }) => id)).size === 2,
    5_000,
    () => 'no second wall',
  );
  await other.close();
});

it('opens its link anew after a sleep or a clock that was set, and keeps the time of the site', async () => {
  const page = await open('/wall/filling');
  const before = server.links.opened;
  await page.evaluate(() => {
    const real = Date.now.bind(Date);
    Date.now = () => real() + 7_200_000;
  });
  await until(
    async () => server.links.opened > before,
    8_000,
    () => 'the link stayed as it was',
  );
  await page.waitForSelector('[data-link="live"]', { state: 'attached' });
  expect(await page.textContent('time')).toBe('11:42');
  await page.close();
});

it('says at once that the server is gone, and is live again by itself when it is back', async () => {
  const page = await open('/wall/filling');
  await server.away();
  await page.waitForSelector('[data-link="stale"]', { state: 'attached', timeout: 10_000 });
  await server.back();
  await page.waitForSelector('[data-link="live"]', { state: 'attached', timeout: 15_000 });
  await page.close();
});

it('opens another link when the line swallows everything, and is live soon after it lets through again', async () => {
  const proxy = await startProxy(await freePort(), Number(new URL(server.url).port));
  const page = await open('/wall/filling', 'down', undefined, `http://127.0.0.1:${proxy.port}`);
  const before = server.links.opened;
  proxy.blackHole(true);
  await page.waitForSelector('[data-link="late"]', { state: 'attached', timeout: 6_000 });
  await page.waitForSelector('[data-link="stale"]', { state: 'attached', timeout: 12_000 });
  // The old link is given up while it still seems to be open: the library itself would wait for 45 s here.
  await page.getByText('reconnect, attempt', { exact: false }).first().waitFor({ timeout: 12_000 });
  proxy.blackHole(false);
  await page.waitForSelector('[data-link="live"]', { state: 'attached', timeout: 12_000 });
  expect(server.links.opened).toBeGreaterThan(before);
  await page.close();
  await proxy.stop();
});

it('is right again at once after its screen was frozen while the server started anew, and short memory changes nothing', async () => {
  const page = await open('/wall/all');
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
  await server.away();
  await server.back();
  const before = server.links.opened;
  await cdp.send('Page.setWebLifecycleState', { state: 'active' });
  await until(
    () => server.links.opened > before,
    8_000,
    () => 'it did not come back',
  );
  await page.waitForSelector('[data-link="live"]', { state: 'attached' });
  await cdp.send('Memory.simulatePressureNotification', { level: 'critical' });
  server.nextShift();
  await page.getByText('Late shift', { exact: false }).first().waitFor();
  expect(await page.getAttribute('[data-link]', 'data-link')).toBe('live');
  await page.close();
});

it('loads a new version once, not while somebody is at it, and not for ever where a proxy keeps the old one', async () => {
  const own = server.build;
  let loads = 0;
  const count = async (page: Page): Promise<void> => void page.on('load', () => (loads += 1));
  const busy = await open('/wall/filling');
  await busy.mouse.wheel(0, 10);
  const idle = await open('/wall/filling', 'down', count);
  try {
    const mark = await busy.evaluate(() => (document.body.dataset['mark'] = 'same page'));
    const first = loads;
    server.build = 'next';
    await until(
      () => loads > first,
      8_000,
      () => 'it did not load the new version',
    );
    await idle.waitForSelector('[data-link="live"]', { state: 'attached' });
    const opened = server.links.opened;
    // Three pulses of the new build later the page is still the one that was loaded for it.
    await idle.evaluate(() => new Promise((done) => setTimeout(done, 3_000)));
    expect(loads).toBe(first + 1);
    expect(server.links.opened).toBe(opened);
    expect(await busy.evaluate(() => document.body.dataset['mark'])).toBe(mark);
  } finally {
    server.build = own;
  }
  await busy.close();
  await idle.close();
});

it('loads itself anew when the shift changes, unless somebody is at it or it was loaded in this hour', async () => {
  let loads = 0;
  const aged = (page: Page): Promise<unknown> =>
    page.addInitScript(() => {
      const real = performance.now.bind(performance);
      // Two hours old, and the spread over a minute is none.
      if (!sessionStorage.getItem('young')) performance.now = () => real() + 7_200_000;
      sessionStorage.setItem('young', 'yes');
      Math.random = () => 0;
    });
  const page = await open('/wall/all', 'down', async (fresh) => {
    await aged(fresh);
    fresh.on('load', () => (loads += 1));
  });
  const first = loads;
  server.nextShift();
  await until(
    async () => loads > first,
    8_000,
    () => 'it did not reload',
  );
  await page.waitForSelector('[data-link="live"]', { state: 'attached' });
  const second = loads;
  server.nextShift();
  await page.getByText('Late shift', { exact: false }).first().waitFor();
  // Young now: an hour must pass before the next, and a reload would have begun by the next frame but one.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 200))));
  expect(loads).toBe(second);
  await page.close();
});
