import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { billCommand } from '#api/commands/bill.ts';
import { replayCommand } from '#edge/commands/replay.ts';
import { addedUp, differences } from './compare.ts';
import { runCommand } from './run-command.ts';

/* The worked cases lie beside the project; a checkout without them has nothing to run here. */
const CASES = resolve(import.meta.dirname, '../../../shared/cases');
const folders = existsSync(CASES)
  ? readdirSync(CASES).filter((name) => existsSync(join(CASES, name, 'expected.json')))
  : [];

describe.skipIf(folders.length === 0)('worked cases', () => {
  it.each(folders)('%s', async (name) => {
    const file = (leaf: string) => join(CASES, name, leaf);
    const expected: unknown = JSON.parse(readFileSync(file('expected.json'), 'utf8'));
    if (existsSync(file('tariff.yaml'))) {
      const args = ['--tariff', file('tariff.yaml'), '--load', file('load.csv'), '--json'];
      const { code, out } = await runCommand(billCommand, args);
      expect(code).toBe(0);
      const { lines: expectedLines, ...rest } = expected as { lines?: Parameters<typeof addedUp>[0] };
      const actual = JSON.parse(out);
      expect(differences(rest, actual)).toEqual([]);
      expect(differences(addedUp(expectedLines ?? []), addedUp(actual.lines))).toEqual([]);
      return;
    }
    const args = [
      '--plant',
      file('plant.yaml'),
      '--samples',
      file('samples.ndjson'),
      '--queries',
      file('queries.json'),
    ];
    if (existsSync(file('entries.ndjson'))) args.push('--entries', file('entries.ndjson'));
    const { code, out } = await runCommand(replayCommand, args);
    expect(code).toBe(0);
    expect(differences(expected, JSON.parse(out))).toEqual([]);
  });
});
