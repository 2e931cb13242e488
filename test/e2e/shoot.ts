import { mkdirSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { startFixtureServer } from './fixture-server.ts';
import type { Scene } from './fixture-views.ts';

/*
 * Pictures of every page and state from hand-made data: `node test/e2e/shoot.ts [folder] [name part...]`.
 * For looking at while one designs; the product's own pictures come from the running product.
 */
interface Shot {
  readonly name: string;
  readonly path: string;
  readonly scene: Scene;
  readonly width: number;
  readonly height: number;
  readonly waitMs?: number;
  /** What the server cannot answer. */
  readonly fails?: string;
}

const wall = (name: string, scene: Scene, width = 1920, height = 1080, waitMs?: number): Shot => ({
  name: `wall-${name}`,
  path: '/wall/filling',
  scene,
  width,
  height,
  ...(waitMs ? { waitMs } : {}),
});
const desk = (page: string, path: string, scene: Scene = 'down'): Shot[] =>
  (['dark', 'light'] as const).flatMap((theme) =>
    (
      [
        ['1440', 1440, 900],
        ['1920', 1920, 1080],
        ['1180', 1180, 820],
        ['390', 390, 844],
      ] as const
    ).map(([size, width, height]) => ({
      name: `${page}-${theme}-${size}`,
      path: `${path}?theme=${theme}`,
      scene,
      width,
      height,
    })),
  );

const SHOTS: readonly Shot[] = [
  wall('down', 'down'),
  wall('calm', 'calm'),
  wall('two-down', 'two-down'),
  wall('three-down', 'three-down'),
  wall('stale', 'stale'),
  wall('late', 'late', 1920, 1080, 4500),
  wall('no-plan', 'no-plan'),
  wall('silent-machine', 'silent-machine'),
  wall('impossible', 'impossible'),
  wall('empty', 'empty'),
  wall('history', 'history'),
  wall('long-reason', 'long-reason'),
  wall('down-4k', 'down', 3840, 2160),
  wall('down-1440', 'down', 1440, 900),
  wall('down-1180', 'down', 1180, 820),
  wall('down-1080x1920', 'down', 1080, 1920),
  wall('down-390', 'down', 390, 844),
  { ...wall('site', 'down'), path: '/wall/all' },
  { ...wall('site-4k', 'down', 3840, 2160), path: '/wall/all' },
  { ...wall('site-hundred', 'hundred'), path: '/wall/all' },
  { ...wall('two-lines', 'down'), path: '/wall/filling,machining/machining/all' },
  ...desk('plant', '/plant'),
  ...desk('plant-hundred', '/plant', 'hundred').slice(0, 2),
  ...desk('plant-stale', '/plant', 'stale').slice(0, 1),
  ...desk('plant-empty', '/plant', 'empty').slice(0, 1),
  ...desk('machine', '/machine/mc07'),
  { ...wall('', 'down', 1440, 900), name: 'machine-past', path: '/machine/mc07?theme=dark&shift=late&date=2026-11-04' },
  { ...wall('', 'down', 1440, 900), name: 'glossary', path: '/glossary?theme=light' },
  ...desk('energy', '/energy'),
  ...desk('sources', '/sources'),
];

const state = (name: string, path: string, scene: Scene, rest: Partial<Shot> = {}): Shot => ({
  name: `state-${name}`,
  path,
  scene,
  width: 1440,
  height: 900,
  ...rest,
});

/** One picture of every state that a page must be honest in. */
const STATES: readonly Shot[] = [
  state('loading', '/machine/mc07', 'loading', { waitMs: 4500 }),
  state('empty', '/plant', 'empty'),
  state('no-plan', '/wall/filling', 'no-plan', { width: 1920, height: 1080 }),
  state('late', '/plant', 'late', { waitMs: 4500 }),
  state('stale', '/plant', 'stale'),
  state('one-silent', '/wall/filling', 'silent-machine', { width: 1920, height: 1080 }),
  state('restated', '/machine/mc07?shift=late&date=2026-11-04', 'down', { waitMs: 2500 }),
  state('error', '/machine/mc07', 'down', { fails: '**/api/v1/losses*', waitMs: 2500 }),
  state('impossible', '/wall/filling', 'impossible', { width: 1920, height: 1080 }),
  state('sources-disagree', '/machine/mc07', 'disagree', { waitMs: 2500 }),
  state('no-permission', '/machine/mc07', 'refused', { waitMs: 2500 }),
  state('no-permission-wall', '/wall/machining', 'refused', { width: 1920, height: 1080, waitMs: 2500 }),
  state('language-de', '/wall/filling?lang=de', 'down', { width: 1920, height: 1080 }),
  state('language-pl', '/machine/mc07?lang=pl&theme=light', 'down', { waitMs: 2500 }),
  state('language-fr', '/plant?lang=fr', 'down'),
  state('zoom-200-plant', '/plant?theme=light', 'down', { width: 720, height: 450 }),
  state('wall-dark', '/sources?theme=light', 'down'),
  state('zoom-200', '/machine/mc07', 'down', { width: 720, height: 450 }),
];

async function shoot(browser: Browser, url: string, shot: Shot, folder: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: shot.width, height: shot.height } });
  page.on(
    'console',
    (message) => message.type() === 'error' && process.stderr.write(`${shot.name}: ${message.text()}\n`),
  );
  page.on('pageerror', (error) => process.stderr.write(`${shot.name}: ${error.stack ?? error.message}\n`));
  if (shot.fails) {
    const problem = {
      title: 'Historian away',
      status: 503,
      detail: 'The historian does not answer. Live figures go on; ask again in a moment.',
    };
    await page.route(shot.fails, (route) => route.fulfill({ status: 503, json: problem }));
  }
  await page.goto(url + shot.path, { waitUntil: 'load' });
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.waitForTimeout(shot.waitMs ?? 900);
  const overflow = await page.evaluate(() => [
    document.documentElement.scrollWidth - window.innerWidth,
    document.documentElement.scrollHeight - window.innerHeight,
  ]);
  process.stderr.write(`${shot.name}: overflow ${overflow.join(' x ')}\n`);
  await page.screenshot({ path: `${folder}/${shot.name}.png` });
  await page.close();
}

const [folder = '/tmp/shots', ...parts] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const server = await startFixtureServer(42300 + (process.pid % 90));
const browser = await chromium.launch({
  executablePath: process.env['LINEWATT_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  for (const shot of [...SHOTS, ...STATES]) {
    if (parts.length > 0 && !parts.some((part) => shot.name.includes(part))) continue;
    server.scene = shot.scene;
    await shoot(browser, server.url, shot, folder);
  }
} finally {
  await browser.close();
  await server.close();
}
