import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CommandIo } from '#shared/contract/command.ts';
import { check } from './check.ts';

const BLUEPRINT = join(import.meta.dirname, '../../config/_blueprint.plant.yaml');
const NOW = Date.parse('2026-03-28T12:00:00Z');

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'linewatt-check-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

async function run(args: string[], env: Record<string, string> = {}) {
  const said = { out: '', err: '' };
  const io: CommandIo = {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    env,
    signal: new AbortController().signal,
  };
  return { code: await check(args, io, NOW), ...said };
}

function file(name: string, content: string | Buffer): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

const PLANT = `version: 1
site: { id: s1, timezone: Europe/London, currency: GBP }
calendars:
  nights: { shifts: [ { id: night, name: Night, days: [sat, sun], start: "22:00", end: "06:00", breaks: [ { start: "03:00", minutes: 30 } ] } ] }
sources:
  plc: { type: opcua, endpoint: "opc.tcp://10.0.0.5:4840", securityMode: SignAndEncrypt, userName: me, password: "\${PLC_PASSWORD}", owner: me }
lines:
  - { id: l1, calendar: nights, machines: [ { id: m1, idealCycleSeconds: 10, state: { source: plc, node: "i=1", map: { 1: running } }, total: { source: plc, node: "i=2", maxPerSecond: 1 } } ] }
meters: [ { id: e1, feeds: m1, importWh: { source: plc, node: "i=3", maxKw: 10 } } ]
tariffs: [ { id: grid, meter: e1, validFrom: 2026-01-01, intervalMinutes: 30, bands: [ { name: red, rate: 0.3, from: "16:00", to: "19:00" }, { name: green, rate: 0.1 } ] } ]
`;

describe('a valid plant', () => {
  test('is told in words: machines, signals, shifts over summer time, bands, doubts', async () => {
    const { code, out, err } = await run([file('plant.yaml', PLANT)]);
    expect([code, err]).toEqual([0, '']);
    const words = out.replace(/ +/g, ' ');
    expect(words).toContain('l1 / m1 m1 state from plc; counts total; ideal cycle 10 s');
    expect(words).toContain('m1.state plc i=1 1 = running');
    expect(words).toContain('nights sat 2026-03-28 Night, 22:00 to 06:00, 7 h, break 03:00 30 min');
    expect(words).toContain('nights sun 2026-03-29 Night, 22:00 to 06:00, 8 h');
    expect(words).toContain('grid 16:00 to 19:00 red 0.3 GBP/kWh');
    expect(words).toContain('grid 19:00 to 24:00 green 0.1 GBP/kWh');
    expect(words).toContain('plant.yaml:6: the environment variable PLC_PASSWORD is not set here');
  });
  test('has no doubt about secrets that are set', async () => {
    const { out } = await run([file('plant.yaml', PLANT)], { PLC_PASSWORD: 'x' });
    expect(out).toContain('Doubts (none)');
    expect(out).not.toContain('PLC_PASSWORD');
  });
  test('the blueprint is one', async () => {
    expect((await run([BLUEPRINT])).code).toBe(0);
  });
  test('prices are read beside the plant file', async () => {
    file('prices.csv', 'start,rate\n2026-03-28T00:00:00Z,0.1\n2026-03-28T12:00:00Z,-0.05\n');
    const { out } = await run([file('priced.yaml', PLANT.replace(/bands: \[.*\] } \]/, 'prices: prices.csv } ]'))]);
    expect(out.replace(/ +/g, ' ')).toContain('grid 2 prices, -0.05 to 0.1 GBP/kWh; 23 h without a price');
  });
});

describe('what is not valid', () => {
  test('is told by file and line, and exits with 1', async () => {
    const path = file('bad.yaml', PLANT.replace('i=2', 'Total').replace('calendar: nights', 'calendar: days'));
    const { code, out, err } = await run([path]);
    expect([code, out]).toEqual([1, '']);
    expect(err.split('\n')).toEqual([
      `${path}:8: lines[0].calendar: there is no calendar "days"; known are "nights"`,
      `${path}:8: lines[0].machines[0].total.node: must be a node id like "ns=2;s=Filler.State"`,
      `${path} is not a valid plant file: 2 problems`,
      '',
    ]);
  });
  test.each<[name: string, path: () => string, sentence: string]>([
    ['a missing file', () => join(dir, 'none.yaml'), 'there is no file'],
    [
      'a directory',
      () => {
        mkdirSync(join(dir, 'd'), { recursive: true });
        return join(dir, 'd');
      },
      'is a directory',
    ],
    ['a device', () => '/dev/zero', 'is not a file'],
    [
      'a file of 200 MB',
      () => {
        const path = file('large.yaml', '');
        truncateSync(path, 200 * 1024 * 1024);
        return path;
      },
      'has 200 MB',
    ],
    ['a binary file', () => file('binary.yaml', Buffer.from([0xff, 0xfe, 0x00, 0x80])), 'is not text in UTF-8'],
  ])('%s is one sentence', async (_, path, sentence) => {
    await expect(run([path()])).rejects.toMatchObject({
      name: 'UserError',
      exitCode: 1,
      message: expect.stringContaining(sentence),
    });
  });
  test.each([[[]], [['a.yaml', 'b.yaml']], [['--strict', 'a.yaml']]])('wrong usage %j exits with 2', async (args) => {
    await expect(run(args)).rejects.toMatchObject({ name: 'UserError', exitCode: 2 });
  });
});
