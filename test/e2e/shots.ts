import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../servers/browser.ts';
import { type Linewatt, ROOT, startLinewatt, until } from '../servers/linewatt.ts';
import { zoneWhereItIs } from '../servers/site-zone.ts';

/*
 * Pictures of every page and state of the running product: `npm run shots [-- folder] [name part...]`.
 *
 * It starts the demo plant in a time zone in which it is about noon, so that a shift is well under way. What only chance
 * brings (a machine down, a calm line) is waited for, LINEWATT_SHOTS_WAIT seconds at most (600), and then left out with a word.
 */
interface Shot {
  readonly name: string;
  readonly path: string;
  readonly width: number;
  readonly height: number;
}

const wall = (name: string, width = 1920, height = 1080, line = 'filling'): Shot => ({
  name,
  path: `/wall/${line}`,
  width,
  height,
});
const desk = (name: string, page: string, theme: 'dark' | 'light', width = 1440, height = 900): Shot => ({
  name,
  path: `${page}?theme=${theme}`,
  width,
  height,
});

const PAGES: readonly Shot[] = [
  wall('wall-site', 1920, 1080, 'all'),
  wall('wall-tablet', 1180, 820),
  wall('wall-phone', 390, 844),
  desk('plant', '/plant', 'light'),
  desk('plant-dark', '/plant', 'dark'),
  desk('plant-large', '/plant', 'dark', 1920, 1080),
  desk('plant-tablet', '/plant', 'light', 1180, 820),
  desk('plant-phone', '/plant', 'dark', 390, 844),
  desk('machine', '/machine/filler', 'dark'),
  desk('machine-light', '/machine/lathe-2', 'light'),
  desk('machine-uncounted', '/machine/rinser', 'dark'),
  desk('machine-tablet', '/machine/capper', 'light', 1180, 820),
  desk('machine-phone', '/machine/capper', 'dark', 390, 844),
  desk('shift-desk', '/desk/filling', 'light', 1440, 960),
  desk('shift-desk-dark', '/desk/machining', 'dark', 1440, 960),
  desk('energy', '/energy', 'dark'),
  desk('energy-light', '/energy', 'light'),
  desk('sources', '/sources', 'light'),
  desk('glossary', '/glossary', 'light'),
];

const [first, ...rest] = process.argv.slice(2);
const folder = resolve(first && /[/.]/.test(first) ? first : join(ROOT, 'docs/shots'));
const parts = first && !/[/.]/.test(first) ? [first, ...rest] : rest;
const isWanted = (name: string): boolean => parts.length === 0 || parts.some((part) => name.includes(part));
const waitMs = Number(process.env['LINEWATT_SHOTS_WAIT'] ?? 600) * 1000;

mkdirSync(folder, { recursive: true });
const [plant, browser] = await Promise.all([
  startLinewatt({ historyDays: 14, timezone: zoneWhereItIs('11:35', new Date()), early: true }),
  launchBrowser(),
]);
try {
  await seeding(plant, browser);
  await until(
    async () => (await plant.json<{ status: string }>('/api/v1/health')).status === 'ok',
    300_000,
    () => `not healthy:\n${plant.log()}`,
  );
  await warm(plant, browser);
  await chances(plant, browser);
  for (const shot of PAGES) {
    if (!isWanted(shot.name)) continue;
    const page = await open(browser, plant, shot);
    await save(page, shot.name);
    await page.close();
  }
  await tablets(plant, browser);
  await explained(plant, browser);
  await lastShift(plant, browser);
  await silent(plant, browser);
} finally {
  await browser.close();
  await plant.dispose();
}
// States that no running plant shows to order: the same pages over hand-made data.
if (isWanted('state-')) {
  const made = spawnSync(process.execPath, [join(ROOT, 'test/e2e/shoot.ts'), folder, 'state-'], { stdio: 'inherit' });
  process.exitCode = made.status ?? 1;
}

async function open(from: Browser, of: Linewatt, { path, width, height }: Omit<Shot, 'name'>): Promise<Page> {
  const page = await from.newPage({ viewport: { width, height } });
  page.on('pageerror', (error) => process.stderr.write(`${path}: ${error.message}\n`));
  await page.goto(`${of.url}${path}`);
  await page.waitForSelector('[data-link="live"]');
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  // Charts ask for their history after the first snapshot; nothing on the page announces the last of it.
  await page.waitForTimeout(3000);
  return page;
}

async function save(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(folder, `${name}.png`) });
  process.stderr.write(`${name}.png\n`);
}

/** The first half minute of a demo: its past is being written. */
async function seeding(of: Linewatt, from: Browser): Promise<void> {
  if (!isWanted('wall-history')) return;
  const page = await from.newPage({ viewport: { width: 1920, height: 1080 } });
  await page.goto(`${of.url}/wall/filling`);
  const seen = await page
    .waitForFunction(() => /Making .* of history/.test(document.body.textContent), undefined, {
      timeout: 30_000,
    })
    .catch(() => null);
  if (seen) await save(page, 'wall-history');
  else process.stderr.write('wall-history: history was made before it could be seen\n');
  await page.close();
}

/** Lets the api work out the past shifts before anything is taken. */
async function warm(of: Linewatt, from: Browser): Promise<void> {
  const page = await from.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${of.url}/plant`);
  await page.waitForFunction(() => document.querySelectorAll('[data-energy-shift]').length > 20, undefined, {
    timeout: 120_000,
  });
  await page.close();
}

/** The wall with a machine down, in both sizes, and the calm wall: whenever they come. */
async function chances(of: Linewatt, from: Browser): Promise<void> {
  const missing = new Set(['wall-filling', 'wall-4k', 'wall-calm', 'wall-machining'].filter(isWanted));
  if (missing.size === 0) return;
  const small = await open(from, of, wall('', 1920, 1080));
  const large = missing.has('wall-4k') ? await open(from, of, wall('', 3840, 2160)) : null;
  const cells = await open(from, of, wall('', 1920, 1080, 'machining'));
  const deadline = Date.now() + waitMs;
  while (missing.size > 0 && Date.now() < deadline) {
    const looks = await small
      .locator('[data-machine]')
      .evaluateAll((rows) => rows.map((r) => r.getAttribute('data-look')));
    if (looks.length > 0 && looks.every((look) => look === 'run') && missing.delete('wall-calm'))
      await save(small, 'wall-calm');
    const downCells = await cells.locator('[data-look="down"]').count();
    if (downCells > 0 && missing.delete('wall-machining')) await save(cells, 'wall-machining');
    if (looks.includes('down')) {
      // Within a minute the machines around it wait: then the banner tells the whole story.
      await small.waitForTimeout(20_000);
      if (missing.delete('wall-machining')) await save(cells, 'wall-machining');
      if (missing.delete('wall-filling')) await save(small, 'wall-filling');
      if (large && missing.delete('wall-4k')) await save(large, 'wall-4k');
    }
    await small.waitForTimeout(1000);
  }
  if (missing.delete('wall-filling')) await save(small, 'wall-filling');
  if (large && missing.delete('wall-4k')) await save(large, 'wall-4k');
  for (const name of missing) process.stderr.write(`${name}: did not come up in ${waitMs / 1000} s\n`);
  await small.close();
  await cells.close();
  await large?.close();
}

/** The tablet of a machine that stands still just now, whenever one does; and, cut off, upright in the dark. */
async function tablets(of: Linewatt, from: Browser): Promise<void> {
  if (!isWanted('operator-landscape') && !isWanted('operator-portrait')) return;
  const deadline = Date.now() + waitMs;
  const watch = await open(from, of, wall('', 1920, 1080));
  let machine = '';
  while (machine === '' && Date.now() < deadline) {
    machine =
      (await watch
        .locator('[data-machine][data-look="down"]')
        .first()
        .getAttribute('data-machine', { timeout: 1000 })
        .catch(() => '')) ?? '';
  }
  await watch.close();
  if (machine === '') process.stderr.write('operator: no machine stood still\n');
  for (const { name, width, height, theme } of [
    { name: 'operator-landscape', width: 1180, height: 820, theme: 'light' },
    { name: 'operator-portrait', width: 820, height: 1180, theme: 'dark' },
  ]) {
    if (!isWanted(name)) continue;
    const context = await from.newContext({ viewport: { width, height }, hasTouch: true });
    const page = await context.newPage();
    await page.goto(`${of.url}/operator/${machine || 'filler'}?theme=${theme}`);
    await page.waitForSelector('[data-link="live"]');
    await page.waitForTimeout(2000);
    if (name === 'operator-portrait') {
      await context.setOffline(true);
      await page.getByLabel('One more').tap();
      await page.getByRole('button', { name: 'Save 1' }).tap();
      await page.waitForSelector('[data-link="offline"]', { state: 'attached', timeout: 20_000 });
      await page.locator('[role="status"]', { hasText: 'Undo' }).waitFor({ state: 'detached', timeout: 15_000 });
    }
    await save(page, name);
    await context.close();
  }
}

async function explained(of: Linewatt, from: Browser): Promise<void> {
  if (!isWanted('machine-explain')) return;
  const page = await open(from, of, desk('', '/machine/filler', 'light'));
  await page.getByRole('button', { name: /Availability/ }).click();
  await page.waitForSelector('dialog[open] .terms');
  await save(page, 'machine-explain');
  await page.close();
}

/** The shift before this one, with its ledger drawn in money. */
async function lastShift(of: Linewatt, from: Browser): Promise<void> {
  if (!isWanted('machine-past')) return;
  const page = await open(from, of, desk('', '/machine/filler', 'dark'));
  await page.getByRole('button', { name: 'Last shift' }).click();
  await page.locator('[data-past]').waitFor();
  await page.locator('[aria-label="Draw the bars in"] button').last().click();
  // Power and parts along the shift are asked for once its bounds are known; nothing announces the last of them.
  await page.waitForTimeout(3000);
  await save(page, 'machine-past');
  await page.close();
}

/** The edge stopped for a while, as a cut line would: the wall and the sources say so. */
async function silent(of: Linewatt, from: Browser): Promise<void> {
  if (!isWanted('wall-stale') && !isWanted('sources-silent')) return;
  const edge = (await of.children())['edge'];
  if (edge === undefined) throw new Error(`no edge:\n${of.log()}`);
  const pages = [
    { name: 'wall-stale', page: await open(from, of, wall('')) },
    { name: 'sources-silent', page: await open(from, of, desk('', '/sources', 'light')) },
  ];
  process.kill(edge, 'SIGSTOP');
  try {
    for (const { page } of pages)
      await page.waitForSelector('[data-link="stale"]', { state: 'attached', timeout: 40_000 });
    await pages[0]?.page.waitForTimeout(12_000);
    for (const { name, page } of pages) if (isWanted(name)) await save(page, name);
  } finally {
    process.kill(edge, 'SIGCONT');
  }
  for (const { page } of pages) await page.close();
}
