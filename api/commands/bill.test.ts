import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '#shared/contract/command.ts';
import { billCommand } from './bill.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'linewatt-bill-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string | Buffer): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

async function bill(...args: string[]): Promise<string> {
  let out = '';
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: () => {},
    env: {},
    signal: { aborted: false, addEventListener: () => {} },
  };
  expect(await billCommand.run(args, io)).toBe(0);
  return out;
}

/** The message and exit code with which a user is told what is wrong. */
async function refusal(...args: string[]): Promise<[number, string]> {
  const error: unknown = await bill(...args).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  return error instanceof UserError ? [error.exitCode, error.message] : [0, ''];
}

const TARIFF = `version: 1
id: grid
timezone: Europe/London
intervalMinutes: 30
bands:
  - { name: red, rate: 0.3, from: "16:00", to: "19:00" }
  - { name: green, rate: 0.1 }
`;

describe('linewatt bill', () => {
  it('prints the bill, or JSON with unrounded amounts', async () => {
    const tariff = write('tariff.yaml', TARIFF);
    const load = write('load.csv', 'start,kWh\n2026-01-14T15:30:00Z,1.234\n2026-01-14T16:00:00Z,2\n');
    expect(await bill('--tariff', tariff, '--load', load)).toMatch(/^total +0\.72$/m);
    const json = JSON.parse(await bill('--tariff', tariff, '--load', load, '--json'));
    expect(json).toMatchObject({
      lines: [
        { name: 'red', quantity: 2, unit: 'kWh', rate: 0.3, amount: 0.6 },
        { name: 'green', quantity: 1.234, unit: 'kWh', rate: 0.1, amount: 0.1234 },
      ],
      energy: 0.7234,
      demand: 0,
      total: 0.7234,
      findings: [],
    });
  });

  it('takes dates in the zone of the tariff, and instants', async () => {
    const tariff = write('tariff.yaml', TARIFF);
    const rows = Array.from({ length: 96 }, (_, i) => `${new Date(Date.UTC(2026, 6, 13, 23, i * 30)).toISOString()},1`);
    const load = write('load.csv', `start,kWh\n${rows.join('\n')}\n`);
    const day = JSON.parse(
      await bill('--tariff', tariff, '--load', load, '--from', '2026-07-14', '--to', '2026-07-15', '--json'),
    );
    expect(day).toMatchObject({ from: '2026-07-13T23:00:00.000Z', to: '2026-07-14T23:00:00.000Z', findings: [] });
    const late = JSON.parse(
      await bill('--tariff', tariff, '--load', load, '--from', '2026-07-15T00:00:00+01:00', '--json'),
    );
    expect(late).toMatchObject({ from: '2026-07-14T23:00:00.000Z', to: '2026-07-15T23:00:00.000Z' });
  });

  it('reads prices from a file beside the tariff', async () => {
    const tariff = write(
      'dynamic.yaml',
      'version: 1\ntimezone: Europe/Berlin\nintervalMinutes: 15\nprices: day-ahead.csv\n',
    );
    write(
      'day-ahead.csv',
      'start,rate\n2026-01-14T00:00:00Z,0.1\n2026-01-14T00:15:00Z,-0.05\n2026-01-14T00:45:00Z,0.2\n',
    );
    const rows = [0, 15, 30, 45].map((m) => `2026-01-14T00:${String(m).padStart(2, '0')}:00Z,10`);
    const load = write('load.csv', `start,kWh\n${rows.join('\n')}`);
    const json = JSON.parse(await bill('--tariff', tariff, '--load', load, '--json'));
    expect(json.total).toBeCloseTo(2.5, 12);
    expect(json.findings[0].message).toContain('10 kWh have no price');
  });

  it('reads a file of any length in pieces, UTF-16 too', async () => {
    const tariff = write('tariff.yaml', TARIFF);
    const rows = Array.from(
      { length: 20_000 },
      (_, i) => `${new Date(Date.UTC(2026, 0, 1, 0, i * 30)).toISOString()},1`,
    );
    const text = `start,kWh\r\n${rows.join('\r\n')}\r\n`;
    const utf8 = await bill('--tariff', tariff, '--load', write('long.csv', text), '--json');
    const utf16 = await bill(
      '--tariff',
      tariff,
      '--load',
      write('wide.csv', Buffer.from(`\uFEFF${text}`, 'utf16le')),
      '--json',
    );
    expect(JSON.parse(utf8).lines.reduce((kWh: number, l: { quantity: number }) => kWh + l.quantity, 0)).toBe(20_000);
    expect(utf16).toBe(utf8);
  });

  it('tells what is wrong, where, and ends with 1 for the input and 2 for the usage', async () => {
    const tariff = write('tariff.yaml', TARIFF);
    const load = write('load.csv', 'start,kWh\n2026-01-14T15:30:00,1\n');
    expect(await refusal('--tariff', tariff)).toEqual([2, expect.stringContaining('--load')]);
    expect(await refusal('--tariff', tariff, '--load', load, '--jsn')).toEqual([2, expect.stringContaining('--jsn')]);
    expect(await refusal('--tariff', tariff, '--load', load, '--from', 'noon')).toEqual([
      2,
      expect.stringContaining('"noon"'),
    ]);
    expect(await refusal('--tariff', tariff, '--load', load)).toEqual([1, expect.stringContaining(`${load}:2: `)]);
    expect(await refusal('--tariff', tariff, '--load', join(folder, 'none.csv'))).toEqual([
      1,
      expect.stringContaining('does not exist'),
    ]);
    expect(await refusal('--tariff', tariff, '--load', folder)).toEqual([1, expect.stringContaining('is a folder')]);
    const wrong = write('wrong.yaml', TARIFF.replace('rate: 0.1', 'rat: 0.1'));
    expect(await refusal('--tariff', wrong, '--load', load)).toEqual([
      1,
      expect.stringContaining(`${wrong}:7: bands[1].rat`),
    ]);
    const blob = write('blob.csv', 'x'.repeat(200_000));
    expect(await refusal('--tariff', tariff, '--load', blob)).toEqual([
      1,
      expect.stringContaining('is this a CSV file?'),
    ]);
    const empty = write('empty.csv', '');
    expect(await refusal('--tariff', tariff, '--load', empty)).toEqual([1, expect.stringContaining('no rows')]);
  });
});
