import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MachineState } from '#shared/state/state.ts';
import { launchBrowser } from '../servers/browser.ts';
import { type Linewatt, ROOT, startLinewatt, until } from '../servers/linewatt.ts';
import { type StateChange, watchState } from '../servers/opcua-state.ts';
import { mainRegister } from '../servers/registers.ts';
import { changeShiftSoon } from '../servers/shift-change.ts';
import { socketsOf } from '../servers/sockets.ts';

/* The promise of the README: one command, and a plant is live in the browser. */
describe('first light', () => {
  let plant: Linewatt;
  let browser: Browser;
  let race: Race;
  let energyPage: Page;
  let shiftChange: number;
  beforeAll(async () => {
    [plant, browser] = await Promise.all([startLinewatt({ historyDays: 14 }), launchBrowser()]);
    race = await startRace(plant, browser);
  }, 180_000);
  afterAll(async () => {
    await race?.stop();
    await browser?.close();
    await plant?.dispose();
  });

  const open = async (path: string, width: number, height: number): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width, height } });
    await page.goto(`${plant.url}${path}`);
    return page;
  };

  it('is healthy, with every source connected', async () => {
    const health = await plant.json<Health>('/api/v1/health');
    expect(health.status).toBe('ok');
    expect(health.historian.engine).toBe('sqlite');
    expect(health.sources.length).toBeGreaterThanOrEqual(2);
    expect(health.sources.map((s) => s.state)).toEqual(health.sources.map(() => 'connected'));
  });

  it('has fourteen days of shifts whose factors multiply to their OEE', async () => {
    // The plant is live before its older past is written; findings tell when it is.
    await until(
      async () => !(await plant.json<Health>('/api/v1/health')).findings.some((f) => f.code === 'historyUnfinished'),
      60_000,
      () => `history is not finished:\n${plant.log()}`,
    );
    const { items } = await plant.json<{ items: KpiItem[] }>('/api/v1/kpi?scope=line:filling&by=shift');
    const shifts = items.filter((i) => i.shift !== null && i.kpi.oee !== null);
    expect(shifts.length).toBeGreaterThanOrEqual(14 * 3);
    for (const { kpi } of shifts) {
      const product = (kpi.availability ?? 0) * (kpi.performance ?? 0) * (kpi.quality ?? 0);
      expect(Math.abs(product - (kpi.oee ?? -1))).toBeLessThan(1e-9);
    }
    const oees = shifts.slice(0, -1).map((i) => i.kpi.oee ?? 0);
    const mean = oees.reduce((a, b) => a + b, 0) / oees.length;
    expect(mean).toBeGreaterThan(0.4);
    expect(mean).toBeLessThan(0.9);
  });

  it('joins history and live without a seam: no minute of the last days is unknown for every machine', async () => {
    const { items } = await plant.json<{ items: KpiItem[] }>('/api/v1/kpi?scope=line:filling&by=hour');
    const full = items.slice(1);
    for (const item of full) expect(item.coverage ?? 0).toBeGreaterThan(0.9);
  });

  it('shows running machines on the wall, and says that it is live', async () => {
    const pages = [await open('/wall/filling', 1920, 1080), await open('/wall/machining', 1920, 1080)];
    await pages[0]?.waitForSelector('[data-machine="filler"]');
    // A stop of the filler leaves all of its line waiting; the cells of the other line work on.
    await Promise.any(
      pages.map((page) =>
        page.waitForFunction(() => document.querySelectorAll('[data-look="run"]').length > 0, undefined, {
          timeout: 60_000,
        }),
      ),
    );
    for (const page of pages) {
      await page.waitForFunction(() => /live/.test(document.querySelector('[data-link]')?.textContent ?? ''));
      expect(await overflow(page)).toEqual({ x: 0, y: 0 });
      await page.close();
    }
  });

  it('has on the energy page within two seconds what a meter has risen by, with its band and its cost, without REST', async () => {
    // The shift changes while the tests after this one run.
    shiftChange = await changeShiftSoon(plant, 20_000);
    energyPage = await open('/energy', 1680, 1050);
    await energyPage.waitForSelector('[data-bill-total]', { timeout: 60_000 });
    await energyPage.waitForFunction(
      () => JSON.parse(document.querySelector('[data-bars]')?.getAttribute('data-last') ?? '{}').kWh > 0,
    );
    await energyPage.route('**/api/v1/**', (route) => route.abort());
    const register = await mainRegister(plant.modbusPort);
    // The page has at most what the register says now; two seconds later it has at least that.
    const begun = await lastBar(energyPage);
    const first = await register.read();
    await until(
      async () => (await register.read()) > first + 0.05,
      20_000,
      () => 'the register stands still',
    );
    const second = await register.read();
    const read = performance.now();
    await register.close();
    await until(
      async () => (await lastBar(energyPage)).kWh - begun.kWh >= second - first - 0.001,
      10_000,
      () => 'the bar does not grow',
    );
    expect(performance.now() - read).toBeLessThan(2_000);
    const now = await lastBar(energyPage);
    expect(now.name).toBe('Early');
    const rise = now.kWh - begun.kWh;
    // Each figure of a view is rounded to a watt-hour.
    expect(inBands(now) - inBands(begun)).toBeCloseTo(rise, 2);
    // Between the lowest and the highest price of the plant's tariff.
    expect(now.cost - begun.cost).toBeGreaterThan(rise * 0.18);
    expect(now.cost - begun.cost).toBeLessThan(rise * 0.32);
  });

  it.each([
    ['/wall/filling', 1180, 820],
    ['/plant', 1920, 1080],
    ['/plant', 1180, 820],
    ['/plant', 390, 844],
    ['/machine/filler', 1440, 900],
    ['/machine/filler', 1180, 820],
  ])('fits %s into %i x %i without sideways scrolling or errors', async (path, width, height) => {
    const errors: string[] = [];
    const page = await browser.newPage({ viewport: { width, height } });
    page.on('pageerror', (e) => errors.push(e.message));
    page.on('console', (m) => m.type() === 'error' && errors.push(m.text()));
    await page.goto(`${plant.url}${path}`);
    await page.waitForSelector('[data-look]');
    expect((await overflow(page)).x).toBe(0);
    expect(errors).toEqual([]);
    await page.close();
  });

  it('grows the energy of this shift beside the last ones, over the socket', async () => {
    const page = await open('/plant', 1920, 1080);
    await page.waitForSelector('[data-energy-now]');
    const read = async () => Number((await page.getAttribute('[data-energy-now]', 'data-energy-now')) ?? 'NaN');
    const before = await read();
    expect(before).toBeGreaterThanOrEqual(0);
    // Past shifts come as they are worked out, the newest first.
    await page.waitForFunction(() => document.querySelectorAll('[data-energy-shift]').length > 20, undefined, {
      timeout: 30_000,
    });
    await until(
      async () => (await read()) > before,
      30_000,
      () => `energy stood still at ${before}`,
    );
    await page.close();
  });

  it('begins the next bar of the energy page by itself when the shift changes', async () => {
    await until(
      async () => (await lastBar(energyPage)).name === 'Late' && (await lastBar(energyPage)).kWh > 0,
      shiftChange + 90_000 - Date.now(),
      () => 'no bar of the late shift',
    );
    const young = await lastBar(energyPage);
    await until(
      async () => (await lastBar(energyPage)).kWh > young.kWh,
      10_000,
      () => 'the new bar does not grow',
    );
    // The site draws some 190 kW: the bar began at the change, and not before.
    const grown = await lastBar(energyPage);
    expect(grown.kWh).toBeLessThan(((Date.now() - shiftChange) / 3_600_000) * 260);
    await energyPage.close();
  });

  it('had each state change of the OPC UA server on the wall within a second, all the while', async () => {
    // The plant decides when something changes; one change is waited for, as many as came are looked at.
    await until(
      () => race.changes.length >= 1,
      240_000,
      () => 'no machine changed its state',
    );
    expect(await race.late()).toEqual([]);
  }, 260_000);

  it('has open what `linewatt flows` prints and nothing else; the edge listens on nothing', async () => {
    const flows = await plannedFlows(plant);
    const { edge = 0, api = 0 } = await plant.children();
    const edgeSockets = await socketsOf(edge);
    expect(edgeSockets.filter((s) => s.listening)).toEqual([]);
    const planned = flows.filter((f) => f.from === 'edge').map((f) => f.port);
    expect([...new Set(edgeSockets.map((s) => s.remote.port))].sort()).toEqual(planned.sort());

    const apiSockets = await socketsOf(api);
    const listening = apiSockets.filter((s) => s.listening);
    expect(listening.map((s) => s.local.port).sort()).toEqual([plant.port, plant.brokerPort].sort());
    for (const { local } of listening) expect(local.host).toBe('127.0.0.1');
    const ports = new Set(listening.map((s) => s.local.port));
    const opened = apiSockets.filter((s) => !s.listening && !ports.has(s.local.port));
    const allowed = flows.filter((f) => f.from === 'api').map((f) => f.port);
    for (const { remote } of opened) expect(allowed).toContain(remote.port);
  });
});

/** What the command prints for the plant as it was started. */
async function plannedFlows(plant: Linewatt): Promise<{ from: string; to: string; port: number }[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['linewatt.ts', 'flows', '--plant', plant.plantFile, '--format', 'json', '--port', `${plant.port}`].concat([
      '--broker',
      `aedes:${plant.brokerPort}`,
    ]),
    { cwd: ROOT },
  );
  return JSON.parse(stdout) as { from: string; to: string; port: number }[];
}

interface Race {
  readonly changes: readonly StateChange[];
  /** Changes that a wall showed later than a second, or not at all, in words. */
  late(): Promise<string[]>;
  stop(): Promise<void>;
}

interface Shown {
  readonly machine: string;
  readonly look: string;
  readonly at: number;
}

const WITHIN_MS = 1_000;

/** Writes down beside each other what the server says and what two walls show, from now on. */
async function startRace(plant: Linewatt, browser: Browser): Promise<Race> {
  const walls: Page[] = [];
  for (const line of ['filling', 'machining']) {
    const wall = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
    await wall.goto(`${plant.url}/wall/${line}`);
    await wall.waitForFunction(() => document.querySelectorAll('[data-machine][data-look]').length >= 6);
    await wall.evaluate(() => {
      const shown: Shown[] = [];
      const note = (row: Element): void => {
        const { machine = '', look = '' } = (row as HTMLElement).dataset;
        shown.push({ machine, look, at: Date.now() });
      };
      for (const row of document.querySelectorAll('[data-machine][data-look]')) note(row);
      new MutationObserver((records) => {
        for (const { target } of records) if ((target as HTMLElement).dataset['machine']) note(target as Element);
      }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ['data-look'] });
      Object.assign(window, { shown });
    });
    walls.push(wall);
  }
  const watch = await watchState(plant);
  const changes: StateChange[] = [];
  watch.onChange((change) => changes.push(change));
  return {
    changes,
    async late() {
      // The last change may still be on its way; how late it is belongs into the message.
      const settled = (changes.at(-1)?.at ?? 0) + 5 * WITHIN_MS;
      await until(
        () => Date.now() > settled,
        6 * WITHIN_MS,
        () => 'the clock stands still',
      );
      const shown: Shown[] = [];
      for (const wall of walls)
        shown.push(...(await wall.evaluate(() => (window as unknown as { shown: Shown[] }).shown)));
      return changes.flatMap((change, i) => {
        const own = shown.filter((s) => s.machine === change.machine);
        // In a break the wall says "No plan", whatever the machine does.
        const before = own.findLast((s) => s.at <= change.at);
        if (before?.look === 'plan') return [];
        // What changed again within the second need not have been painted.
        const next = changes.slice(i + 1).find((c) => c.machine === change.machine);
        if (next && next.at <= change.at + WITHIN_MS) return [];
        const want = LOOKS[change.state];
        if (before && want.includes(before.look)) return [];
        const seen = own.find((s) => s.at >= change.at && want.includes(s.look));
        if (seen && seen.at <= change.at + WITHIN_MS) return [];
        const after = own.filter((s) => s.at >= change.at).map((s) => `${s.look} after ${s.at - change.at} ms`);
        return [`${change.machine} ${change.state}: ${after.join(', ') || 'nothing'}`];
      });
    },
    async stop() {
      await watch.stop();
      for (const wall of walls) await wall.close();
    },
  };
}

/** What the wall may show for a machine inside its planned time; a reason can make a stop a planned one, or no plan at all. */
const STOPPED = ['setup', 'plan'];
const LOOKS: Readonly<Record<MachineState, readonly string[]>> = {
  running: ['run'],
  idle: ['idle', ...STOPPED],
  down: ['down', ...STOPPED],
  off: ['down', ...STOPPED],
  setup: ['setup', 'plan'],
  maintenance: ['setup', 'plan'],
  unknown: ['unknown'],
};

interface Health {
  status: string;
  historian: { engine: string; version: string };
  sources: { id: string; state: string }[];
  findings: { code: string }[];
}

/** The newest bar of the energy page. */
interface Bar {
  readonly name: string;
  readonly kWh: number;
  readonly cost: number;
  readonly bands: Readonly<Record<string, number>>;
}

async function lastBar(page: Page): Promise<Bar> {
  return JSON.parse((await page.getAttribute('[data-bars]', 'data-last')) ?? '{}') as Bar;
}

const inBands = ({ bands }: Bar): number => Object.values(bands).reduce((sum, kWh) => sum + kWh, 0);

interface KpiItem {
  shift: string | null;
  coverage: number | null;
  kpi: { availability: number | null; performance: number | null; quality: number | null; oee: number | null };
}

/** How far the page could be scrolled, in pixels. */
async function overflow(page: Page): Promise<{ x: number; y: number }> {
  return page.evaluate(() => ({
    x: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    y: document.documentElement.scrollHeight - document.documentElement.clientHeight,
  }));
}
