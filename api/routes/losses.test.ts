import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerPart, LossesAnswer } from '#shared/contract/losses.ts';
import { at, type Fixture, makeFixture } from '../fixture.ts';

/* The early shift of the fixture, 06:00 to 14:00, break 10:00 to 10:20; 12 kW all the time; filler down 07:40 to 07:50. */
const END = at(8 * 60);
let site: Fixture;
beforeAll(async () => {
  site = await makeFixture({
    until: END + 40 * 60_000,
    filler: [
      { start: at(-24 * 60), state: 'running', product: 'A', order: 'WO-1', good: 59, reject: 1 },
      { start: at(100), state: 'down', product: 'A', order: 'WO-1', reason: 'jam' },
      { start: at(110), state: 'running', product: 'A', order: 'WO-1', good: 50, reject: 1 },
      { start: at(300), state: 'down', product: 'A', order: 'WO-1' },
      { start: at(303), state: 'running', product: 'A', order: 'WO-1', good: 59, reject: 1 },
    ],
  });
});
afterAll(() => site.close());

const ask = async (query: string): Promise<{ status: number; body: LossesAnswer }> => {
  const answer = await site.app.inject({ url: `/api/v1/losses?${query}`, headers: { host: 'localhost' } });
  return { status: answer.statusCode, body: answer.json() };
};
const row = (body: LossesAnswer, part: LedgerPart) => body.parts.find((p) => p.part === part);
const total = (body: LossesAnswer, key: 'seconds' | 'kWh' | 'energyCost') =>
  body.parts.reduce((sum, part) => sum + (part[key] ?? 0), 0);

describe('the loss ledger', () => {
  it('closes: seconds on the calendar, kWh on the meter, money on the tariff', async () => {
    site.setNow(END + 20 * 60_000);
    const { status, body } = await ask('scope=machine:filler&shift=early&date=2026-06-02');
    expect(status).toBe(200);
    expect(body.calendar).toEqual({ seconds: 28_800, ledgerSeconds: 28_800 });
    expect(total(body, 'seconds')).toBeCloseTo(28_800, 6);
    // 200 Wh a minute over eight hours, read from the register and not from the ledger.
    expect(body.meter).toMatchObject({ names: ['Filler'] });
    expect(body.meter?.kWh).toBeCloseTo(96, 6);
    expect(total(body, 'kWh')).toBeCloseTo(96, 6);
    // 06:00 to 07:00 at the night rate, the rest by day.
    expect(total(body, 'energyCost')).toBeCloseTo(12 * 0.1 + 84 * 0.2, 6);
    expect(body.energy?.cost).toBeCloseTo(18, 6);
    expect(body.provisional).toBe(false);
    expect(body.energy?.coverage).toBe(1);
  });

  it('says each loss in minutes, pieces, kWh and money', async () => {
    const { body } = await ask('scope=machine:filler&shift=early&date=2026-06-02');
    expect(row(body, 'down')).toMatchObject({ seconds: 600, pieces: 600, lostMoney: 300 });
    expect(row(body, 'down')?.kWh).toBeCloseTo(2, 6);
    expect(row(body, 'down')?.energyCost).toBeCloseTo(0.4, 6);
    expect(row(body, 'smallStop')).toMatchObject({ seconds: 180, pieces: 180, lostMoney: 90 });
    expect(row(body, 'break')).toMatchObject({ seconds: 1200, lostMoney: null });
    expect(row(body, 'break')?.kWh).toBeCloseTo(4, 6);
    // 170 minutes in plan at 51 instead of 60 pieces a minute.
    expect(row(body, 'slowCycles')?.pieces).toBeCloseTo(170 * 9, 6);
    expect(row(body, 'waiting')).toMatchObject({ seconds: 0, pieces: 0, kWh: 0, energyCost: 0, lostMoney: 0 });
    expect(row(body, 'fullyProductive')?.pieces).toBe(body.figures.counts.good);
    const { availability, oee } = body.figures.kpi;
    expect(availability).toBeCloseTo((28_800 - 1200 - 600) / (28_800 - 1200), 6);
    expect((row(body, 'fullyProductive')?.seconds ?? 0) / (28_800 - 1200)).toBeCloseTo(oee ?? 0, 6);
  });

  it('holds a running shift up to its last whole minute, and says what the order still needs', async () => {
    site.setNow(at(200) + 42_000);
    const { body } = await ask('scope=machine:filler');
    expect(body.shift).toMatchObject({ id: 'early', running: true });
    expect(body.until).toBe(new Date(at(200)).toISOString());
    expect(body.calendar).toEqual({ seconds: 12_000, ledgerSeconds: 12_000 });
    expect(body.meter?.kWh).toBeCloseTo(40, 6);
    expect(body.provisional).toBe(true);
    expect(body.order).toMatchObject({ order: 'WO-1', quantity: null, goodThisShift: body.figures.counts.good });
    expect(body.order?.total).toBeGreaterThan(body.order?.good ?? Number.POSITIVE_INFINITY);
    expect(body.order?.dueThisShift).toBeCloseTo(12_000 * 0.75, 6);
  });

  it('loses no pieces where another machine sets the pace of the line, and no energy without a meter', async () => {
    site.setNow(END + 20 * 60_000);
    const { body } = await ask('scope=machine:packer&shift=early&date=2026-06-02');
    expect(body.lostAt).toBe('Filler');
    expect(row(body, 'waiting')).toMatchObject({
      seconds: 600,
      pieces: 600,
      kWh: null,
      energyCost: null,
      lostMoney: 0,
    });
    expect(body.energy).toBeNull();
    expect(body.meter).toBeNull();
  });

  it('says what it cannot answer', async () => {
    expect((await ask('scope=line:filling')).status).toBe(400);
    expect((await ask('scope=machine:filler&shift=early&date=2026-06-07')).status).toBe(404);
    expect((await ask('scope=machine:nobody')).status).toBe(404);
  });
});
