import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { billCommand } from '#api/commands/bill.ts';
import { addedUp, differences } from './compare.ts';
import { runCommand } from './run-command.ts';

/* Bills worked out by hand: the reasoning stands in each expected.yaml. Exact to a millionth. */
const BILLS = join(import.meta.dirname, 'bills');

interface Expected {
  readonly period?: { readonly from: string; readonly to: string };
  readonly lines?: Parameters<typeof addedUp>[0];
}

describe('bills', () => {
  it.each(readdirSync(BILLS))('%s', async (name) => {
    const file = (leaf: string) => join(BILLS, name, leaf);
    const { period, lines = [], ...sums }: Expected = parse(readFileSync(file('expected.yaml'), 'utf8'));
    const args = ['--tariff', file('tariff.yaml'), '--load', file('load.csv'), '--json'];
    if (period) args.push('--from', period.from, '--to', period.to);
    const { code, out, err } = await runCommand(billCommand, args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const bill = JSON.parse(out);
    expect(differences(sums, bill, [], 1e-6)).toEqual([]);
    expect(differences(addedUp(lines), addedUp(bill.lines), [], 1e-6)).toEqual([]);
  });
});
