import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR, type Instant, MINUTE } from '#shared/time/instant.ts';
import { sumsBy, violations } from './energy-conservation.ts';
import { type EnergySite, energySite } from './energy-site.ts';

/*
 * Days of the demo plant over both changes of the clock. A whole month goes through the same checks in
 * `npm run bench -- energy-month`; its result is in docs/benchmarks.md.
 */
const AUTUMN = { from: Date.parse('2026-10-24T20:00:00Z'), to: Date.parse('2026-10-26T12:00:00Z') };
const SPRING = { from: Date.parse('2026-03-28T20:00:00Z'), to: Date.parse('2026-03-30T03:00:00Z') };

describe.each([
  ['the night with an hour twice', AUTUMN, '2026-10-25T00:00:00+01:00', 25],
  ['the night that an hour is missing', SPRING, '2026-03-29T00:00:00Z', 23],
] as const)('energy over %s', (_, { from, to }, midnight, hours) => {
  let site: EnergySite;
  beforeAll(async () => {
    site = await energySite(from, to);
  });
  afterAll(() => site?.close());

  it('adds up to the register of the main meter however it is divided, over any window', async () => {
    const windows: [Instant, Instant][] = [
      [from, to],
      [from + 97 * MINUTE, from + 9 * HOUR],
    ];
    for (const [start, end] of windows) expect(await violations(site, start, end)).toEqual([]);
  });

  it(`has a day of ${hours} hours, and as many half hours as that`, async () => {
    const start = Date.parse(midnight);
    const end = start + hours * HOUR;
    const days = await sumsBy(site, 'day', start, end);
    expect(days.items.map((item) => item.window)).toEqual([
      { start: new Date(start).toISOString(), end: new Date(end).toISOString() },
    ]);
    expect(days.kWh).toBeCloseTo((site.mainWh(end) - site.mainWh(start)) / 1000, 6);
    expect((await sumsBy(site, 'interval', start, end)).items).toHaveLength(2 * hours);
    expect((await sumsBy(site, 'hour', start, end)).items).toHaveLength(hours);
  });
});
