import { type Instant, MINUTE, toIso } from '#shared/time/instant.ts';
import type { EnergySite } from './energy-site.ts';

/* Every way of dividing energy and its money gives the same sum: that of the main meter's register. */

export interface Sums {
  readonly kWh: number;
  readonly cost: number;
  readonly co2Kg: number;
}

interface Item {
  readonly kWh: number;
  readonly cost: number | null;
  readonly co2Kg: number | null;
  readonly window: { readonly start: string; readonly end: string };
}

export const BREAKDOWNS = [
  'total',
  'shift',
  'hour',
  'day',
  'week',
  'month',
  'interval',
  'band',
  'state',
  'category',
  'machine',
  'product',
  'order',
  'shift,band',
  'day,machine,state',
  'shift,band,machine,product,order',
] as const;

export async function sumsBy(
  site: EnergySite,
  by: string,
  from: Instant,
  to: Instant,
): Promise<Sums & { items: Item[] }> {
  const { items } = await site.get<{ items: Item[] }>('energy', {
    scope: 'site',
    from: toIso(from),
    to: toIso(to),
    by,
  });
  const sum = (pick: (item: Item) => number | null): number => items.reduce((all, item) => all + (pick(item) ?? 0), 0);
  return { kWh: sum((i) => i.kWh), cost: sum((i) => i.cost), co2Kg: sum((i) => i.co2Kg), items };
}

export interface Violation {
  readonly by: string;
  readonly window: string;
  readonly off: number;
  readonly of: 'kWh' | 'cost' | 'co2Kg';
}

/** What does not add up to the register (kWh) or to the total (money, CO2) within 1e-6. */
export async function violations(site: EnergySite, from: Instant, to: Instant): Promise<Violation[]> {
  const found: Violation[] = [];
  const window = `${toIso(from)} ${toIso(to)}`;
  const registerKWh = (site.mainWh(to) - site.mainWh(from)) / 1000;
  const total = await sumsBy(site, 'total', from, to);
  const check = (by: string, of: Violation['of'], value: number, expected: number): void => {
    if (!(Math.abs(value - expected) <= 1e-6)) found.push({ by, window, of, off: value - expected });
  };
  for (const by of BREAKDOWNS) {
    const sums = await sumsBy(site, by, from, to);
    check(by, 'kWh', sums.kWh, registerKWh);
    check(by, 'cost', sums.cost, total.cost);
    check(by, 'co2Kg', sums.co2Kg, total.co2Kg);
  }
  const query = { scope: 'site', from: toIso(from), to: toIso(to) };
  const overview = await site.get<{ kWh: number; cost: number }>('energy/overview', query);
  check('overview', 'kWh', overview.kWh, registerKWh);
  check('overview', 'cost', overview.cost, total.cost);
  const { items } = await site.get<{ items: { meter: string; kind: string; kWh: number }[] }>('energy/meters', query);
  const tree = items.filter((row) => row.kind !== 'virtual' && row.meter !== 'm-main');
  const rest = items.filter((row) => row.kind === 'rest');
  check(
    'meters',
    'kWh',
    items.find((row) => row.meter === 'm-main' && row.kind === 'meter')?.kWh ?? Number.NaN,
    registerKWh,
  );
  check(
    'meters + rest',
    'kWh',
    [...tree, ...rest].reduce((all, row) => all + row.kWh, 0),
    registerKWh,
  );
  if (from % (30 * MINUTE) === 0 && to % (30 * MINUTE) === 0) {
    const bill = await site.get<{ kWh: number; lines: { part: string; quantity: number; exact: number }[] }>('bill', {
      tariff: 'grid',
      from: toIso(from),
      to: toIso(to),
    });
    check('bill', 'kWh', bill.kWh, registerKWh);
    const energy = bill.lines.filter((line) => line.part === 'energy');
    check(
      'bill bands',
      'kWh',
      energy.reduce((all, line) => all + line.quantity, 0),
      registerKWh,
    );
    check(
      'bill bands',
      'cost',
      energy.reduce((all, line) => all + line.exact, 0),
      total.cost,
    );
  }
  return found;
}
