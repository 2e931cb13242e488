import { describe, expect, it } from 'vitest';
import { loadReader } from './load.ts';

const read = (text: string, intervalMinutes = 30, timezone = 'Europe/London') => {
  const reader = loadReader({ file: 'load.csv', intervalMinutes, timezone });
  return text.split('\n').flatMap((line) => reader.line(line) ?? []);
};

describe('load.csv', () => {
  it('gives energy as it is, and power as the energy of its interval', () => {
    expect(read('start,kWh,kvarh\n2026-01-14T00:00:00Z,12.5,3')).toEqual([
      { start: Date.parse('2026-01-14T00:00:00Z'), kWh: 12.5, kvarh: 3 },
    ]);
    expect(read('start,kW,kvar\n2026-01-14T00:00:00+01:00,12.5,-3')).toEqual([
      { start: Date.parse('2026-01-13T23:00:00Z'), kWh: 6.25, kvarh: -1.5 },
    ]);
  });

  it('takes what spreadsheets add: a byte order mark, carriage returns, empty lines, spaces', () => {
    expect(read('\uFEFFstart, kWh\r\n\r\n2026-01-14 00:00:00Z , 1\r\n2026-01-14T00:30Z,\r\n')).toMatchObject([
      { kWh: 1, kvarh: null },
      { kWh: null },
    ]);
  });

  it('knows the hour that happens twice by its offset', () => {
    const rows = read('start,kWh\n2026-10-25T01:30:00+01:00,1\n2026-10-25T01:00:00+00:00,2');
    expect(rows.map((r) => new Date(r.start).toISOString())).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T01:00:00.000Z',
    ]);
  });

  it.each([
    ['start;kWh\n', 'load.csv:1: must begin with the header', 'separate columns by a comma'],
    ['2026-01-14T00:00:00Z,1\n', 'load.csv:1: must begin with the header', ''],
    ['start,kWh\n2026-01-14T00:00:00Z,1,5\n', 'load.csv:2: has 3 columns, the header has 2', 'decimal point'],
    ['start,kWh\n\n2026-01-14T00:00:00,1\n', 'load.csv:3: 2026-01-14T00:00:00 has no offset', 'add Z'],
    [
      'start,kWh\n14.01.2026 00:00,1\n',
      'load.csv:2: "14.01.2026 00:00" is not an instant',
      '2026-04-01T00:00:00+01:00',
    ],
    ['start,kWh\n2026-02-30T00:00:00Z,1\n', 'load.csv:2: 2026-02-30T00:00:00Z does not exist', ''],
    ['start,kWh\n2026-01-14T00:00:00Z,NaN\n', 'load.csv:2: kWh must be a number, not "NaN"', 'empty'],
    ['start,kW\n2026-01-14T00:00:00Z,0x10\n', 'load.csv:2: kW must be a number, not "0x10"', ''],
    ['start,kWh\n2026-01-14T00:00:00Z,1e999\n', 'load.csv:2: 1e999 kWh is beyond any reading', 'how the file was made'],
    ['start,kW\n2026-01-14T00:00:00Z,-1e308\n', 'load.csv:2: -1e308 kW is beyond any reading', ''],
    ['start,kWh\n2026-01-14T00:00:00Z,-1\n', 'load.csv:2: -1 is negative', 'exported'],
    ['start,kWh,kvarh\n2026-01-14T00:00:00Z,1,x\n', 'load.csv:2: kvarh must be a number', ''],
    [
      'start,kWh\n2026-01-14T00:00:00Z,1\n2026-01-14T01:00:00+01:00,1\n',
      'load.csv:3: 2026-01-14T00:00:00.000Z was there already, on line 2',
      'keep one',
    ],
    [
      'start,kWh\n2026-01-14T00:30:00Z,1\n2026-01-14T00:00:00Z,1\n',
      'load.csv:3: 2026-01-14T00:00:00.000Z comes after 2026-01-14T00:30:00.000Z on line 2',
      'sort',
    ],
    ['start,kWh\n2026-01-14T00:15:00Z,1\n', 'load.csv:2: starts at 00:15 in Europe/London', 'intervalMinutes'],
    [`start,kWh\n${'9'.repeat(500)},1\n`, 'load.csv:2: "9999', '...'],
  ])('refuses %j', (text, place, advice) => {
    expect(() => read(text)).toThrow(place);
    expect(() => read(text)).toThrow(advice);
  });

  it('aligns intervals to the local clock, not to UTC', () => {
    expect(read('start,kWh\n2026-01-14T00:30:00Z,1', 60, 'Asia/Kolkata')).toHaveLength(1);
    expect(() => read('start,kWh\n2026-01-14T00:00:00Z,1', 60, 'Asia/Kolkata')).toThrow('05:30 in Asia/Kolkata');
  });
});
