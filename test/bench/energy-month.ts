/*
 * October of the demo plant, with its day of 25 hours: every breakdown of energy and money over the month and over windows in
 * it, held against the register of the main meter. No race: `ours` is how many checks are off by more than 1e-6, of `peer`.
 */
import { DAY, HOUR, MINUTE } from '#shared/time/instant.ts';
import { BREAKDOWNS, violations } from '../integration/energy-conservation.ts';
import { energySite } from '../integration/energy-site.ts';
import type { Figure } from './run.ts';

const FROM = Date.parse('2026-09-30T23:00:00Z');
const TO = Date.parse('2026-11-01T00:00:00Z');
/** kWh, money and CO2 of each breakdown, and what the overview, the meters and the bill say. */
const CHECKS = BREAKDOWNS.length * 3 + 7;

export async function run(): Promise<Figure[]> {
  const site = await energySite(FROM, TO);
  try {
    const windows = [
      [FROM, TO],
      [FROM + 24 * DAY, FROM + 25 * DAY + HOUR],
      [FROM + 3 * DAY + 77 * MINUTE, FROM + 12 * DAY + 5 * HOUR],
    ] as const;
    let off = 0;
    for (const [from, to] of windows) {
      const found = await violations(site, from, to);
      off += found.length;
      for (const one of found) process.stderr.write(`  ${JSON.stringify(one)}\n`);
    }
    const kWh = (site.mainWh(TO) - site.mainWh(FROM)) / 1000;
    return [
      {
        name: 'energy-month',
        ours: off,
        peer: windows.length * CHECKS,
        ratio: off / (windows.length * CHECKS),
        unit: 'checks off by more than 1e-6',
        peerName: 'all checks',
        note: `${Math.round(kWh)} kWh, three windows`,
      },
    ];
  } finally {
    await site.close();
  }
}
