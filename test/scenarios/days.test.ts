import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { replayCommand } from '#edge/commands/replay.ts';
import { differences } from './compare.ts';
import { runCommand } from './run-command.ts';

/* Days of our own, worked out by hand: the reasoning stands in each expected.yaml. Exact to a millionth, seconds too. */
const DAYS = join(import.meta.dirname, 'days');

describe('days', () => {
  it.each(readdirSync(DAYS))('%s', async (name) => {
    const file = (leaf: string) => join(DAYS, name, leaf);
    const args = [
      '--plant',
      file('plant.yaml'),
      '--samples',
      file('samples.ndjson'),
      '--queries',
      file('queries.json'),
    ];
    if (existsSync(file('entries.ndjson'))) args.push('--entries', file('entries.ndjson'));
    const { code, out, err } = await runCommand(replayCommand, args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const expected: unknown = parse(readFileSync(file('expected.yaml'), 'utf8'));
    expect(differences(expected, JSON.parse(out), [], 1e-6)).toEqual([]);
  });
});
