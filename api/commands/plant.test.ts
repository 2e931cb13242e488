import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '#shared/contract/command.ts';
import { readPlantFile } from '#shared/store/plant-file.ts';
import { openPlantHistory, plantHistoryFile } from '#shared/store/plant-history.ts';
import { PLANT } from '../fixture.ts';
import { plantCommand } from './plant.ts';

let data: string;
const FASTER = PLANT.replace('idealCycleSeconds: 1,', 'idealCycleSeconds: 0.5,').replace('rate: 0.2', 'rate: 0.25');
const hashes: string[] = [];

beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), 'linewatt-plant-command-'));
  const history = openPlantHistory(plantHistoryFile(data));
  const file = join(data, 'plant.yaml');
  [PLANT, FASTER, `# tidied\n${FASTER}`, PLANT].forEach((text, i) => {
    writeFileSync(file, text);
    const reading = readPlantFile(file);
    hashes.push(reading.plant.hash);
    // Over the end of summer time.
    history.record(reading, Date.parse('2026-10-24T12:00:00Z') + i * 86_400_000);
  });
  history.close();
});
afterAll(() => rmSync(data, { recursive: true }));

async function run(...args: string[]) {
  const said = { out: '', err: '' };
  const io = {
    out: (text: string) => {
      said.out += text;
    },
    err: (text: string) => {
      said.err += text;
    },
    env: {},
    signal: { aborted: false, addEventListener: () => {} },
  };
  return { code: await plantCommand.run([...args, '--data', data], io), ...said };
}

const short = (i: number) => hashes[i]?.slice(0, 12);

describe('linewatt plant history', () => {
  it('lists when, which, and what differs, in local time', async () => {
    const { code, out } = await run('history');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      `2026-10-24 13:00  ${short(0)}`,
      '  Leeds works (leeds): 1 line, 2 machines, 2 meters',
      `2026-10-25 12:00  ${short(1)}`,
      '  product A: idealCycleSeconds 1 -> 0.5',
      '  tariff grid: [from 2026-01-01].bands.day.rate 0.2 -> 0.25',
      `2026-10-26 12:00  ${short(2)}`,
      '  nothing that has a meaning: layout or comments',
      `2026-10-27 12:00  ${short(3)}`,
      '  product A: idealCycleSeconds 0.5 -> 1',
      '  tariff grid: [from 2026-01-01].bands.day.rate 0.25 -> 0.2',
      '4 versions; times are those of Europe/London',
      '',
    ]);
  });

  it('gives the same as JSON', async () => {
    const items = JSON.parse((await run('history', '--json')).out);
    expect(items).toHaveLength(4);
    expect(items[1]).toEqual({
      seq: 2,
      hash: hashes[1],
      appliedFrom: '2026-10-25T12:00:00.000Z',
      differences: [
        'product A: idealCycleSeconds 1 -> 0.5',
        'tariff grid: [from 2026-01-01].bands.day.rate 0.2 -> 0.25',
      ],
    });
  });
});

describe('linewatt plant show', () => {
  it('prints the file as it was, by the beginning of its hash', async () => {
    expect((await run('show', hashes[1]?.slice(0, 8) ?? '')).out).toBe(FASTER);
    expect((await run('show', hashes[0]?.toUpperCase() ?? '')).out).toBe(PLANT);
  });

  it.each<[string, string[], 1 | 2, RegExp]>([
    ['an unknown hash', ['show', 'zz'], 1, /no version has a hash that begins with zz/],
    ['no hash', ['show'], 2, /say linewatt plant history/],
    ['no verb', [], 2, /say linewatt plant history/],
    ['an unknown option', ['history', '--dat', 'x'], 2, /--dat/],
    [
      'a directory without a history',
      ['history', '--data', '/nowhere'],
      1,
      /name the data directory of an api that ran/,
    ],
  ])('%s is one sentence', async (_, args, exitCode, sentence) => {
    const io = { out: () => {}, err: () => {}, env: {}, signal: { aborted: false, addEventListener: () => {} } };
    const withData = args.includes('--data') ? args : [...args, '--data', data];
    const error = await plantCommand.run(withData, io).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ exitCode, message: expect.stringMatching(sentence) });
  });
});
