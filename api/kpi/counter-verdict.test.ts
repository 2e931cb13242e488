import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyBatch } from '#shared/oee/facts.ts';
import { sumSpans } from '#shared/oee/figures.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { MINUTE, toIso } from '#shared/time/instant.ts';
import { at, type Fixture, makeFixture, SHIFT_START } from '../fixture.ts';
import { energyNow } from '../live/energy-now.ts';
import { createTrack } from '../live/track.ts';

/* What people say about a counter step counts at once and everywhere: live, /kpi, explain; and can be taken back. */

const STEP = at(150) - 20_000;
const event = (over: object = {}) => ({
  signal: 'filler.total',
  t: STEP,
  raw: 90_000,
  previousT: STEP - 1000,
  previousRaw: 5000,
  verdict: 'pendingJump' as const,
  counted: 0,
  revision: 1,
  ...over,
});

let site: Fixture;
beforeEach(async () => {
  site = await makeFixture();
});
afterEach(() => site.close());

const get = async (url: string) =>
  (await site.app.inject({ url: `/api/v1/${url}`, headers: { host: 'localhost' } })).json();
let posted = 0;
const post = (payload: object) => {
  posted += 1;
  const headers = { host: 'localhost', 'idempotency-key': `verdict-${posted}` };
  return site.app.inject({ method: 'POST', url: '/api/v1/entries', payload, headers });
};

async function totals() {
  const window = `from=${toIso(SHIFT_START)}&to=${toIso(at(240))}`;
  const { items } = await get(`kpi?scope=machine:filler&by=total&${window}`);
  const explained = await get(`explain?scope=machine:filler&figure=oee&${window}`);
  const spans = createTrack('filler').judged({
    plant: site.deps.plant.current,
    facts: site.deps.live.machine('filler').facts,
    entries: site.deps.kpi.entries.ofMachine('filler'),
    counterEvents: site.deps.live.counterEvents.of('filler'),
    from: SHIFT_START,
  });
  const live = sumSpans(spans);
  return {
    kpi: items[0].counts.total,
    explain: explained.figures.counts.total,
    live: live.totalCount,
    findings: items[0].findings.map(({ code }: { code: string }) => code),
  };
}

async function writeEvent() {
  const writer = openSqliteWriter(`${site.dir}/historian.sqlite`);
  await writer.write({ ...emptyBatch(), counterEvents: [event()] });
  await writer.close();
}

describe('a verdict on a counter step', () => {
  it.each(['before', 'after'])(
    'counts alike on live screens, in /kpi and in explain (the facts are loaded %s)',
    async (when) => {
      if (when === 'before') await site.load();
      else await writeEvent();
      if (when === 'after') await site.load();
      else site.deps.live.mergeFacts({ counterEvents: [event()] });
      if (when === 'before') await writeEvent();
      const before = await totals();
      expect(before.findings).toContain('counterQuarantined');
      expect(new Set([before.kpi, before.explain, before.live]).size).toBe(1);

      const body = { type: 'counterVerdict', signal: 'filler.total', t: toIso(STEP), counted: 40 };
      const answer = await post(body);
      expect(answer.statusCode, answer.body).toBe(201);
      const after = await totals();
      const { kpi } = before;
      expect(after).toMatchObject({ kpi: kpi + 40, explain: kpi + 40, live: kpi + 40 });
      expect(after.findings).not.toContain('counterQuarantined');

      expect((await post({ type: 'void', entry: answer.json().id })).statusCode).toBe(201);
      expect(await totals()).toEqual(before);
    },
  );

  it('is refused in a sentence where there is no such counter, or no such step', async () => {
    await site.load();
    const body = { type: 'counterVerdict', t: toIso(STEP), counted: 1 };
    const unknown = await post({ ...body, signal: 'filler.totl' });
    expect(unknown.statusCode).toBe(422);
    expect(unknown.json().detail).toContain('no counter or register "filler.totl"');
    const nothing = await post({ ...body, signal: 'filler.total' });
    expect(nothing.statusCode).toBe(422);
    expect(nothing.json().detail).toContain('has no odd step at');
  });

  it('on a register moves the energy of the running shift as it moves that of /energy', async () => {
    await site.load();
    const step = event({ signal: 'm-main.importWh', previousT: at(120), t: at(130), raw: 20_000, previousRaw: 15_000 });
    site.deps.live.mergeFacts({ counterEvents: [step] });
    const window = `from=${toIso(SHIFT_START)}&to=${toIso(at(240))}`;
    const before = (await get(`energy?scope=meter:m-main&by=total&${window}`)).items[0].kWh;
    const answer = await post({ type: 'counterVerdict', signal: 'm-main.importWh', t: toIso(at(130)), counted: 4000 });
    expect(answer.statusCode, answer.body).toBe(201);
    const after = (await get(`energy?scope=meter:m-main&by=total&${window}`)).items[0].kWh;
    expect(after - before).toBeCloseTo(4, 9);
    const { plant, live, kpi } = site.deps;
    const now = energyNow(plant.current, live, new Map(), kpi.entries.all(), SHIFT_START);
    expect(now?.cells.reduce((sum, cell) => sum + cell.kWh, 0)).toBeCloseTo(after, 9);
    // A window that ends within the step has its share.
    const part = `from=${toIso(SHIFT_START)}&to=${toIso(at(125))}`;
    const half = (await get(`energy?scope=meter:m-main&by=total&${part}`)).items[0].kWh;
    expect(half).toBeCloseTo((125 * MINUTE * (before / 240)) / MINUTE + 2, 9);
  });
});
