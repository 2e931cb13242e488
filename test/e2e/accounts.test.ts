import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../dashboard/build.ts';
import { TWO_LINES } from '../integration/access-plant.ts';
import { type RunningApi, startRealApi } from '../servers/api.ts';
import { launchBrowser } from '../servers/browser.ts';

/* People in a real browser, against the real api. The tests follow each other, as a first day does. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PASSWORD = 'three green bottles';
const HOSTILE = '<img src=x onerror="window.hacked=1">';
const PLANT = TWO_LINES.replace('name: Filler,', `name: '${HOSTILE}',`);

let api: RunningApi;
let browser: Browser;
let admin: Page;
const complaints: string[] = [];

async function open(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return page;
}
const fresh = async (): Promise<Page> => open(await browser.newContext());

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly impact: string; readonly nodes: readonly unknown[] }[];
}
/** `only`: one rule, where the page was looked at as a whole already. */
async function seriousOn(page: Page, only: string | null = null): Promise<string[]> {
  // Over the protocol, not as an inline script, which the page's policy would refuse.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    (rule) =>
      (globalThis as unknown as { axe: { run(options: object): Promise<AxeResult> } }).axe.run(
        rule === null ? {} : { runOnly: [rule] },
      ),
    only,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${page.url()}: ${id} on ${nodes.length}`);
}

async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.goto(`${api.url}/signin`);
  await page.fill('input[name=username]', name);
  await page.fill('input[name=password]', password);
  await page.keyboard.press('Enter');
}

beforeAll(async () => {
  const { dir } = await ensureBuilt();
  [api, browser] = await Promise.all([
    startRealApi({ dashboardDir: dir, plant: `${PLANT}\ndemo: { seed: 1, historyDays: 1 }\n` }),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await api?.dispose();
});

describe('accounts in the browser', () => {
  it('makes the first administrator with the link of the console, whose token leaves the address at once', async () => {
    const link = /(http\S+\/first#\S+)/.exec(api.log())?.[1] ?? '';
    admin = await fresh();
    const asked: string[] = [];
    admin.on('request', (request) => asked.push(`${request.url()} ${request.headers()['referer'] ?? ''}`));
    await admin.goto(link);
    await admin.waitForURL(`${api.url}/first`);
    await admin.fill('input[name=username]', 'kim.lee');
    await admin.fill('input[name=password]', PASSWORD);
    await admin.click('text=Make the account');
    await admin.waitForURL('**/admin/people');
    await admin.waitForSelector('th:has-text("kim.lee")');
    const token = link.split('#')[1] ?? 'no token';
    expect(asked.filter((one) => one.includes(token) && !one.includes('#'))).toEqual([]);
    await admin.goBack();
    expect(admin.url()).not.toContain(token);
    await admin.goto(`${api.url}/admin/people`);
  });

  it('takes the same link no second time', async () => {
    const link = /(http\S+\/first#\S+)/.exec(api.log())?.[1] ?? '';
    const page = await fresh();
    await page.goto(link);
    await page.fill('input[name=username]', 'mallory');
    await page.fill('input[name=password]', PASSWORD);
    await page.click('text=Make the account');
    await page.waitForSelector('text=There is an administrator already');
    await page.context().close();
  });

  it('adds a person by keyboard alone', async () => {
    await admin.locator('text=Add somebody').focus();
    await admin.keyboard.press('Enter');
    await admin.locator('.panel input').first().focus();
    await admin.keyboard.type('sam');
    await admin.keyboard.press('Tab');
    await admin.keyboard.type('Op');
    await admin.keyboard.press('Tab');
    await admin.keyboard.type('Line Fill');
    await admin.keyboard.press('Tab');
    await admin.keyboard.type(PASSWORD);
    await admin.keyboard.press('Tab');
    await admin.keyboard.type('4711');
    await admin.keyboard.press('Enter');
    const row = admin.locator('tr', { has: admin.locator('th:has-text("sam")') });
    await row.waitFor();
    expect(await row.innerText()).toMatch(/Operator\s+Line Filling\s+password, PIN\s+active/);
  });

  it('signs in a demo person with one tap, and shows who is signed in', async () => {
    const page = await fresh();
    await page.goto(`${api.url}/plant`);
    await page.click('.account >> text=Sign in');
    await page.click('button:has-text("Supervisor")');
    await page.waitForURL('**/plant');
    await page.waitForSelector('.chip:has-text("demo supervisor")');
    await page.context().close();
  });

  it('locks an account after five wrong passwords, in words that help', async () => {
    const page = await fresh();
    await page.goto(`${api.url}/signin`);
    for (let n = 0; n < 5; n++) {
      await page.fill('input[name=username]', 'sam');
      await page.fill('input[name=password]', `wrong password ${n}`);
      const answered = page.waitForResponse('**/auth/sign-in');
      await page.click('form button[type=submit]');
      await answered;
    }
    await page.waitForSelector('.refusal:has-text("this account is locked")');
    // The right one does not help now either.
    await page.fill('input[name=username]', 'sam');
    await page.fill('input[name=password]', PASSWORD);
    const [answer] = await Promise.all([
      page.waitForResponse('**/auth/sign-in'),
      page.click('form button[type=submit]'),
    ]);
    expect(answer.status()).toBe(429);
    expect(Number(answer.headers()['retry-after'])).toBeGreaterThan(0);
    await page.context().close();
  });

  it('enrols a wall with its link: one line, reading only, no token in the address, gone when it is taken back', async () => {
    await admin.goto(`${api.url}/admin/screens`);
    await admin.fill('.maker input', 'Wall above filling');
    await admin.selectOption('.maker label:nth-of-type(3) select', 'line:filling');
    await admin.click('text=Make a token');
    const link = (await admin.locator('.made code').first().innerText()).trim();
    expect(await admin.locator('svg[role=img]').first().getAttribute('aria-label')).toContain('Wall above filling');
    const wall = await fresh();
    await wall.goto(link);
    await wall.waitForURL(`${api.url}/wall/filling`);
    await wall.waitForSelector('text=Filling');
    const other = await wall.evaluate(async () => {
      const status = async (path: string, method = 'GET') => (await fetch(`/api/v1/${path}`, { method })).status;
      return [await status('kpi?scope=line:machining'), await status('entries', 'POST'), await status('users')];
    });
    expect(other).toEqual([403, 403, 403]);
    await admin.click('button:has-text("Take back")');
    const who = () => wall.evaluate(async () => (await (await fetch('/api/v1/auth/me')).json()).who);
    await expect.poll(who, { timeout: 5000 }).toBeNull();
    await wall.context().close();
  });

  it('lets people say who they are on a shared tablet by PIN, with keys for gloves', async () => {
    const made = await admin.evaluate(async () => {
      const post = (path: string, body: object) =>
        fetch(`/api/v1/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }).then((r) => r.json());
      const { id } = await post('users', { name: 'jo', role: 'operator', scopes: ['line:filling'], pin: '2580' });
      return { id, ...(await post('kiosks', { name: 'Tablet 1', kind: 'tablet', scope: 'line:filling' })) };
    });
    const page = await fresh();
    await page.goto(made.link);
    await page.waitForURL(`${api.url}/operator`);
    await page.goto(`${api.url}/signin`);
    const name = page.locator('button:has-text("jo")');
    expect((await name.boundingBox())?.height).toBeGreaterThanOrEqual(56);
    await name.click();
    for (const digit of '2580') await page.click(`.pad button:text-is("${digit}")`);
    await page.click('.pad button:text-is("Go")');
    await page.waitForURL(`${api.url}/operator`);
    expect(await page.evaluate(async () => (await (await fetch('/api/v1/auth/me')).json()).who.name)).toBe('jo');
    // Somebody else takes over without a password.
    await page.goto(`${api.url}/signin`);
    await page.waitForSelector('text=Who is it?');
    // Signing out leaves the tablet as it was: nobody's, reading.
    await page.goto(`${api.url}/account`);
    await page.click('text=Sign out');
    await page.waitForSelector('text=Who is it?');
    await page.context().close();
  });

  it('ends a session from the list: the other page is at the door within two seconds', async () => {
    const page = await fresh();
    await page.goto(`${api.url}/signin`);
    const who = await admin.evaluate(async () => {
      const r = await fetch('/api/v1/users', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'alex', role: 'viewer', password: 'quiet yellow river' }),
      });
      return r.status;
    });
    expect(who).toBe(201);
    await signIn(page, 'alex', 'quiet yellow river');
    await page.waitForURL('**/plant');
    await page.waitForSelector('.chip:has-text("alex")');
    await admin.goto(`${api.url}/admin/sessions`);
    const row = admin.locator('tr', { has: admin.locator('th:has-text("alex")') });
    await row.waitFor();
    const closed = page.evaluate(
      () =>
        new Promise<number>((done) => {
          const begun = performance.now();
          const look = setInterval(async () => {
            const { who: now } = await (await fetch('/api/v1/auth/me')).json();
            if (now !== null) return;
            clearInterval(look);
            done(performance.now() - begun);
          }, 50);
        }),
    );
    await row.locator('button').click();
    expect(await closed).toBeLessThan(5000);
    await row.waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('shows all of it in the record', async () => {
    await admin.goto(`${api.url}/admin/record`);
    for (const what of [
      'Added an account',
      'Locked out',
      'Enrolled a screen',
      'Took a token back',
      'Ended a session',
    ]) {
      await admin.waitForSelector(`td:text-is("${what}")`);
    }
  });

  it('has nothing serious for axe on any page that there is, in both themes', { timeout: 180_000 }, async () => {
    const router = readFileSync(new URL('../../dashboard/router.ts', import.meta.url), 'utf8');
    const samples: Readonly<Record<string, readonly string[]>> = {
      // Walls load themselves anew when they think it right; screens.test.ts looks at them, with data.
      '/wall/:pages+': [],
      '/machine/:id': ['/machine/filler'],
      '/operator/:machine': ['/operator/filler'],
      '/desk/:line?': ['/desk/filling'],
      '/admin/:part': ['/admin/people', '/admin/screens', '/admin/sessions', '/admin/record'],
      '/:rest(.*)*': ['/no-such-page'],
    };
    const routes = [...router.matchAll(/path: '([^']+)'(?!, redirect)/g)].map(([, path = '']) => path);
    expect(routes.length).toBeGreaterThan(15);
    const found: string[] = [];
    for (const path of routes.flatMap((route) => samples[route] ?? [route])) {
      expect(path, 'a page with a parameter needs a sample above').not.toContain(':');
      await admin.goto(`${api.url}${path}`);
      await admin.waitForSelector('h1, h2, [data-link]', { state: 'attached' });
      for (const theme of ['dark', 'light']) {
        await admin.evaluate((name) => {
          document.documentElement.dataset['theme'] = name;
        }, theme);
        // A theme changes colours alone.
        const rule = theme === 'dark' ? null : 'color-contrast';
        found.push(...(await seriousOn(admin, rule)).map((one) => `${theme}: ${one}`));
      }
    }
    expect(found).toEqual([]);
  });

  it('shows names from the plant file as text, whatever is in them, on every page', async () => {
    for (const path of [
      'plant',
      'machine/filler',
      'energy',
      'sources',
      'operator/filler',
      'wall/filling',
      'wall/site',
    ]) {
      await admin.goto(`${api.url}/${path}`);
      await admin.waitForLoadState('networkidle');
    }
    await admin.goto(`${api.url}/plant`);
    await admin.waitForSelector(`text=${HOSTILE}`);
    expect(await admin.evaluate(() => 'hacked' in window)).toBe(false);
    // The description of the interface is a library's page; one decoration of it is refused by the policy, and it works without.
    const docs = await admin.context().newPage();
    await docs.goto(`${api.url}/api/docs`);
    await docs.waitForSelector('.opblock');
    await docs.close();
  });

  it('keeps to the policy: no inline script or style was refused, no page failed', () => {
    expect(complaints).toEqual([]);
  });
});
