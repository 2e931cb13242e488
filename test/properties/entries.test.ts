import fc from 'fast-check';
import { expect, it } from 'vitest';
import { at, type Fixture, makeFixture, NOW, PLANT, SHIFT_START } from '#api/fixture.ts';
import { openCalls } from '#api/ledger/words.ts';
import { replay } from '#edge/replay/engine.ts';
import { SampleTable } from '#edge/replay/sample-table.ts';
import { effectiveEntries } from '#shared/ledger/effective.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import { type CounterEvent, emptyBatch } from '#shared/oee/facts.ts';
import type { Stage } from '#shared/oee/fixture.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { MINUTE, toIso } from '#shared/time/instant.ts';

/*
 * People change the past, and it stays one past. Whatever entries come in whatever order:
 *
 * - live (asked again after each) = all at once afterwards = as of each entry's time, asked at the end;
 * - = `linewatt replay` of the raw samples with the same entries;
 * - all of them taken back: the recorded facts, as if nobody had entered anything.
 */
const RUNS = Number(process.env['LINEWATT_RUNS'] ?? 6);

/** Runs, stops, runs: no reason is measured, so that all there is comes from people. */
const stages = (stops: readonly (readonly [number, number])[]): Stage[] => [
  { start: at(-24 * 60), state: 'running', product: 'A', good: 59, reject: 1 },
  ...stops.flatMap(([from, to]): Stage[] => [
    { start: at(from), state: 'down', product: 'A' },
    { start: at(to), state: 'running', product: 'A', good: 59, reject: 1 },
  ]),
];
const STOPS: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  filler: [
    [20, 24],
    [60, 75],
    [130, 140],
    [200, 203],
  ],
  packer: [
    [21, 25],
    [90, 110],
    [180, 199],
  ],
};
const MACHINES = ['filler', 'packer'] as const;

const minute = fc.integer({ min: 0, max: 239 });
const machine = fc.constantFrom(...MACHINES);
const stopMinute = machine.chain((m) =>
  fc.record({
    machine: fc.constant(m),
    stop: fc.constantFrom(...(STOPS[m] ?? [])),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    width: fc.integer({ min: 1, max: 12 }),
  }),
);
const share = fc.double({ min: 0, max: 0.999, noNaN: true });
const reason = fc.constantFrom('jam', 'changeover', 'starved');
/**
 * `back` takes back the entry that is that share of the way through those made so far; `answer` is said to the call that is that
 * share of the way through those of the machine.
 */
type Wish =
  | { readonly body: Record<string, unknown> }
  | { readonly back: number }
  | { readonly answer: 'andonAcknowledge' | 'andonClose'; readonly machine: string; readonly share: number };
const whole = (m: string, t: number, more: object): Wish => ({ body: { machine: m, at: toIso(at(t)), ...more } });
const wish: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(stopMinute, reason).map(([s, r]) =>
      whole(s.machine, s.stop[0] + Math.floor((s.stop[1] - s.stop[0] - 1) * s.share), {
        type: 'stopReason',
        reason: r,
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(stopMinute, reason).map(([s, r]): Wish => {
      const from = s.stop[0] - 2 + Math.floor((s.stop[1] - s.stop[0]) * s.share);
      return {
        body: {
          type: 'stopReason',
          machine: s.machine,
          from: toIso(at(from)),
          to: toIso(at(from + s.width)),
          reason: r,
        },
      };
    }),
  },
  { weight: 2, arbitrary: stopMinute.map((s) => whole(s.machine, s.stop[0], { type: 'merge' })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(machine, minute, fc.integer({ min: 1, max: 40 }))
      .map(([m, t, count]) => whole(m, t, { type: 'scrap', count })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(machine, minute).map(([m, t]) => whole(m, t, { type: 'product', product: 'A', order: 'P1' })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(machine, minute)
      .map(([m, t]) => whole(m, t, { type: 'orderStart', order: 'W1', quantity: 500 })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(machine, minute).map(([m, t]) => whole(m, t, { type: 'orderFinish', order: 'W1' })),
  },
  { weight: 1, arbitrary: minute.map((t) => whole('filler', t, { type: 'target', targetOee: 0.5 + t / 1000 })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ closed: true }, { shift: { id: 'early', start: '07:00', end: '13:00' } }).map(
      (change): Wish => ({
        body: { type: 'calendarException', line: 'filling', date: '2026-06-02', ...change },
      }),
    ),
  },
  { weight: 1, arbitrary: minute.map((t) => whole('filler', t, { type: 'note', text: 'x' })) },
  {
    weight: 1,
    arbitrary: fc.tuple(machine, minute).map(([m, t]) => whole(m, t, { type: 'andonCall', team: 'maintenance' })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({
        answer: fc.constantFrom('andonAcknowledge' as const, 'andonClose' as const),
        machine,
        share,
      })
      .map((said): Wish => said),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 90 }).map(
      (counted): Wish => ({
        body: { type: 'counterVerdict', signal: 'filler.total', t: toIso(ODD_STEP.t), counted },
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('m-main', 'm-filler'), minute, fc.integer({ min: 1, max: 900 })).map(
      ([meter, t, more]): Wish => ({
        body: { type: 'meterExchange', meter, at: toIso(at(t)), oldFinal: 1000, newStart: 1000 + more },
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: minute.map((t): Wish => ({ body: { type: 'periodLock', until: toIso(at(t)), line: 'filling' } })),
  },
  { weight: 3, arbitrary: share.map((back): Wish => ({ back })) },
);
/** One read of the filler's counter was far off, and went on from there. It counts nothing until somebody says what it was. */
const ODD_STEP: CounterEvent = {
  signal: 'filler.total',
  t: at(150) + 1000,
  raw: 0,
  previousT: at(150),
  previousRaw: 0,
  verdict: 'pendingJump',
  counted: 0,
  revision: 1,
};
const JUMP = 1_000_000;

/** One of every type, always tried first: a new type of entry does not compile before it stands here. */
const ONE_OF_EACH: Readonly<Record<Entry['type'], Wish>> = {
  stopReason: whole('filler', 62, { type: 'stopReason', reason: 'jam' }),
  merge: whole('filler', 60, { type: 'merge' }),
  scrap: whole('packer', 50, { type: 'scrap', count: 7 }),
  product: whole('packer', 30, { type: 'product', product: 'A', order: 'P1' }),
  orderStart: whole('filler', 40, { type: 'orderStart', order: 'W1', quantity: 500 }),
  orderFinish: whole('filler', 90, { type: 'orderFinish', order: 'W1' }),
  note: whole('filler', 100, { type: 'note', text: 'x' }),
  andonCall: whole('filler', 110, { type: 'andonCall', team: 'maintenance' }),
  andonAcknowledge: { answer: 'andonAcknowledge', machine: 'filler', share: 0 },
  counterVerdict: { body: { type: 'counterVerdict', signal: 'filler.total', t: toIso(ODD_STEP.t), counted: 40 } },
  meterExchange: {
    body: { type: 'meterExchange', meter: 'm-main', at: toIso(at(120)), oldFinal: 1000, newStart: 1400 },
  },
  target: whole('filler', 20, { type: 'target', targetOee: 0.6 }),
  periodLock: { body: { type: 'periodLock', until: toIso(at(10)), line: 'filling' } },
  calendarException: {
    body: {
      type: 'calendarException',
      line: 'filling',
      date: '2026-06-02',
      shift: { id: 'early', start: '07:00', end: '13:00' },
    },
  },
  andonClose: { answer: 'andonClose', machine: 'filler', share: 0 },
  void: { back: 0.4 },
};

const LIMITED = PLANT.replace('node: "ns=1;s=f.total"', 'node: "ns=1;s=f.total", maxPerSecond: 5');

async function site(): Promise<Fixture> {
  const [filler, packer] = [stages(STOPS['filler'] ?? []), stages(STOPS['packer'] ?? [])];
  const made = await makeFixture({ plant: LIMITED, filler, packer });
  const writer = openSqliteWriter(`${made.dir}/historian.sqlite`);
  await writer.write({ ...emptyBatch(), counterEvents: [ODD_STEP] });
  await writer.close();
  return made;
}

async function get(fixture: Fixture, path: string) {
  const answer = await fixture.app.inject({ url: `/api/v1/${path}`, headers: { host: 'localhost' } });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}

/** Everything that entries can change: figures of machines and line, targets, orders, stops with their reasons. */
async function picture(fixture: Fixture, asOf?: number) {
  const window = `from=${toIso(SHIFT_START)}&to=${toIso(NOW)}${asOf === undefined ? '' : `&asOf=${toIso(asOf)}`}`;
  const figures = [];
  for (const scope of ['machine:filler', 'machine:packer', 'line:filling']) {
    const { items } = await get(fixture, `kpi?scope=${scope}&by=total,order&${window}`);
    figures.push(
      ...items.map(({ order, seconds, counts, kpi, targetCount }: Record<string, unknown>) => ({
        scope,
        order,
        seconds,
        counts,
        kpi,
        targetCount,
      })),
    );
    const total = await get(fixture, `kpi?scope=${scope}&by=total&${window}`);
    figures.push({ scope, target: total.items[0]?.targetCount ?? null });
  }
  const { items } = await get(fixture, `stops?scope=line:filling&${window}`);
  const stops = items.map(({ machine: m, start, end, seconds, reason: r, category }: Record<string, unknown>) => ({
    m,
    start,
    end,
    seconds,
    r,
    category,
  }));
  const energy = await get(fixture, `energy?scope=site&by=total,state&${window}`);
  const kwh = energy.items.map(({ state, kWh, cost }: Record<string, unknown>) => ({ state, kWh, cost }));
  // Words and locks: no figure depends on them, and they too are as of then.
  const said = effectiveEntries(fixture.deps.ledger.entries(), asOf);
  return {
    figures,
    stops,
    kwh,
    calls: openCalls(fixture.deps.plant.current, said, MACHINES),
    words: said.flatMap((e) => (e.type === 'note' || e.type === 'periodLock' ? [e.id] : [])),
  };
}

/** What is entered for a wish, given what was entered before. */
function bodyOf(w: Wish, before: readonly Entry[]): Record<string, unknown> {
  if ('body' in w) return w.body;
  if ('back' in w) return { type: 'void', entry: before[Math.floor(w.back * before.length)]?.id ?? 'none' };
  const calls = before.filter((e) => e.type === 'andonCall' && e.machine === w.machine);
  const call = calls[Math.floor(w.share * calls.length)]?.id ?? 'none';
  return { type: w.answer, machine: w.machine, at: toIso(at(239)), call };
}

/** Made at its own time; what the api refuses is no entry. Returns it as the ledger has it. */
async function enter(fixture: Fixture, k: number, body: Record<string, unknown>): Promise<Entry | null> {
  fixture.setNow(NOW + k * MINUTE);
  const answer = await fixture.app.inject({
    method: 'POST',
    url: '/api/v1/entries',
    headers: { host: 'localhost', 'content-type': 'application/json', 'idempotency-key': `k${k}` },
    payload: JSON.stringify({ id: `e${k}`, by: 'ann', ...body }),
  });
  return answer.statusCode === 201 ? (fixture.deps.ledger.entries().at(-1) ?? null) : null;
}

/** What the machines sent: a counter each for all pieces and for rejects, and the state. */
function samples(): SampleTable {
  const table = new SampleTable();
  const add = (t: number, signal: string, value: number | string): void =>
    table.add({ t, received: t, signal, value, quality: 'good' });
  for (const m of MACHINES) {
    let total = 0;
    let reject = 0;
    add(at(-60), `${m}.state`, 'running');
    add(at(-60), `${m}.total`, 0);
    add(at(-60), `${m}.reject`, 0);
    for (let t = -60; t < 240; t++) {
      const stop = STOPS[m]?.find(([from, to]) => from <= t && t < to);
      if (stop?.[0] === t) add(at(t), `${m}.state`, 'down');
      if (STOPS[m]?.some(([, to]) => to === t)) add(at(t), `${m}.state`, 'running');
      if (stop) continue;
      if (m === 'filler' && at(t) === ODD_STEP.previousT) {
        total += JUMP;
        add(ODD_STEP.t, 'filler.total', total);
      }
      total += 60;
      reject += 1;
      add(at(t + 1), `${m}.total`, total);
      add(at(t + 1), `${m}.reject`, reject);
    }
  }
  return table;
}

/** To the last bit only where sums were added in the same order. */
function near(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(10));
  if (Array.isArray(value)) return value.map(near);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, near(v)]));
  }
  return value;
}

it('entries applied live, at once, as of then and in a replay give one past, and taken back give the recorded one', async () => {
  const table = samples();
  const types = new Set<Entry['type']>();
  let taken = 0;
  let changed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 12 }), async (wishes) => {
      const live = await site();
      const later = await site();
      try {
        const recorded = near(await picture(live));
        const seen: { t: number; picture: unknown }[] = [];
        const made: Record<string, unknown>[] = [];
        for (const [k, w] of wishes.entries()) {
          const body = bodyOf(w, live.deps.ledger.entries());
          const entry = await enter(live, k + 1, body);
          made.push(body);
          if (entry) types.add(entry.type);
          if (entry) seen.push({ t: entry.recordedAt, picture: near(await picture(live)) });
        }
        const now = seen.at(-1)?.picture ?? recorded;
        taken += seen.length;
        const pictures = [recorded, ...seen.map((s) => s.picture)].map((p) => JSON.stringify(p));
        changed += pictures.filter((p, i) => i > 0 && p !== pictures[i - 1]).length;

        // At once: another site gets them all before anybody asks.
        for (const [k, body] of made.entries()) await enter(later, k + 1, body);
        expect(near(await picture(later))).toEqual(now);

        // As of each entry's time, asked at the end.
        live.setNow(NOW + 100 * MINUTE);
        for (const one of [seen[0], seen[seen.length >> 1], seen.at(-1)]) {
          if (one) expect(near(await picture(live, one.t))).toEqual(one.picture);
        }
        expect(near(await picture(live, NOW))).toEqual(recorded);

        // From the raw samples. The product comes from no signal here, so an entry of the start says it.
        const named: Entry[] = MACHINES.map((m, i) => ({
          id: `p${i}`,
          seq: i - 2,
          recordedAt: 0,
          by: '',
          type: 'product',
          machine: m,
          at: at(-60),
          product: 'A',
        }));
        const answers = replay({
          plant: live.deps.plant.at(NOW),
          samples: table,
          entries: [...named, ...live.deps.ledger.entries()],
          queries: MACHINES.map((m) => ({ id: m, kind: 'range', machines: [m], from: SHIFT_START, to: NOW })),
          progress: () => {},
          warn: () => {},
        });
        for (const m of MACHINES) {
          const [item] = (
            await get(live, `kpi?scope=machine:${m}&by=total&from=${toIso(SHIFT_START)}&to=${toIso(NOW)}`)
          ).items;
          const replayed = answers.find((a) => a.id === m) as unknown as Record<string, unknown>;
          const { seconds, counts, kpi } = replayed;
          expect(near({ seconds, counts, kpi })).toEqual(
            near({ seconds: item.seconds, counts: item.counts, kpi: item.kpi }),
          );
        }

        // Newest first: a taking back too, before what it took back.
        let k = wishes.length;
        for (const e of [...live.deps.ledger.entries()].reverse())
          await enter(live, ++k, { type: 'void', entry: e.id });
        expect(near(await picture(live))).toEqual(recorded);
      } finally {
        await live.close();
        await later.close();
      }
    }),
    { numRuns: RUNS, examples: [[Object.values(ONE_OF_EACH)]] },
  );
  // Most of what was wished for was possible, and changed what people see.
  expect(taken).toBeGreaterThan(2 * RUNS);
  expect(changed).toBeGreaterThan(RUNS);
  expect([...types].sort()).toEqual(Object.keys(ONE_OF_EACH).sort());
});
