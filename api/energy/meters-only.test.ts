import { afterAll, beforeAll, expect, it } from 'vitest';
import { at, type Fixture, makeFixture, NOW, PLANT } from '../fixture.ts';

/* A pilot of meters alone: no lines, no machines, a second medium beside electricity. */
const METERS = PLANT.replace(/lines:[\s\S]*?meters:/, 'lines: []\nmeters:')
  .replace(', feeds: filler', ', medium: gas')
  .replace(', parent: m-main', '')
  .concat(`carbon:
  - { validFrom: 2026-01-01, gramsPerKwh: 200, method: location, source: Grid }
  - { validFrom: 2026-01-01, gramsPerKwh: 50, method: market, source: Contract }
  - { validFrom: 2026-01-01, gramsPerKwh: 183, medium: gas, source: Gas }
`);

let site: Fixture;
beforeAll(async () => {
  site = await makeFixture({ plant: METERS });
});
afterAll(() => site.close());
const iso = (t: number) => new Date(t).toISOString();
const window = `from=${iso(at(0))}&to=${iso(NOW)}`;
const ask = async (url: string) => {
  const answer = await site.app.inject({ url: `/api/v1/${url}`, headers: { host: 'localhost' } });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
};

it('has its energy, money and both kinds of CO2, and says nothing of machines', async () => {
  const answer = await ask(`energy/overview?${window}`);
  expect(answer.kWh).toBeCloseTo(120, 9);
  expect(answer.co2Kg).toBeCloseTo(120 * 0.2, 9);
  expect(answer.co2MarketKg).toBeCloseTo(120 * 0.05, 9);
  expect(answer.carbon.map((c: { method: string; source: string }) => [c.method, c.source])).toEqual([
    ['location', 'Grid'],
    ['market', 'Contract'],
  ]);
  expect(answer.waiting.kWh).toBeNull();
  expect(answer.enpi).toMatchObject({ good: null, kWhPerGood: null });
  expect(answer.demand).toMatchObject({ meter: 'm-main', maxKw: expect.closeTo(30, 9), overLimit: 0 });
});

it('shows each medium as a tree of its own', async () => {
  const { items } = await ask(`energy/meters?${window}`);
  expect(
    items.map((row: { meter: string; medium: string; kWh: number; co2Kg: number }) => [
      row.meter,
      row.medium,
      row.kWh,
      row.co2Kg,
    ]),
  ).toEqual([
    ['m-main', 'electricity', expect.closeTo(120, 9), expect.closeTo(24, 9)],
    ['m-filler', 'gas', expect.closeTo(48, 9), expect.closeTo(48 * 0.183, 9)],
  ]);
});

it('leafs through days where there are no shifts, and bills them', async () => {
  const period = await ask(`energy/period?unit=shift`);
  expect(period).toMatchObject({
    unit: 'day',
    from: '2026-06-01T23:00:00.000Z',
    label: expect.stringContaining('2 June 2026'),
    isCurrent: true,
  });
  const { items } = await ask(`energy?by=hour,band&${window}`);
  expect(items.map((item: { label: string }) => item.label)).toEqual(expect.arrayContaining(['06:00', '09:00']));
  const bill = await ask(`bill?tariff=grid&${window}`);
  expect(bill.kWh).toBeCloseTo(120, 9);
  const baseline = await ask('energy/baseline');
  expect(baseline.model).toBeNull();
  expect(baseline.warnings.join()).toContain('counts no production');
});
