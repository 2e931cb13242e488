import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { edgeArguments } from './up.ts';

describe('what linewatt up hands on to the edge', () => {
  it('is how long things are kept and where facts go as files, from where up was started', () => {
    const given = { 'journal-days': '3', 'journal-gigabytes': '0.5', 'minutes-years': '10', spool: 'out/facts' };
    expect(edgeArguments(given)).toEqual([
      ...['--journal-days', '3', '--journal-gigabytes', '0.5', '--minutes-years', '10'],
      ...['--spool', resolve('out/facts')],
    ]);
  });

  it('is nothing where nothing was said: the edge has its own defaults', () => {
    expect(edgeArguments({})).toEqual([]);
  });

  it('is refused before any process starts', () => {
    expect(() => edgeArguments({ 'journal-days': 'two' })).toThrow(
      '--journal-days must be a number above 0, not "two"',
    );
    expect(() => edgeArguments({ 'minutes-years': '0' })).toThrow('--minutes-years must be a number above 0');
  });
});
