import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readXlsx from 'read-excel-file/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UserError } from '#shared/contract/command.ts';
import { at, type Fixture, makeFixture, NOW } from '../fixture.ts';
import { reportCommand } from './report.ts';

let site: Fixture;
let dir: string;
beforeAll(async () => {
  site = await makeFixture();
  dir = mkdtempSync(join(tmpdir(), 'linewatt-report-'));
});
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await site.close();
});

const iso = (t: number) => new Date(t).toISOString();
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const place = ['--plant', join(site.dir, 'plant.yaml'), '--data', site.dir];
  const signal = new AbortController().signal;
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text), env: {}, signal };
  try {
    return { code: await reportCommand.run([...args, ...place], io), out, err };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { code: error.exitCode, out, err: error.message };
  }
}
const window = ['--from', iso(at(-24 * 60)), '--to', iso(NOW)];

it('writes what the server answers', async () => {
  const query = `from=${iso(at(-24 * 60))}&to=${iso(NOW)}&tableOnly=true`;
  const answer = await site.app.inject({ url: `/api/v1/reports/tariff.csv?${query}`, headers: { host: 'localhost' } });
  const { code, out } = await run('tariff', ...window, '--table-only');
  expect([code, out.replaceAll(/,(provisional)?\r/g, '\r')]).toEqual([
    0,
    answer.body.replaceAll(/,(provisional)?\r/g, '\r'),
  ]);
  expect(out).toMatch(/^Total,,,,,840,141,/m);
});

it('writes a workbook whole or not at all, and takes the form from its name', async () => {
  const file = join(dir, 'deep/shift.xlsx');
  const { code, err } = await run('shift', ...window, '--scope', 'machine:filler', '--out', file);
  expect([code, err]).toEqual([0, `${file} written\n`]);
  expect((await readXlsx(readFileSync(file))).map((s) => s.sheet)).toContain('Breakdown');
  const never = join(dir, 'never.csv');
  expect((await run('stops', '--from', '2026-01-01', '--to', '2026-06-01', '--out', never)).code).toBe(1);
  expect(existsSync(never)).toBe(false);
});

it('says what is wrong', async () => {
  for (const [code, words, ...args] of [
    [2, 'say which report', 'bill'],
    [2, 'is no format', 'tariff', '--format', 'doc'],
    [2, 'not for the screen', 'tariff', '--format', 'pdf'],
    [2, 'both separator and decimal', 'tariff', '--decimal', ','],
    [1, 'has no line:nope', 'tariff', '--scope', 'line:nope'],
    [1, 'not broken down by colour', 'tariff', '--by', 'colour', ...window],
  ] as const) {
    const result = await run(...args);
    expect([result.code, result.err]).toEqual([code, expect.stringContaining(words)]);
  }
});
