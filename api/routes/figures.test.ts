import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyBatch } from '#shared/oee/facts.ts';
import { factsOf } from '#shared/oee/fixture.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { at, type Fixture, makeFixture, NOW } from '../fixture.ts';

let site: Fixture;
beforeAll(async () => {
  site = await makeFixture();
});
afterAll(() => site.close());

const iso = (t: number) => new Date(t).toISOString();
const ask = async (url: string, of = site) => {
  const answer = await of.app.inject({ url: `/api/v1/${url}`, headers: { host: 'localhost' } });
  return { status: answer.statusCode, body: answer.json() };
};
const window = `from=${iso(at(0))}&to=${iso(NOW)}`;

describe('/kpi', () => {
  it('gives the running shift of a line by its constraint, with all that replay gives', async () => {
    const { body } = await ask(`kpi?scope=line:filling&by=shift&${window}`);
    expect(body.items).toHaveLength(1);
    const [item] = body.items;
    expect(item).toMatchObject({ scope: 'line:filling', shift: 'early', date: '2026-06-02', provisional: true });
    expect(item.window).toEqual({ start: iso(at(0)), end: iso(NOW) });
    // Filler: 240 min, 10 min down. Packer, the last machine, missed 10 minutes of 59 pieces; rejects are the filler's.
    expect(item.seconds).toMatchObject({ all: 14_400, plannedProduction: 14_400, run: 13_800, unplannedStop: 600 });
    expect(item.counts).toMatchObject({ good: 59 * 230, reject: 230, total: 60 * 230 });
    expect(item.kpi.availability).toBeCloseTo(230 / 240, 9);
    expect(item.kpi.oee).toBeCloseTo((59 * 230) / 14_400, 9);
    const { availability, performance, quality, oee } = item.kpi;
    expect(availability * performance * quality).toBeCloseTo(oee, 12);
    expect(item.targetCount).toBeCloseTo(14_400 * 0.75, 6);
    // The last 60 planned minutes made 59 a minute; 220 planned minutes are left after the break.
    expect(item.projectedCount).toBeCloseTo(59 * 230 + 59 * 220, 6);
  });

  it('adds up: hours, shift and total are the same sums', async () => {
    const sum = async (by: string) => {
      const { body } = await ask(`kpi?scope=machine:filler&by=${by}&${window}`);
      return body.items.reduce(
        (a: { run: number; good: number }, i: { seconds: { run: number }; counts: { good: number } }) => ({
          run: a.run + i.seconds.run,
          good: a.good + i.counts.good,
        }),
        { run: 0, good: 0 },
      );
    };
    const total = await sum('total');
    expect(total).toEqual({ run: 13_800, good: 59 * 230 });
    for (const by of ['hour', 'shift', 'day', 'week', 'month', 'productionDay', 'product', 'machine']) {
      expect(await sum(by), by).toEqual(total);
    }
  });

  it('gives gaps between shifts as offShift items', async () => {
    const { body } = await ask(`kpi?scope=machine:filler&by=shift&from=${iso(at(-600))}&to=${iso(NOW)}`);
    expect(body.items.map((i: { shift: string }) => i.shift)).toEqual(['offShift', 'early']);
    expect(body.items[0].seconds).toMatchObject({ all: 36_000, offShift: 36_000, plannedProduction: 0 });
    expect(body.items[0].counts).toMatchObject({ total: 0, unscheduledTotal: 36_000 });
    expect(body.items[0].kpi.oee).toBeNull();
  });

  it('refuses a bound that is not a whole minute and names the nearest', async () => {
    const { status, body } = await ask('kpi?from=2026-06-02T05:00:20Z');
    expect(status).toBe(400);
    expect(body.nearest).toBe('2026-06-02T05:00:00.000Z');
    expect(body.detail).toContain('2026-06-02T05:00:00.000Z');
  });

  it.each([
    ['kpi?from=2026-06-02T05:00:00', 400],
    ['kpi?from=2026-06-02T06:00:00Z&to=2026-06-02T05:00:00Z', 400],
    ['kpi?from=2020-06-02T06:00:00Z', 400],
    ['kpi?by=shift,day', 400],
    ['kpi?scope=line:nope', 404],
    ['kpi?scope=meter:m-main', 400],
    ['kpi?scope=machine:__proto__', 404],
  ])('%s is %i', async (url, status) => {
    expect((await ask(url)).status).toBe(status);
  });

  it('never says 0 or 100 % where there are no facts', async () => {
    const { body } = await ask('kpi?scope=line:filling&by=total&from=2026-05-01T00:00:00Z&to=2026-05-02T00:00:00Z');
    const [item] = body.items;
    expect(item.seconds.unknown).toBeGreaterThan(0);
    expect(item.kpi.performance).toBeNull();
    expect(item.findings.map((f: { code: string }) => f.code)).toContain('lowCoverage');
  });
});

describe('stops, states and counts', () => {
  it('tells a stop with its reason, and the waiting it caused', async () => {
    const { body } = await ask(`stops?scope=line:filling&${window}`);
    expect(body.items).toMatchObject([
      {
        machine: 'filler',
        start: iso(at(100)),
        end: iso(at(110)),
        seconds: 600,
        reasonName: 'Jam',
        startLabel: '07:40',
      },
      { machine: 'packer', start: iso(at(101)), end: iso(at(111)), reason: 'starved', external: true },
    ]);
  });

  it('draws a ribbon that covers the window without a gap', async () => {
    const { body } = await ask(`states?scope=machine:filler&${window}`);
    expect(body.items.map((i: { look: string }) => i.look)).toEqual(['run', 'down', 'run']);
    for (const [i, item] of body.items.slice(1).entries()) expect(item.start).toBe(body.items[i].end);
  });

  it('counts per half hour on the local clock', async () => {
    const { body } = await ask(`counts?scope=machine:filler&every=30&${window}`);
    expect(body.items).toHaveLength(8);
    expect(body.items[0]).toMatchObject({ startLabel: '06:00', total: 1800, good: 1770, idealCount: 1800 });
    expect(body.items[3]).toMatchObject({ startLabel: '07:30', total: 1200 });
  });
});

describe('/energy', () => {
  it('adds up to the main meter by machine, state, category and band, at the price of the time', async () => {
    const total = (await ask(`energy?scope=site&by=total&${window}`)).body.items[0];
    expect(total.kWh).toBeCloseTo(120, 9);
    // 06:00 to 07:00 at night price: 30 kWh x 0.1; the rest by day.
    expect(total.cost).toBeCloseTo(30 * 0.1 + 90 * 0.2, 9);
    expect(total.coverage).toBe(1);
    for (const by of ['machine', 'state', 'category', 'band', 'shift', 'hour', 'interval', 'product', 'shift,band']) {
      const { items } = (await ask(`energy?scope=site&by=${by}&${window}`)).body;
      const kWh = items.reduce((a: number, i: { kWh: number }) => a + i.kWh, 0);
      const cost = items.reduce((a: number, i: { cost: number }) => a + i.cost, 0);
      expect(kWh, by).toBeCloseTo(120, 6);
      expect(cost, by).toBeCloseTo(21, 6);
    }
  });

  it('gives a machine its own meter, and the rest to nobody', async () => {
    const { items } = (await ask(`energy?scope=site&by=machine&${window}`)).body;
    const kWh = Object.fromEntries(items.map((i: { machine: string; kWh: number }) => [i.machine, i.kWh]));
    expect(kWh['filler']).toBeCloseTo(48, 9);
    expect(kWh['']).toBeCloseTo(72, 9);
    const line = (await ask(`energy?scope=line:filling&by=total&${window}`)).body.items[0];
    expect(line.kWh).toBeCloseTo(48, 9);
    expect(line.kWhPerGood).toBeCloseTo(48 / (59 * 230), 9);
  });

  it('never turns missing readings into zero coverage lost', async () => {
    const old = (await ask('energy?scope=site&by=total&from=2026-05-01T00:00:00Z&to=2026-05-02T00:00:00Z')).body
      .items[0];
    expect(old).toMatchObject({ coverage: 0, missingSeconds: 86_400, cost: null });
  });
});

describe('/explain', () => {
  it('gives the formula with its numbers, and the intervals behind them', async () => {
    const { body } = await ask(`explain?scope=machine:filler&figure=availability&${window}`);
    expect(body).toMatchObject({
      formula: 'run time / planned production time',
      substituted: '13800 / 14400 = 0.958333',
      rulesVersion: 1,
      ledgerSeq: 0,
    });
    expect(body.machines[0].segments.map((s: { state: string }) => s.state)).toEqual(['running', 'down', 'running']);
    const seconds = body.machines[0].segments.reduce((a: number, s: { seconds: number }) => a + s.seconds, 0);
    expect(seconds).toBe(14_400);
  });
});

describe('what was worked out before', () => {
  it('is kept, and thrown away only where a fact or an entry changed it', async () => {
    const own = await makeFixture({ until: at(480) });
    own.setNow(at(600));
    await own.load();
    const judged = () => own.deps.counters.get('kpi_slices', 'judged');
    const url = `kpi?scope=machine:filler&by=total&from=${iso(at(-600))}&to=${iso(at(480))}`;
    const before = (await ask(url, own)).body.items[0];
    const first = judged();
    expect((await ask(url, own)).body.items[0]).toEqual(before);
    expect(judged()).toBe(first);

    // A late fact: minute 200 made ten pieces more.
    const late = factsOf('filler', [{ start: at(200), state: 'running', product: 'A', good: 69, reject: 1 }], at(201));
    const pieces = late.pieces.map((p) => ({ ...p, intervalStart: at(110), revision: 2, slot: 2 }));
    const writer = openSqliteWriter(join(own.dir, 'historian.sqlite'));
    await writer.write({ ...emptyBatch(), pieces });
    await writer.close();
    own.deps.live.mergeFacts({ pieces });
    const after = (await ask(url, own)).body.items[0];
    expect(after.counts.good).toBe(before.counts.good + 10);
    expect(judged() - first).toBe(1);

    // An entry: the jam was a changeover. Of all slices only the one it lies in is judged again.
    const sent = await own.app.inject({
      method: 'POST',
      url: '/api/v1/entries',
      headers: { host: 'localhost', 'idempotency-key': 'k1' },
      payload: { type: 'stopReason', machine: 'filler', at: iso(at(105)), reason: 'changeover' },
    });
    expect(sent.statusCode).toBe(201);
    const third = judged();
    const entered = (await ask(url, own)).body.items[0];
    expect(entered.seconds).toMatchObject({ plannedStop: 600, unplannedStop: 0 });
    expect(judged() - third).toBe(1);

    // As known before the entry, it was unplanned.
    const then = (await ask(`${url}&asOf=${iso(at(599))}`, own)).body.items[0];
    expect(then.seconds).toMatchObject({ plannedStop: 0, unplannedStop: 600 });
    await own.close();
  });
});
