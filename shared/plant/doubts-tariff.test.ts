import { describe, expect, it } from 'vitest';
import { parsePlant } from './parse.ts';
import { FILE_MARK } from './prices.ts';
import { PlantFileError } from './problem.ts';

const HEAD = `
version: 1
site: { id: leeds, name: Leeds works, timezone: Europe/London, currency: GBP, locale: en-GB }
sources:
  plc: { type: opcua, endpoint: "opc.tcp://127.0.0.1:1", securityMode: SignAndEncrypt, owner: Maintenance }
lines: []
meters:
  - { id: m-main, importWh: { source: plc, node: "ns=1;s=m.wh", maxKw: 100 } }
`;

function told(tariffs: string, files: Readonly<Record<string, string>> = {}): string[] {
  const readFile = (name: string): string => {
    const text = files[name];
    if (text === undefined) throw new Error('there is no such file');
    return text;
  };
  try {
    const { doubts } = parsePlant(`${HEAD}tariffs:\n${tariffs}`, { hash: 'x', file: 'p.yaml', readFile });
    return doubts.map((d) => `${d.code}: ${d.message}`);
  } catch (error) {
    if (error instanceof PlantFileError) return error.problems.map((p) => `${p.path}: ${p.message}`);
    throw error;
  }
}

const tariff = (more: string, id = 'grid', from = '2026-04-01') =>
  `  - { id: ${id}, meter: m-main, validFrom: ${from}, intervalMinutes: 15, ${more} }\n`;
const flat = 'bands: [ { name: all, rate: 0.2 } ]';

describe('check tells about tariffs, with the date', () => {
  it('two versions of one contract in force at once', () => {
    const found = told(tariff(`validTo: 2026-12-31, ${flat}`) + tariff(flat, 'grid', '2026-10-01'));
    expect(found).toEqual([expect.stringContaining('two versions in force from 2026-10-01 to 2026-12-31')]);
  });
  it('two contracts on one meter, and nothing where one ends before the other begins', () => {
    const clash = told(tariff(flat, 'old') + tariff(flat, 'new', '2027-01-01'));
    expect(clash).toEqual([expect.stringContaining('"m-main" has the tariff "old" already on 2027-01-01')]);
    expect(told(tariff(`validTo: 2026-12-31, ${flat}`, 'old') + tariff(flat, 'new', '2027-01-01'))).toEqual([]);
    // One day too long.
    expect(told(tariff(`validTo: 2027-01-01, ${flat}`, 'old') + tariff(flat, 'new', '2027-01-01'))).toHaveLength(1);
  });
  it('a version that ends before it begins', () => {
    expect(told(tariff(`validTo: 2026-03-31, ${flat}`))).toEqual([expect.stringContaining('is before validFrom')]);
  });
  it('a band whose season is not in the time of its version', () => {
    const bands = 'bands: [ { name: winter, rate: 0.3, months: [1] }, { name: all, rate: 0.2 } ]';
    expect(told(tariff(bands))).toEqual([]);
    expect(told(tariff(`validTo: 2026-09-30, ${bands}`))).toEqual([
      expect.stringMatching(/bandNeverApplies: band "winter" never applies.*2026-04-01.*2026-09-30/),
    ]);
  });
  it('a band that the holidays alone keep alive is no doubt', () => {
    const bands = 'bands: [ { name: sundays, rate: 0.1, days: [sun] }, { name: all, rate: 0.2 } ]';
    const holidays = 'holidays: { dates: [2026-04-03], treatAs: sun }';
    // Thursday to Saturday holds no Sunday; Good Friday is treated as one.
    expect(told(tariff(`validTo: 2026-04-04, ${holidays}, ${bands}`, 'grid', '2026-04-02'))).toEqual([]);
    expect(told(tariff(`validTo: 2026-04-04, ${bands}`, 'grid', '2026-04-02'))).toHaveLength(1);
  });
  it('holidays that cannot be meant', () => {
    const dates = (list: string) => told(tariff(`holidays: { dates: [${list}], treatAs: sun }, ${flat}`));
    expect(dates('2026-12-25, 2027-01-01')).toEqual([]);
    expect(dates('2062-12-25')).toEqual([expect.stringMatching(/holidayOdd: holiday 2062-12-25 .*is a digit wrong/)]);
    expect(dates('2025-12-25')).toEqual([expect.stringContaining('2025-12-25')]);
    expect(dates('2026-12-25, 2026-12-25')).toEqual([expect.stringContaining('2026-12-25 of')]);
    expect(dates('2026-12-27')).toEqual([expect.stringContaining('is a sun anyway')]);
    expect(dates('2026-02-30').join()).toContain('2026-02-30');
  });
});

/** Quarter hours from midnight in London on 1 April 2026, `days` of them, without those that `leave` out. */
function quarters(days: number, leave: (index: number) => boolean): string {
  const start = Date.UTC(2026, 2, 31, 23);
  const rows = Array.from({ length: days * 96 }, (_, i) => `${new Date(start + i * 900_000).toISOString()},0.1`);
  return `start,rate\n${rows.filter((_, i) => !leave(i)).join('\n')}\n`;
}

describe('prices by the quarter hour', () => {
  const prices = (text: string) => told(tariff('prices: p.csv'), { 'p.csv': text });
  it('without a hole are no doubt', () => expect(prices(quarters(3, () => false))).toEqual([]));
  it('with one missing row name its instant', () => {
    expect(prices(quarters(3, (i) => i === 100))).toEqual([
      expect.stringMatching(/priceMissing: .*no price at 2026-04-02 01:00 \(one 15-minute interval\)/),
    ]);
  });
  it('with a day missing name the day, and count what is not told', () => {
    expect(prices(quarters(3, (i) => i >= 96 && i < 192))).toEqual([
      expect.stringContaining('no price at 2026-04-02 00:00 to 2026-04-03 00:00'),
    ]);
    expect(prices(quarters(3, (i) => i % 20 === 19))).toEqual([expect.stringContaining('and 11 more holes')]);
  });
  it('that begin after the tariff does are told from its first day', () => {
    expect(prices(quarters(3, (i) => i < 4))).toEqual([
      expect.stringContaining('2026-04-01 00:00 to 2026-04-01 01:00'),
    ]);
  });
  it('come from a folder as well, where a later file corrects an earlier one', () => {
    const file = (name: string, ...rows: string[]) => `${FILE_MARK}prices/${name}\nstart,rate\n${rows.join('\n')}\n`;
    const folder =
      file('a.csv', '2026-03-31T23:00:00Z,0.1', '2026-03-31T23:15:00Z,0.2') + file('b.csv', '2026-03-31T23:15:00Z,0.3');
    const { plant } = parsePlant(`${HEAD}tariffs:\n${tariff('prices: prices')}`, {
      hash: 'x',
      file: 'p.yaml',
      readFile: () => folder,
    });
    expect(plant.tariffs.get('grid')?.[0]?.value.prices?.map((p) => p.rate)).toEqual([0.1, 0.3]);
    const bad = file('a.csv', '2026-03-31T23:00:00Z,0.1') + file('b.csv', 'yesterday,0.3');
    expect(told(tariff('prices: prices'), { prices: bad })).toEqual([expect.stringContaining('prices/b.csv:2')]);
  });
});
