import { describe, expect, it } from 'vitest';
import type { Entry } from '../ledger/entry.ts';
import type { Plant } from '../plant/model.ts';
import { MINUTE } from '../time/instant.ts';
import { figuresOf, sumSpans } from './figures.ts';
import { always, EARLY, entryMaker, factsOf, machine, makePlant, product, reason, type Stage } from './fixture.ts';
import { judge } from './judge.ts';

const at = (clock: string) => Date.parse(`2026-06-01T${clock}Z`);
const reasons = [
  reason('jam', 'unplannedStop'),
  reason('changeover', 'plannedStop'),
  reason('noOrders', 'notScheduled'),
];

function judged(
  stages: readonly Stage[],
  options: { plant?: Plant; entries?: readonly Entry[]; from?: string; to?: string; end?: string; open?: boolean } = {},
) {
  const end = at(options.end ?? options.to ?? '12:00:00');
  const facts = factsOf('m1', stages, end, options.open);
  return judge({
    plant: options.plant ?? makePlant({ reasons }),
    machine: 'm1',
    ...facts,
    entries: options.entries ?? [],
    from: at(options.from ?? '06:00:00'),
    to: at(options.to ?? '12:00:00'),
  });
}

const secondsOf = (spans: ReturnType<typeof judge>) => figuresOf(sumSpans(spans)).seconds;

describe('small stops', () => {
  const stopFor = (seconds: number): Stage[] => [
    { start: at('06:00:00'), state: 'running' },
    { start: at('08:00:00'), state: 'down' },
    { start: at('08:00:00') + seconds * 1000, state: 'running' },
  ];

  it('is strictly shorter than the threshold', () => {
    expect(secondsOf(judged(stopFor(299)))).toMatchObject({ smallStop: 299, unplannedStop: 0, run: 21_600 });
    expect(secondsOf(judged(stopFor(300)))).toMatchObject({ smallStop: 0, unplannedStop: 300, run: 21_300 });
  });

  it('is measured over the whole stretch, not over the window', () => {
    const spans = judged(stopFor(400), { from: '08:05:00', end: '12:00:00', to: '09:00:00' });
    expect(secondsOf(spans)).toMatchObject({ smallStop: 0, unplannedStop: 100 });
  });

  it('counts contiguous idle and down as one stretch', () => {
    const spans = judged([
      { start: at('06:00:00'), state: 'running' },
      { start: at('08:00:00'), state: 'idle' },
      { start: at('08:03:00'), state: 'down' },
      { start: at('08:06:00'), state: 'running' },
    ]);
    expect(secondsOf(spans)).toMatchObject({ smallStop: 0, unplannedStop: 360 });
  });

  it('is never one with an unknown second', () => {
    const spans = judged([
      { start: at('06:00:00'), state: 'running' },
      { start: at('08:00:00'), state: 'idle' },
      { start: at('08:01:00'), state: 'unknown' },
      { start: at('08:01:01'), state: 'running' },
    ]);
    expect(secondsOf(spans)).toMatchObject({ smallStop: 0, unplannedStop: 60, unknown: 1 });
  });

  it('is never one with a planned second', () => {
    const spans = judged([
      { start: at('06:00:00'), state: 'running' },
      { start: at('08:00:00'), state: 'idle' },
      { start: at('08:01:00'), state: 'setup' },
      { start: at('08:02:00'), state: 'running' },
    ]);
    expect(secondsOf(spans)).toMatchObject({ smallStop: 0, unplannedStop: 60, plannedStop: 60 });
  });

  it('is small while open, then unplanned from its start', () => {
    const stages: Stage[] = [
      { start: at('06:00:00'), state: 'running' },
      { start: at('08:00:00'), state: 'down' },
    ];
    expect(secondsOf(judged(stages, { to: '08:04:59', open: true }))).toMatchObject({ smallStop: 299 });
    expect(secondsOf(judged(stages, { to: '08:05:00', open: true }))).toMatchObject({
      smallStop: 0,
      unplannedStop: 300,
    });
  });

  it('looks as long as it is known to be, in a window that ended earlier', () => {
    const facts = factsOf(
      'm1',
      [
        { start: at('06:00:00'), state: 'running' },
        { start: at('08:00:00'), state: 'down' },
      ],
      at('08:02:00'),
      true,
    );
    const input = {
      plant: makePlant(),
      machine: 'm1',
      ...facts,
      entries: [],
      from: at('06:00:00'),
      to: at('08:02:00'),
    };
    expect(secondsOf(judge(input))).toMatchObject({ smallStop: 120 });
    expect(secondsOf(judge({ ...input, knownUntil: at('09:00:00') }))).toMatchObject({ unplannedStop: 120 });
  });

  it('is measured before the calendar: a stop that runs into a break keeps its length', () => {
    const calendar = { ...EARLY, shifts: [{ ...EARLY.shifts[0]!, breaks: [{ start: '10:00', minutes: 20 }] }] };
    const spans = judged(
      [
        { start: at('06:00:00'), state: 'running' },
        { start: at('09:58:00'), state: 'down' },
        { start: at('10:04:00'), state: 'running' },
      ],
      { plant: makePlant({ calendar }) },
    );
    expect(secondsOf(spans)).toMatchObject({ smallStop: 0, unplannedStop: 120, break: 1200 });
  });
});

describe('reasons and entries', () => {
  const stop: Stage[] = [
    { start: at('06:00:00'), state: 'running' },
    { start: at('08:00:00'), state: 'down', reason: 'jam' },
    { start: at('09:00:00'), state: 'running' },
  ];

  it('labels the whole stretch from any instant in it', () => {
    const entry = entryMaker();
    const entries = [entry({ type: 'stopReason', machine: 'm1', at: at('08:30:00'), reason: 'changeover' })];
    expect(secondsOf(judged(stop, { entries }))).toMatchObject({ unplannedStop: 0, plannedStop: 3600 });
  });

  it('lets the entry recorded later win, whole or slice', () => {
    const entry = entryMaker();
    const whole = entry({ type: 'stopReason', machine: 'm1', at: at('08:30:00'), reason: 'noOrders' });
    const slice = entry({ type: 'stopReason', machine: 'm1', from: at('08:00:00'), to: at('08:20:00'), reason: 'jam' });
    expect(secondsOf(judged(stop, { entries: [slice, whole] }))).toMatchObject({
      scheduleLoss: 2400,
      unplannedStop: 1200,
    });
    const again = { ...whole, recordedAt: slice.recordedAt + 1 };
    expect(secondsOf(judged(stop, { entries: [again, slice] }))).toMatchObject({
      scheduleLoss: 3600,
      unplannedStop: 0,
    });
  });

  it('cannot label running time, nor unknown time, nor another machine', () => {
    const entry = entryMaker();
    const entries = [
      entry({ type: 'stopReason', machine: 'm1', at: at('07:00:00'), reason: 'noOrders' }),
      entry({ type: 'stopReason', machine: 'm2', at: at('08:30:00'), reason: 'noOrders' }),
      entry({ type: 'stopReason', machine: 'm1', from: at('07:00:00'), to: at('12:00:00'), reason: 'changeover' }),
    ];
    const stages: Stage[] = [
      ...stop.slice(0, 2),
      { start: at('08:10:00'), state: 'unknown' },
      { start: at('08:20:00'), state: 'running' },
    ];
    expect(secondsOf(judged(stages, { entries }))).toMatchObject({
      plannedStop: 600,
      unknown: 600,
      run: 20_400,
      scheduleLoss: 0,
    });
  });

  it('takes a void entry back', () => {
    const entry = entryMaker();
    const first = entry({ type: 'stopReason', machine: 'm1', at: at('08:30:00'), reason: 'changeover' });
    const entries = [first, entry({ type: 'void', entry: first.id })];
    expect(secondsOf(judged(stop, { entries }))).toMatchObject({ unplannedStop: 3600, plannedStop: 0 });
  });

  it('shares a piece that an entry cuts by seconds, and says so', () => {
    const entry = entryMaker();
    const stages: Stage[] = [{ start: at('06:00:00'), state: 'running', good: 6, product: 'A' }];
    const plant = makePlant({ products: [product('A', 1), product('B', 2)] });
    const entries = [entry({ type: 'product', machine: 'm1', at: at('08:00:15'), product: 'B' })];
    const spans = judged(stages, { plant, entries, to: '08:01:00' });
    const cut = spans.filter((s) => s.minute === at('08:00:00'));
    expect(cut.map((s) => [s.product, s.goodCount, s.estimated])).toEqual([
      ['A', 1.5, true],
      ['B', 4.5, true],
    ]);
    expect(sumSpans(spans).idealSeconds).toBeCloseTo(120 * 6 + 1.5 + 9, 9);
  });

  it('holds a product entry until the PLC reports a change', () => {
    const entry = entryMaker();
    const stages: Stage[] = [
      { start: at('06:00:00'), state: 'running', product: 'A', order: 'o1' },
      { start: at('09:00:00'), state: 'running', product: 'C', order: 'o1' },
    ];
    const entries = [entry({ type: 'product', machine: 'm1', at: at('08:00:00'), product: 'B', order: 'o2' })];
    const minutes = (spans: ReturnType<typeof judge>) => {
      const found: Record<string, number> = {};
      for (const s of spans)
        found[`${s.product}/${s.order}`] = (found[`${s.product}/${s.order}`] ?? 0) + (s.end - s.start) / MINUTE;
      return found;
    };
    expect(minutes(judged(stages, { entries }))).toEqual({ 'A/o1': 120, 'B/o2': 60, 'C/o2': 180 });
    expect(minutes(judged(stages, { entries, from: '08:30:00' }))).toEqual({ 'B/o2': 30, 'C/o2': 180 });
  });

  it('moves scrap from good to reject in the second before its instant', () => {
    const entry = entryMaker();
    const stages: Stage[] = [{ start: at('06:00:00'), state: 'running', good: 10 }];
    const entries = [
      entry({ type: 'scrap', machine: 'm1', at: at('08:00:00'), count: 4 }),
      entry({ type: 'scrap', machine: 'm1', at: at('06:00:00'), count: 9 }),
    ];
    const spans = judged(stages, { entries });
    expect(spans.find((s) => s.rejectCount > 0)?.minute).toBe(at('07:59:00'));
    expect(sumSpans(spans)).toMatchObject({ totalCount: 3600, goodCount: 3596, rejectCount: 4 });
  });
});

describe('calendar', () => {
  const calendar = { ...EARLY, shifts: [{ ...EARLY.shifts[0]!, breaks: [{ start: '10:00', minutes: 20 }] }] };
  const stages: Stage[] = [
    { start: at('05:00:00'), state: 'running', good: 2 },
    { start: at('10:15:00'), state: 'down' },
    { start: at('10:25:00'), state: 'running', good: 2 },
  ];

  it('keeps running time and its pieces out of breaks, together', () => {
    const spans = judged(stages, { plant: makePlant({ calendar }), from: '05:00:00' });
    const figures = figuresOf(sumSpans(spans));
    expect(figures.seconds).toMatchObject({ all: 25_200, offShift: 3600, break: 1200, unplannedStop: 300 });
    expect(figures.counts).toMatchObject({ total: (240 + 95) * 2, unscheduledTotal: (60 + 15) * 2 });
  });

  it('brings running time and its pieces in with runThrough, and leaves standing time out', () => {
    const machines = [machine('m1', { breakPolicy: always('runThrough') })];
    const figures = figuresOf(sumSpans(judged(stages, { plant: makePlant({ calendar, machines }) })));
    expect(figures.seconds).toMatchObject({ break: 300, unplannedStop: 300, run: 21_600 - 600 });
    expect(figures.counts).toMatchObject({ total: (240 + 15 + 95) * 2, unscheduledTotal: 0 });
  });
});

describe('coverage of the window', () => {
  it('is exact, ordered and contiguous, with unknown where there are no facts', () => {
    const spans = judged([{ start: at('07:00:30'), state: 'running' }], {
      from: '06:00:10',
      to: '09:00:05',
      end: '08:00:00',
    });
    expect(spans[0]?.start).toBe(at('06:00:10'));
    expect(spans.at(-1)?.end).toBe(at('09:00:05'));
    for (let i = 1; i < spans.length; i++) expect(spans[i]?.start).toBe(spans[i - 1]?.end);
    for (const s of spans) expect(s.end - s.minute).toBeLessThanOrEqual(MINUTE);
    expect(secondsOf(spans)).toMatchObject({ unknown: 3620 + 3605, run: 3570, all: 10_795 });
  });

  it('takes no facts at all as unknown, and an empty window as nothing', () => {
    expect(secondsOf(judged([], { to: '07:00:00' }))).toMatchObject({ unknown: 3600 });
    expect(judged([], { from: '07:00:00', to: '07:00:00' })).toEqual([]);
  });
});
