import { describe, expect, it } from 'vitest';
import type { LedgerPart, LossesAnswer } from '#shared/contract/losses.ts';
import type { StatesAnswer } from '#shared/contract/rest-answers.ts';
import type { Stretch } from '../../charts/ribbon.ts';
import { partsBins, powerSamples } from './history.ts';
import { closingOf, type LedgerRow, ledgerBars, ledgerRows, UNITS, valueIn } from './ledger.ts';
import { stretchesOf } from './past-shift.ts';
import { stopList } from './stops.ts';

const S = 1000;
/** [seconds, pieces, kWh, energy cost, lost money] */
const PARTS: Readonly<Record<LedgerPart, readonly [number, number | null, number, number, number | null]>> = {
  plannedStop: [1080, 7.2, 3.3, 0.7, 36],
  waiting: [2460, 16.4, 5.8, 1.23, 82],
  down: [1320, 8.8, 2.4, 0.5, 44],
  unknown: [0, 0, 0, 0, 0],
  smallStop: [450, 3, 1.5, 0.31, 15],
  slowCycles: [816, 5.5, 4.4, 0.94, 27.5],
  startupRejects: [0, 0, 0, 0, 0],
  productionRejects: [300, 2, 1.6, 0.34, 10],
  fullyProductive: [12_900, 86, 69.7, 14.76, null],
  break: [1200, null, 1.7, 0.36, null],
  scheduleLoss: [0, null, 0, 0, null],
  offShift: [0, null, 0, 0, null],
};
type Ledger = Pick<LossesAnswer, 'parts' | 'figures' | 'counted'>;
const answer = (change: Partial<typeof PARTS> = {}, counted = true): Ledger => ({
  counted,
  parts: Object.entries({ ...PARTS, ...change }).map(([part, [seconds, pieces, kWh, energyCost, lostMoney]]) => ({
    part: part as LedgerPart,
    seconds,
    pieces,
    kWh,
    energyCost,
    lostMoney,
  })),
  figures: {
    kpi: counted
      ? { availability: 0.749, performance: 0.912, quality: 0.977, oee: 0.667 }
      : { availability: 0.749, performance: null, quality: null, oee: null },
  } as LossesAnswer['figures'],
});

describe('loss ledger', () => {
  const rows = ledgerRows(answer());
  const row = (key: LedgerRow['key'], of = rows) => of.find((r) => r.key === key);

  it.each(UNITS)('adds up in %s: each total is the one above less the losses between them', (unit) => {
    let left = valueIn(rows[0] as LedgerRow, unit) ?? 0;
    for (const r of rows.slice(1).filter((r) => r.kind === 'total' || r.kind === 'loss')) {
      if (r.kind === 'total') expect(valueIn(r, unit)).toBeCloseTo(left, 6);
      else left -= valueIn(r, unit) ?? 0;
    }
  });
  it('ends in the calendar and the meter, breaks in', () => {
    expect(row('all')).toMatchObject({ kind: 'all', seconds: 20_526 });
    expect(row('all')?.kWh).toBeCloseTo(90.4, 6);
    expect(row('planned')?.seconds).toBe(19_326);
    expect(row('planned')?.kWh).toBeCloseTo(88.7, 6);
    expect(row('planned')?.lostMoney).toBeCloseTo(214.5, 6);
    expect(rows.filter((r) => r.kind === 'outside').map((r) => r.key)).toEqual(['break']);
  });
  it('hangs a loss at the end of what is left, inside the picture in every unit', () => {
    const bars = ledgerBars(rows, 'minutes');
    expect(bars.get('planned')).toEqual({ left: 0, width: 1 });
    expect(bars.get('plannedStop')?.left).toBeCloseTo(1 - 1080 / 19_326, 9);
    expect(bars.get('down')?.left).toBeCloseTo(bars.get('running')?.width ?? -1, 9);
    expect(bars.has('break')).toBe(false);
    for (const unit of UNITS) {
      for (const { left, width } of ledgerBars(rows, unit).values()) {
        expect(left).toBeGreaterThanOrEqual(0);
        expect(left + width).toBeLessThanOrEqual(1 + 1e-9);
      }
    }
  });
  it('shows a cycle faster than ideal instead of hiding it', () => {
    const fast = ledgerRows(answer({ slowCycles: [-984, -6.6, 0, 0, -33] }));
    expect(row('slowCycles', fast)).toMatchObject({ label: 'Faster than ideal', seconds: -984 });
  });
  it('ends at running time where nothing counts the pieces, and names rare losses only when there are any', () => {
    const uncounted = ledgerRows(answer({}, false));
    expect(uncounted.map((r) => r.key)).toEqual([
      'planned',
      'plannedStop',
      'waiting',
      'down',
      'running',
      'smallStop',
      'break',
      'all',
    ]);
    expect(uncounted[0]?.parts).toBeNull();
    expect(rows.some((r) => r.key === 'unknown' || r.key === 'startupRejects')).toBe(false);
    expect(ledgerRows(answer({ unknown: [60, 1, 0, 0, 1] })).some((r) => r.key === 'unknown')).toBe(true);
  });

  const decimal = (n: number, digits: number): string => n.toFixed(digits);
  const closes = (calendar: LossesAnswer['calendar'], meter: LossesAnswer['meter']) =>
    closingOf(
      {
        calendar,
        meter,
        energy: {} as LossesAnswer['energy'],
        untilLabel: '11:42',
        shift: { startLabel: '06:00' } as LossesAnswer['shift'],
      },
      decimal,
    );
  it('says that it adds up to the calendar and to the meter, and says so when it does not', () => {
    expect(closes({ seconds: 20_526, ledgerSeconds: 20_526 }, { names: ['M-07'], kWh: 90.4, ledgerKWh: 90.4 })).toEqual(
      [
        { ok: true, text: 'Adds up to the calendar: 342.1 min, 06:00 to 11:42.' },
        { ok: true, text: 'Adds up to the meter M-07: 90.4 kWh.' },
      ],
    );
    const [time, meter] = closes(
      { seconds: 20_526, ledgerSeconds: 20_400 },
      { names: ['M-07'], kWh: 91, ledgerKWh: 90.4 },
    );
    expect(time).toMatchObject({ ok: false, text: expect.stringContaining('340.0 min') });
    expect(meter).toMatchObject({ ok: false, text: expect.stringContaining('read 91.0 kWh, the ledger has 90.4 kWh') });
    expect(closes({ seconds: 1, ledgerSeconds: 1 }, null)[1]?.text).toContain('no meter shows them');
  });
});

it('joins what looks the same for the same reason, and cuts at the shift', () => {
  const at = (minute: number): string => new Date(minute * 60_000).toISOString();
  const item = (start: number, end: number | null, look: string, reasonName: string | null) =>
    ({
      start: at(start),
      end: end === null ? null : at(end),
      look,
      reasonName,
      category: 'run',
    }) as StatesAnswer['items'][number];
  const found = stretchesOf(
    [item(-5, 10, 'run', null), item(10, 20, 'run', null), item(20, 30, 'down', 'Jam'), item(30, null, 'down', 'Door')],
    { from: 0, to: 60 * 60_000, breaks: [] },
  );
  expect(found.map((s) => [s.start / 60_000, s.end / 60_000, s.look, s.reason])).toEqual([
    [0, 20, 'run', null],
    [20, 30, 'down', 'Jam'],
    [30, 60, 'down', 'Door'],
  ]);
});

it('lists the big stops and the newest minor ones, and adds up the rest', () => {
  const stretch = (start: number, look: Stretch['look']): Stretch => ({
    start: start * S,
    end: (start + 30) * S,
    look,
    reason: null,
  });
  const list = stopList(
    [
      stretch(0, 'run'),
      stretch(100, 'minor'),
      stretch(200, 'minor'),
      stretch(300, 'down'),
      stretch(400, 'minor'),
      stretch(500, 'plan'),
    ],
    [
      { start: new Date(400 * S).toISOString(), end: null, kWh: 0.4 },
      { start: new Date(100 * S).toISOString(), end: null, kWh: 0.1 },
      { start: new Date(200 * S).toISOString(), end: null, kWh: 0.2 },
    ],
    3,
  );
  expect(list.count).toBe(4);
  expect(list.shown.map((stop) => stop.start / S)).toEqual([400, 300]);
  expect(list.shown.map((stop) => stop.kWh)).toEqual([0.4, null]);
  expect(list.moreMinor).toMatchObject({ count: 2, seconds: 60 });
  expect(list.moreMinor.kWh).toBeCloseTo(0.3);
});

describe('along the shift', () => {
  const at = (minute: number): string => new Date(minute * 60_000).toISOString();
  const states = [
    { start: at(0), end: at(10), state: 'unknown', look: 'unknown' as const },
    { start: at(10), end: at(20), state: 'running', look: 'run' as const },
    { start: at(20), end: at(25), state: 'idle', look: 'idle' as const },
    { start: at(25), end: null, state: 'running', look: 'run' as const },
  ];
  it('gives each state its own mean power within the interval', () => {
    const items = [
      { window: { start: at(0), end: at(30) }, state: 'running', kWh: 3 },
      { window: { start: at(0), end: at(30) }, state: 'idle', kWh: 0.5 },
    ];
    expect(
      powerSamples(items, states, 30 * 60_000).map((s) => [
        s.start / 60_000,
        s.end / 60_000,
        s.look,
        Math.round(s.kW * 10) / 10,
      ]),
    ).toEqual([
      [10, 20, 'run', 12],
      [20, 25, 'idle', 6],
      [25, 30, 'run', 12],
    ]);
  });
  it('draws no bucket where nothing was heard, and cuts the running one', () => {
    const items = [
      { start: at(0), end: at(10), total: 0 },
      { start: at(10), end: at(20), total: 7 },
      { start: at(20), end: at(30), total: 4 },
    ];
    expect(
      partsBins(items, states, 26 * 60_000).map((bin) => [bin.start / 60_000, bin.end / 60_000, bin.count]),
    ).toEqual([
      [10, 20, 7],
      [20, 26, 4],
    ]);
  });
});
