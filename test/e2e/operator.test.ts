import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser } from '../servers/browser.ts';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';

/* The tablet with a thumb: touches of the size of one, at the place where one lands. */
let server: FixtureServer;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([startFixtureServer(), launchBrowser()]);
  server.scene = 'unexplained';
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});
beforeEach(() => server.entries.clear());
// It answers the next test, whatever became of this one; it refuses to listen twice.
afterEach(() => server.back().catch(() => undefined));

const LANDSCAPE = { width: 1180, height: 820 };
const PORTRAIT = { width: 820, height: 1180 };

async function tablet(viewport = LANDSCAPE): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ viewport, hasTouch: true });
  const page = await context.newPage();
  await page.goto(`${server.url}/operator/capper`);
  await page.waitForSelector('[data-likely]');
  return { context, page };
}

/** A thumb is 7 mm wide and lands off the middle: everything under it must be the same button. */
async function thumb(page: Page, selector: string): Promise<void> {
  const button = page.locator(selector).first();
  await button.scrollIntoViewIfNeeded();
  const box = await button.boundingBox();
  if (!box) throw new Error(`${selector} is not on the screen`);
  const reach = 26;
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const under = await page.evaluate(
    ({ points, css }) =>
      points.map(
        ([x, y]) => document.elementFromPoint(x ?? 0, y ?? 0)?.closest('button') === document.querySelector(css),
      ),
    {
      css: selector,
      points: [-reach, 0, reach].flatMap((dx) => [-reach, 0, reach].map((dy) => [middle.x + dx, middle.y + dy])),
    },
  );
  expect(under, `a thumb on ${selector}`).toEqual(under.map(() => true));
  await page.touchscreen.tap(middle.x + 9, middle.y - 11);
}

/** What axe calls serious or critical, in words. */
async function barriers(page: Page): Promise<string[]> {
  await page.addScriptTag({ content: axe.source });
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof import('axe-core') }).axe.run();
    return violations
      .filter((v) => v.impact === 'serious' || v.impact === 'critical')
      .map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`);
  });
}

const taken = () => server.entries.taken;
const untilTaken = (n: number) => expect.poll(() => taken().length, { timeout: 5000 }).toBe(n);

describe.each([
  ['landscape', LANDSCAPE],
  ['portrait', PORTRAIT],
])('the tablet in %s', (_way, viewport) => {
  it('takes a likely reason with one tap of a thumb, and any other with two', async () => {
    const { context, page } = await tablet(viewport);
    await thumb(page, '[data-likely="cap-feed-jam"]');
    await untilTaken(1);
    expect(taken()[0]).toMatchObject({ type: 'stopReason', machine: 'capper', reason: 'cap-feed-jam', basedOn: 0 });
    expect(String(taken()[0]?.['device'])).toMatch(/^Tablet /);
    await page.getByText('Saved: Cap feed jam.').waitFor();
    await thumb(page, '[data-group="Electrical"]');
    await thumb(page, '[data-reason="power-dip"]');
    await untilTaken(2);
    expect(taken()[1]).toMatchObject({ reason: 'power-dip', at: taken()[0]?.['at'] });
    await page.getByText('Power dip. Something else?').waitFor();
    await context.close();
  });

  it('has no button that a glove misses: 56 px at least, and 12 px apart', async () => {
    const { context, page } = await tablet(viewport);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll('button')]
        .map((b) => ({ text: b.textContent, box: b.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && (box.height < 56 || box.width < 56))
        .map(({ text }) => text),
    );
    expect(small).toEqual([]);
    const close = await page.evaluate(() => {
      // What lies scrolled away under something else cannot be touched.
      const boxes = [...document.querySelectorAll('.key')]
        .map((b) => ({ b, text: b.textContent, r: b.getBoundingClientRect() }))
        .filter(({ b, r }) => document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)?.closest('.key') === b);
      return boxes.flatMap((a, i) =>
        boxes.slice(i + 1).flatMap((b) => {
          const dx = Math.max(a.r.left - b.r.right, b.r.left - a.r.right, 0);
          const dy = Math.max(a.r.top - b.r.bottom, b.r.top - a.r.bottom, 0);
          return Math.hypot(dx, dy) < 11.5 ? [`${a.text} / ${b.text}`] : [];
        }),
      );
    });
    expect(close).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    await context.close();
  });
});

it('splits a stop with a slider, and takes that back', async () => {
  const { context, page } = await tablet();
  await page.getByRole('button', { name: 'All stops' }).tap();
  const stop = page.locator('[data-stop]', { hasText: 'Changeover' });
  await stop.getByRole('button', { name: 'Split' }).tap();
  const slider = page.getByRole('slider');
  await slider.fill(String(Date.parse('2026-11-05T09:00:00Z')));
  await page.getByRole('button', { name: /^From 09:00/ }).tap();
  await thumb(page, '[data-group="Cleaning"]');
  await thumb(page, '[data-reason="spill"]');
  await untilTaken(1);
  expect(taken()[0]).toMatchObject({
    type: 'stopReason',
    from: '2026-11-05T09:00:00.000Z',
    to: '2026-11-05T09:11:00.000Z',
    reason: 'spill',
  });
  await page.getByRole('button', { name: 'All stops' }).tap();
  await page.locator('[data-stop]', { hasText: 'Spill' }).getByRole('button', { name: 'Merge' }).waitFor();
  await page.getByRole('button', { name: 'Undo' }).tap();
  await untilTaken(2);
  expect(taken()[1]).toMatchObject({ type: 'void', entry: taken()[0]?.id });
  await page.locator('[data-stop]', { hasText: 'Spill' }).waitFor({ state: 'detached' });
  await context.close();
});

it('saves scrap from the stepper, ten at a time while it is held, with the reason used last', async () => {
  const { context, page } = await tablet();
  const more = page.getByLabel('One more');
  await more.tap();
  await more.tap();
  await more.dispatchEvent('pointerdown');
  // Let go within the page: on a busy machine the next ten would come before a question from out here.
  await page.waitForFunction(
    (button) => {
      if (document.querySelector('output')?.textContent !== '12') return false;
      return button?.dispatchEvent(new PointerEvent('pointerup', { bubbles: true }));
    },
    await more.elementHandle(),
  );
  await page.getByRole('button', { name: 'Save 12' }).tap();
  await untilTaken(1);
  expect(taken()[0]).toMatchObject({ type: 'scrap', count: 12, reason: 'no-cap' });
  await page.getByRole('button', { name: 'Save' }).isDisabled();
  await context.close();
});

it('starts an order, calls for help, and leaves a word for the next shift', async () => {
  const { context, page } = await tablet();
  await page.locator('.order').tap();
  await page.getByLabel('Order number').fill('40900');
  await page.getByLabel('Quantity').fill('12 000');
  await page.getByRole('button', { name: 'Almond drink 1 L' }).tap();
  await page.getByRole('button', { name: 'Start 40900' }).tap();
  await untilTaken(1);
  expect(taken()[0]).toMatchObject({
    type: 'orderStart',
    order: '40900',
    product: 'almond-drink-1-l',
    quantity: 12_000,
  });
  await page.getByRole('button', { name: 'Call maintenance' }).tap();
  await page.getByRole('button', { name: 'Maintenance called 11:42' }).waitFor();
  await page.getByRole('button', { name: /^Notes/ }).tap();
  await page.getByRole('button', { name: 'I am coming' }).tap();
  await page.getByLabel('Note', { exact: true }).fill('Chuck 3 again');
  await page.getByRole('button', { name: 'For the next shift' }).tap();
  await page.getByRole('button', { name: 'Save note' }).tap();
  await untilTaken(4);
  expect(taken().slice(1)).toMatchObject([
    { type: 'andonCall', team: 'maintenance' },
    { type: 'andonAcknowledge', call: taken()[1]?.id },
    { type: 'note', text: 'Chuck 3 again', about: 'handover' },
  ]);
  await context.close();
});

it.each(['light', 'dark'])('has no serious barrier in %s, on any of its panels', async (theme) => {
  const context = await browser.newContext({ viewport: LANDSCAPE, bypassCSP: true });
  const page = await context.newPage();
  await page.goto(`${server.url}/operator/capper?theme=${theme}`);
  await page.waitForSelector('[data-likely]');
  expect(await barriers(page)).toEqual([]);
  for (const open of ['All stops', /^Notes/, /^Oat drink/]) {
    await page.getByRole('button', { name: open }).click();
    expect(await barriers(page), String(open)).toEqual([]);
    await page.locator('main').getByRole('button', { name: 'Back' }).click();
  }
  await context.close();
});

/** Presses Tab until what has the focus fits, as somebody without a hand for a mouse does; whether that can be seen is asked too. */
async function tabTo(page: Page, selector: string, text: RegExp = /./): Promise<void> {
  for (let n = 0; n < 80; n++) {
    const held = await page.evaluate((css) => {
      const active = document.activeElement;
      if (!active?.matches(css)) return null;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(active);
      const seen = (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
      return { seen, text: `${active.getAttribute('aria-label') ?? ''} ${active.textContent ?? ''} ${active.id}` };
    }, selector);
    if (held && text.test(held.text)) return expect(held.seen, `the focus on ${selector} is seen`).toBe(true);
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never reaches ${selector} ${text}`);
}

it('can be used by keyboard alone: reason and undo, split, scrap, order', async () => {
  const { context, page } = await tablet();
  const press = async (selector: string, text?: RegExp): Promise<void> => {
    await tabTo(page, selector, text);
    await page.keyboard.press('Enter');
  };
  await press('[data-group="Electrical"]');
  await press('[data-reason="power-dip"]');
  await untilTaken(1);
  await press('.undo button');
  await untilTaken(2);
  expect(taken()).toMatchObject([{ reason: 'power-dip' }, { type: 'void', entry: taken()[0]?.id }]);

  await press('button', /All stops/);
  await page.locator('[data-stop]').first().waitFor();
  await press('button', /Split/);
  await tabTo(page, 'input[type="range"]');
  const before = await page.getByRole('slider').inputValue();
  await page.keyboard.press('ArrowLeft');
  expect(Number(before) - Number(await page.getByRole('slider').inputValue())).toBe(60_000);
  await press('button.big', /^ ?From/);
  await press('[data-group="Cleaning"]');
  await press('[data-reason="spill"]');
  await untilTaken(3);
  expect(taken()[2]).toMatchObject({ type: 'stopReason', reason: 'spill' });

  await press('button', /One more/);
  await page.keyboard.press('Enter');
  await press('button.save', /Save 2/);
  await untilTaken(4);
  expect(taken()[3]).toMatchObject({ type: 'scrap', count: 2 });

  await press('.order, .order button');
  await tabTo(page, 'input[maxlength="60"]');
  await page.keyboard.type('40900');
  await page.keyboard.press('Tab');
  await page.keyboard.type('1200');
  await page.keyboard.press('Enter');
  await untilTaken(5);
  expect(taken()[4]).toMatchObject({ type: 'orderStart', order: '40900', quantity: 1200 });
  await context.close();
});

/** From now on all of it opens without a server: the worker that stands ready has the whole build, however little of it was seen. */
async function keepsItself(page: Page): Promise<void> {
  await page.waitForFunction(async () => (await navigator.serviceWorker.ready).active?.state === 'activated');
  const { wanted, missing } = await page.evaluate(async () => {
    const chunks: { file: string; css?: string[] }[] = Object.values(await (await fetch('/manifest.json')).json());
    const files = chunks.flatMap(({ file, css = [] }) => [file, ...css]).filter((name) => name.startsWith('assets/'));
    const kept = (await (await caches.open('linewatt-assets')).keys()).map(({ url }) => new URL(url).pathname.slice(1));
    return { wanted: files.length, missing: files.filter((name) => !kept.includes(name)) };
  });
  expect(wanted).toBeGreaterThan(50);
  expect(missing).toEqual([]);
}

describe('in another language', () => {
  const spoken = (page: Page): Promise<string> => page.evaluate(() => document.documentElement.lang);

  it('the tablet is led from its own key, keeps the choice, and has every word without a server', async () => {
    const { context, page } = await tablet();
    expect(await spoken(page)).toBe('en');
    await page.getByRole('button', { name: 'Language' }).tap();
    await thumb(page, '[data-language="de"]');
    await page.getByRole('button', { name: 'Zurück' }).tap();
    await page.getByRole('heading', { name: 'Warum steht sie?' }).waitFor();
    expect(await page.textContent('[data-likely="cap-feed-jam"]')).toBe('Kappenstauheute zweimal, 14 min verloren');
    expect(await page.textContent('.made')).toBe('14.444');
    await keepsItself(page);
    await server.away();
    await page.reload();
    await page.getByText('Offline').first().waitFor({ timeout: 15_000 });
    expect(await spoken(page)).toBe('de');
    expect(await page.textContent('h1')).toBe('Verschließer');
    expect(await page.textContent('[data-look] .word')).toBe('Störung');
    await page.locator('[data-group="Electrical"]').tap();
    await page.getByRole('heading', { name: 'Elektrik' }).waitFor();
    await page.locator('[data-reason="power-dip"]').tap();
    await page.getByText('Hier gespeichert: Netzeinbruch.').waitFor();
    await server.back();
    await untilTaken(1);
    expect(taken()[0]).toMatchObject({ type: 'stopReason', reason: 'power-dip' });
    await context.close();
  });

  it('a page at a desk is led by its picker and keeps the choice; an address chooses for one visit', async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.goto(`${server.url}/plant`);
    await page.getByLabel('Language').selectOption('pl');
    await page.getByRole('link', { name: 'Źródła' }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'Źródła' }).click();
    await page.getByRole('heading', { name: 'Uwagi,' }).waitFor();
    expect(await spoken(page)).toBe('pl');
    await page.goto(`${server.url}/wall/filling?lang=fr`);
    await page.waitForSelector('[data-look]');
    expect(await spoken(page)).toBe('fr');
    await page.goto(`${server.url}/sources`);
    await page.getByRole('heading', { name: 'Uwagi,' }).waitFor();
    await context.close();
  });
});

describe('without a server', () => {
  it('opens, shows what it last knew and since when, and sends what was tapped meanwhile once, in order', async () => {
    const { context, page } = await tablet();
    await keepsItself(page);
    await server.away();
    await page.locator('[data-likely="cap-feed-jam"]').tap();
    await page.getByText('Cap feed jam. Something else?').waitFor();
    await page.reload();
    await page.getByText('1 entry waiting. They are saved here and sent later.').waitFor({ timeout: 15_000 });
    expect(await page.textContent('h1')).toBe('Capper');
    expect(await page.locator('.counts').textContent()).toMatch(/Good pieces, at 11:4\d/);
    expect(await page.locator('[data-look]').first().getAttribute('data-look')).toBe('down');
    await page.locator('[data-group="Electrical"]').tap();
    await page.locator('[data-reason="power-dip"]').tap();
    await page.getByText('2 entries waiting.').waitFor();
    await page.reload();
    await page.getByText('2 entries waiting.').waitFor({ timeout: 15_000 });
    // A page and a language that this tablet has never shown.
    await page.goto(`${server.url}/glossary?lang=de`);
    await page.getByRole('heading', { name: 'Was die Wörter bedeuten' }).waitFor({ timeout: 15_000 });
    await page.goto(`${server.url}/operator/capper`);
    await page.getByText('2 entries waiting.').waitFor({ timeout: 15_000 });
    await server.back();
    await untilTaken(2);
    expect(taken().map((e) => e['reason'])).toEqual(['cap-feed-jam', 'power-dip']);
    const [first, second] = taken().map((e) => Date.parse(String(e['enteredAt'])));
    expect(first).toBeLessThanOrEqual(second ?? 0);
    await page.getByText('2 entries sent.').waitFor();
    await context.close();
  });

  it('sends again what got no answer, and the ledger has it once', async () => {
    const { context, page } = await tablet();
    let lost = 2;
    await page.route('**/api/v1/entries', async (route) => {
      await route.fetch();
      if (lost-- > 0) await route.abort();
      else await route.continue();
    });
    await page.locator('[data-likely="cap-feed-jam"]').tap();
    await expect.poll(() => lost, { timeout: 10_000 }).toBeLessThan(0);
    await page.locator('[data-waiting]').waitFor({ state: 'detached' });
    expect(taken()).toHaveLength(1);
    expect(server.entries.sent.get(taken()[0]?.id ?? '')).toBeGreaterThanOrEqual(3);
    await context.close();
  });
});
