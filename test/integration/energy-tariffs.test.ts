import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BillAnswer, BillReplayAnswer, WhatIfAnswer } from '#shared/contract/energy-answers.ts';
import { HOUR, type Instant, toIso } from '#shared/time/instant.ts';
import { sumsBy } from './energy-conservation.ts';
import { type EnergySite, energySite } from './energy-site.ts';

/* Contracts over real readings: two working days of the demo plant in November, in winter time. */
const FROM = Date.parse('2026-11-03T00:00:00Z');
const CHANGE = Date.parse('2026-11-04T00:00:00Z');
const TO = Date.parse('2026-11-05T00:00:00Z');
const period = { tariff: 'grid', from: toIso(FROM), to: toIso(TO) };

let site: EnergySite;
beforeAll(async () => {
  site = await energySite(FROM, TO);
});
afterAll(() => site?.close());
afterEach(() => site.setPlant((text) => text));

/** Another version of the demo's contract from a date on: the peak band costs more. */
const dearerFrom = (date: string) => (text: string) => {
  const at = text.indexOf('    validFrom: 2026-04-01');
  const start = text.lastIndexOf('  - id: grid', at);
  const end = text.indexOf('\ncarbon:', at);
  const version = text.slice(start, end);
  const next = version.replace('2026-04-01', date).replace('rate: 0.312', 'rate: 0.512');
  return `${text.slice(0, end).trimEnd()}\n${next}\n${text.slice(end)}`;
};

describe('a tariff that changes from a date on', () => {
  it('reprices from that date and nothing before', async () => {
    const window = [FROM, TO] as const;
    const before = await sumsBy(site, 'hour', ...window);
    const red = await site.get<{ items: { band: string; kWh: number }[] }>('energy', {
      from: toIso(CHANGE),
      to: toIso(TO),
      by: 'band',
    });
    site.setPlant(dearerFrom('2026-11-04'));
    const after = await sumsBy(site, 'hour', ...window);
    expect(after.kWh).toBe(before.kWh);
    const [then, now] = [before.items, after.items].map((items) => items.map(({ window: w, cost }) => [w.start, cost]));
    const isOld = ([start]: (string | number | null)[]): boolean => Date.parse(String(start)) < CHANGE;
    expect(now?.filter(isOld)).toEqual(then?.filter(isOld));
    const redKWh = red.items.find((item) => item.band === 'red')?.kWh ?? 0;
    expect(redKWh).toBeGreaterThan(100);
    expect(after.cost - before.cost).toBeCloseTo(redKWh * 0.2, 6);
  });

  it('is billed in two parts with one maximum', async () => {
    const whole = await site.get<BillAnswer>('bill', period);
    site.setPlant(dearerFrom('2026-11-04'));
    const parted = await site.get<BillAnswer>('bill', period);
    expect(parted.versions.map((v) => v.validFrom)).toEqual(['2026-04-01', '2026-11-04']);
    expect(parted.kWh).toBe(whole.kWh);
    const peak = (bill: BillAnswer): number[] => bill.lines.filter((l) => l.name === 'anytime').map((l) => l.quantity);
    expect(new Set(peak(parted))).toEqual(new Set(peak(whole)));
    expect(parted.total).toBeCloseTo(
      parted.lines.reduce((all, line) => all + (line.amount ?? 0), 0),
      9,
    );
    const exactRed = (bill: BillAnswer): number =>
      bill.lines.filter((line) => line.name === 'red').reduce((all, line) => all + (line.exact ?? 0), 0);
    expect(exactRed(parted)).toBeGreaterThan(exactRed(whole));
  });

  it('refuses in words what it cannot bill', async () => {
    await expect(site.get('bill', { ...period, tariff: 'gird' })).rejects.toThrow('It has grid');
    await expect(site.get('bill', { ...period, from: toIso(FROM + 60_000) })).rejects.toThrow('30-minute interval');
    await expect(site.get('bill', { ...period, to: period.from })).rejects.toThrow('must be before');
  });
});

/** The bill as a supplier would print it: quantities with two decimals, amounts with two. */
const printed = (bill: BillAnswer, change: (line: BillAnswer['lines'][number]) => object = () => ({})) => ({
  ...period,
  lines: bill.lines.map((line) => ({
    name: line.name,
    quantity: Number(line.quantity.toFixed(2)),
    unit: line.unit,
    amount: line.amount ?? 0,
    ...change(line),
  })),
});
const verdictOf = (answer: BillReplayAnswer, name: string) => answer.lines.find((line) => line.name === name);

describe("the supplier's bill, calculated again", () => {
  it('agrees with itself but for rounding', async () => {
    const answer = await site.post<BillReplayAnswer>(
      'bill/replay',
      printed(await site.get<BillAnswer>('bill', period)),
    );
    expect(new Set(answer.lines.map((line) => line.verdict))).toEqual(new Set(['same']));
    expect([answer.difference, answer.unexplained]).toEqual([0, 0]);
  });

  it('finds out that they read the bands an interval off', async () => {
    const bill = await site.get<BillAnswer>('bill', period);
    // What the red band would be where its hours begin and end half an hour later, from the readings themselves.
    const shifted = await site.get<{ items: { kWh: number }[] }>('energy', {
      from: toIso(FROM + 16.5 * HOUR),
      to: toIso(FROM + 19.5 * HOUR),
      by: 'total',
    });
    const next = await site.get<{ items: { kWh: number }[] }>('energy', {
      from: toIso(CHANGE + 16.5 * HOUR),
      to: toIso(CHANGE + 19.5 * HOUR),
      by: 'total',
    });
    const red = (shifted.items[0]?.kWh ?? 0) + (next.items[0]?.kWh ?? 0);
    const body = printed(bill, (line) =>
      line.name === 'red' ? { quantity: Number(red.toFixed(2)), amount: red * 0.312 } : {},
    );
    const answer = await site.post<BillReplayAnswer>('bill/replay', body);
    expect(verdictOf(answer, 'red')).toMatchObject({ verdict: 'differs' });
    expect(verdictOf(answer, 'red')?.because.join()).toContain('the time of an interval is its end');
  });

  it('tells another block, another rate, another ratio, and what nothing explains', async () => {
    const bill = await site.get<BillAnswer>('bill', period);
    const { demand } = await site.get<{ demand: { top: { kW: number; label: string }[] } }>('energy/overview', {
      from: period.from,
      to: period.to,
    });
    const third = demand.top[2];
    const ask = async (change: (line: BillAnswer['lines'][number]) => object) =>
      site.post<BillReplayAnswer>('bill/replay', printed(bill, change));
    const other = await ask((line) => (line.name === 'anytime' ? { quantity: Number(third?.kW.toFixed(3)) } : {}));
    expect(verdictOf(other, 'anytime')?.because.join()).toContain(`block of ${third?.label}, the 3rd highest`);
    const rate = await ask((line) => (line.name === 'amber' ? { rate: 0.246, amount: line.quantity * 0.246 } : {}));
    expect(verdictOf(rate, 'amber')?.because.join()).toContain('They price it at 0.246, the plant file at 0.236');
    const ratio = await ask((line) =>
      line.part === 'energy' ? { quantity: Number((line.quantity * 1.2).toFixed(2)) } : {},
    );
    expect(verdictOf(ratio, 'green')?.because.join()).toContain('1.2 times ours');
    const odd = await ask((line) => (line.name === 'green' ? { quantity: line.quantity + 111, amount: 999 } : {}));
    expect(verdictOf(odd, 'green')?.because.join()).toContain('No other calculation');
    expect(odd.unexplained).toBeCloseTo(999 - (verdictOf(odd, 'green')?.ours?.amount ?? 0), 2);
    const more = await site.post<BillReplayAnswer>('bill/replay', {
      ...printed(bill),
      lines: [...printed(bill).lines.slice(1), { name: 'Meter rent', amount: 40 }],
    });
    expect(more.lines.map((line) => line.verdict)).toEqual(expect.arrayContaining(['onlyOurs', 'onlyTheirs']));
  });
});

describe('what if', () => {
  it('nothing changed, nothing differs', async () => {
    const answer = await site.get<WhatIfAnswer>('energy/what-if', period);
    expect(answer.difference).toBe(0);
  });
  it('the same load had another contract, it is that contract that prices it', async () => {
    site.setPlant((text) =>
      text.replace(
        '\ncarbon:',
        `
  - { id: flat, validFrom: 2026-01-01, intervalMinutes: 30, bands: [ { name: all, rate: 0.2 } ] }

carbon:`,
      ),
    );
    const answer = await site.get<WhatIfAnswer>('energy/what-if', { ...period, against: 'flat' });
    expect(answer.alternative.total).toBeCloseTo(answer.present.kWh * 0.2, 1);
    expect(answer.assumptions.join()).toContain('priced with the tariff "flat"');
  });
  it('the work moves, the machines move with it and the building does not', async () => {
    const answer = await site.get<WhatIfAnswer>('energy/what-if', {
      ...period,
      from: toIso(CHANGE - 8 * HOUR),
      shiftHours: 6,
    });
    const moved = answer.alternative.lines.find((line) => line.name === 'red')?.quantity ?? 0;
    const stayed = answer.present.lines.find((line) => line.name === 'red')?.quantity ?? 0;
    expect(moved).not.toBe(stayed);
    expect(answer.alternative.kWh).toBeGreaterThan(answer.present.kWh * 0.8);
    expect(answer.alternative.kWh).toBeLessThan(answer.present.kWh * 1.2);
    expect(answer.assumptions).toHaveLength(2);
  });
});

describe('the baseline', () => {
  it('says what it rests on, and that six shifts are too few', async () => {
    const answer = await site.get<{ model: { n: number } | null; warnings: string[]; points: { kWh: number }[] }>(
      'energy/baseline',
      { scope: 'line:filling', from: toIso(FROM), to: toIso(TO), until: toIso(TO) },
    );
    expect(answer.points.length).toBeGreaterThanOrEqual(4);
    expect(answer.model?.n).toBe(answer.points.length);
    expect(answer.warnings.join()).toContain('12 are the least');
  });

  it('never takes part of a shift for a shift: asked in the middle of one it has the whole ones alone', async () => {
    const points = async (from: Instant, until: Instant) =>
      (
        await site.get<{ points: { start: string; kWh: number }[] }>('energy/baseline', {
          scope: 'line:filling',
          from: toIso(from),
          to: toIso(until),
          until: toIso(until),
        })
      ).points.map(({ start, kWh }) => ({ start, kWh }));
    const all = await points(FROM, TO);
    for (const hours of [1, 3, 5]) {
      const some = await points(FROM + hours * HOUR, TO - hours * HOUR);
      expect(some.length).toBeGreaterThan(0);
      expect(all).toEqual(expect.arrayContaining(some));
    }
  });
});
