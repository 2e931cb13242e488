/*
 * What a wall costs the screen it hangs on: forty machines whose figures all change every second, and twelve drawings every five
 * (the shift's curve, seven ribbons, the demand bars, three bars of A, P and Q), beside a page that receives the same and discards it.
 *
 * - Shares of the main thread are its processor time, so that others on the machine do not count.
 * - The day goes as fast as the page can follow, five seconds between two frames; its clocks and timers go along, and somebody is
 *   always at it, so that it does not load itself anew when the shift changes.
 */
import { gzipSync } from 'node:zlib';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { launchBrowser } from '../servers/browser.ts';
import type { Figure } from './run.ts';
import { startWallServer, type WallServer } from './wall-server.ts';

const SHORT = process.env['LINEWATT_BENCH_SHORT'] !== undefined;
const SHARE_SECONDS = SHORT ? 8 : 60;
const THROTTLED_SECONDS = SHORT ? 8 : 45;
const DAY_HOURS = Number(process.env['LINEWATT_BENCH_HOURS'] ?? (SHORT ? 0.5 : 24));
/** Seconds of the day between two frames of the page. */
const STEP_SECONDS = 5;
const LOADS = SHORT ? 3 : 7;
const THROTTLE = 4;

export async function run(): Promise<Figure[]> {
  const [server, browser] = [await startWallServer(), await launchBrowser()];
  try {
    const first = await firstLoad(server, browser);
    const wall = await shareOf(server, browser, '/bench/wall');
    const floor = await shareOf(server, browser, '/bench/floor');
    const long = await longTasks(server, browser);
    const heap = await heapSlope(server, browser);
    const round = (x: number, digits = 2) => Number(x.toFixed(digits));
    const made = (name: string, ours: number, peer: number, unit: string, peerName: string, note: string): Figure => ({
      name,
      ours: round(ours),
      peer: round(peer),
      ratio: round(ours / peer),
      unit,
      peerName,
      note,
    });
    return [
      made(
        'wall-main-thread',
        wall,
        floor,
        '% of the main thread',
        'a page that receives and discards',
        `40 machines at 1 Hz and 12 drawings every 5 s, ${SHARE_SECONDS} s`,
      ),
      made(
        'wall-long-tasks',
        long.over50,
        0,
        'tasks over 50 ms',
        'none',
        `${THROTTLED_SECONDS} s at ${THROTTLE}x throttle, longest task ${round(long.longestMs, 0)} ms`,
      ),
      made(
        'wall-heap',
        heap.slopeKbPerHour,
        0,
        'KB an hour after a collection',
        'flat',
        `${DAY_HOURS} h at ${round(heap.speed, 0)}x, between ${round(heap.leastMb)} and ${round(heap.mostMb)} MB, slope of the second half`,
      ),
      made(
        'wall-script',
        first.scriptKb,
        200,
        'KB of script, gzipped',
        'the aim',
        'everything a first visit of /wall/filling fetches',
      ),
      made(
        'wall-lcp',
        first.lcpMs,
        1500,
        'ms',
        'the aim',
        `largest contentful paint on loopback at ${THROTTLE}x throttle, median of ${LOADS} first visits`,
      ),
    ];
  } finally {
    await browser.close();
    await server.close();
  }
}

async function open(browser: Browser): Promise<{ page: Page; cdp: CDPSession; close: () => Promise<void> }> {
  const context = await browser.newContext({ viewport: { width: 1920, height: 2200 } });
  const page = await context.newPage();
  return { page, cdp: await context.newCDPSession(page), close: () => context.close() };
}

async function settled(server: WallServer, page: Page, path: string): Promise<void> {
  await page.goto(server.url + path);
  if (path !== '/bench/wall') return;
  for (const frame of page.frames().slice(1)) await frame.waitForSelector('[data-link="live"]', { state: 'attached' });
}

/** Per cent of the main thread's time, by its processor time. */
async function shareOf(server: WallServer, browser: Browser, path: string): Promise<number> {
  const { page, cdp, close } = await open(browser);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  server.run(true);
  await settled(server, page, path);
  await page.waitForTimeout(3_000);
  const before = await metric(cdp, 'TaskDuration');
  const begun = performance.now();
  await page.waitForTimeout(SHARE_SECONDS * 1000);
  const busy = (await metric(cdp, 'TaskDuration')) - before;
  const share = (100 * busy) / ((performance.now() - begun) / 1000);
  await close();
  return share;
}

async function longTasks(server: WallServer, browser: Browser): Promise<{ over50: number; longestMs: number }> {
  const { page, cdp, close } = await open(browser);
  server.run(true);
  await settled(server, page, '/bench/wall');
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: THROTTLE });
  await page.waitForTimeout(3_000);
  const found = await page.evaluate(
    (ms) =>
      new Promise<number[]>((resolve) => {
        const durations: number[] = [];
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) durations.push(entry.duration);
        }).observe({ type: 'longtask' });
        setTimeout(() => resolve(durations), ms);
      }),
    THROTTLED_SECONDS * 1000,
  );
  await close();
  return { over50: found.length, longestMs: Math.max(0, ...found) };
}

async function heapSlope(server: WallServer, browser: Browser): Promise<Heap> {
  const { page, cdp, close } = await open(browser);
  await page.addInitScript(hurry);
  await cdp.send('Performance.enable', {});
  server.run(false);
  await settled(server, page, '/bench/wall');
  const clockBegan = performance.now();
  const points: { hour: number; kb: number }[] = [];
  const everySeconds = Math.round((DAY_HOURS * 3600) / 24);
  for (let second = STEP_SECONDS; second <= DAY_HOURS * 3600; second += STEP_SECONDS) {
    server.pass(STEP_SECONDS);
    await page.evaluate(step, STEP_SECONDS * 1000);
    if (second % everySeconds >= STEP_SECONDS) continue;
    for (let i = 0; i < 2; i += 1) await cdp.send('HeapProfiler.collectGarbage');
    points.push({ hour: second / 3600, kb: (await metric(cdp, 'JSHeapUsedSize')) / 1024 });
    process.stderr.write(`${points.length}/24 ${Math.round(points.at(-1)?.kb ?? 0)} KB\n`);
  }
  // A wall that could not follow would have kept little because it was given little.
  server.run(true);
  for (const frame of page.frames().slice(1))
    await frame.waitForSelector('[data-link="live"]', { state: 'attached', timeout: 20_000 });
  const speed = (DAY_HOURS * 3_600_000) / (performance.now() - clockBegan);
  await close();
  const late = points.slice(Math.floor(points.length / 2));
  const mean = (of: (point: (typeof points)[number]) => number) =>
    late.reduce((sum, p) => sum + of(p), 0) / late.length;
  const [x, y] = [mean((p) => p.hour), mean((p) => p.kb)];
  const slope =
    late.reduce((sum, p) => sum + (p.hour - x) * (p.kb - y), 0) / late.reduce((sum, p) => sum + (p.hour - x) ** 2, 0);
  const kb = points.map((point) => point.kb);
  return { slopeKbPerHour: slope, leastMb: Math.min(...kb) / 1024, mostMb: Math.max(...kb) / 1024, speed };
}

interface Heap {
  readonly slopeKbPerHour: number;
  readonly leastMb: number;
  readonly mostMb: number;
  /** Times as fast as the clock. */
  readonly speed: number;
}

/** In the page: its clocks go by steps from outside, and its timers as fast. */
function hurry(): void {
  let passed = 0;
  const now = performance.now.bind(performance);
  performance.now = () => now() + passed;
  const wall = Date.now.bind(Date);
  Date.now = () => wall() + passed;
  const every = window.setInterval.bind(window);
  const later = window.setTimeout.bind(window);
  window.setInterval = ((work: () => void, ms = 0) => every(work, ms / 100)) as typeof window.setInterval;
  window.setTimeout = ((work: () => void, ms = 0) => later(work, ms / 100)) as typeof window.setTimeout;
  Object.assign(window, {
    passMs(ms: number) {
      passed += ms;
      window.dispatchEvent(new Event('wheel'));
    },
  });
}

/** In the page: time passes in it and in its frames, and is drawn. */
function step(ms: number): Promise<void> {
  for (const at of [window, ...Array.from(window.frames)]) (at as unknown as { passMs(ms: number): void }).passMs(ms);
  return new Promise((done) => requestAnimationFrame(() => done()));
}

/** Every script that a first visit fetches, gzipped as a server in front would, and when its largest content was painted. */
async function firstLoad(server: WallServer, browser: Browser): Promise<{ scriptKb: number; lcpMs: number }> {
  server.run(true);
  const paints: number[] = [];
  let scriptKb = 0;
  for (let load = 0; load < LOADS; load += 1) {
    const { page, cdp, close } = await open(browser);
    const bodies: Promise<Buffer>[] = [];
    page.on('response', (response) => {
      if (/\.js$/.test(new URL(response.url()).pathname)) bodies.push(response.body());
    });
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: THROTTLE });
    await page.goto(`${server.url}/wall/filling`);
    await page.waitForSelector('[data-link="live"]', { state: 'attached' });
    await page.waitForTimeout(1_500);
    paints.push(await page.evaluate(lastLcp));
    scriptKb = (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).length, 0) / 1000;
    await close();
  }
  return { scriptKb, lcpMs: paints.sort((a, b) => a - b)[Math.floor(paints.length / 2)] ?? Number.NaN };
}

function lastLcp(): Promise<number> {
  return new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries().at(-1)?.startTime ?? Number.NaN)).observe({
      type: 'largest-contentful-paint',
      buffered: true,
    });
  });
}

async function metric(cdp: CDPSession, name: string): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return metrics.find((one) => one.name === name)?.value ?? Number.NaN;
}
