import { describe, expect, it } from 'vitest';
import type { Look, MachineView, ScopeView } from '#shared/contract/socket.ts';
import { attention, inKnownOrder, lineTiles, tally } from './ranking.ts';

const machine = (
  id: string,
  look: Look,
  lossPerHour: number | null = null,
  since = '2026-06-01T10:00:00Z',
): MachineView => ({ id, name: id, line: 'l', look, lossPerHour, since }) as MachineView;

const MACHINES = [
  machine('runs', 'run'),
  machine('waits', 'idle'),
  machine('old', 'down', null, '2026-06-01T08:00:00Z'),
  machine('new', 'down', null, '2026-06-01T09:30:00Z'),
  machine('setup', 'setup', 70),
  machine('costly', 'minor', 1180),
  machine('off', 'plan'),
  machine('silent', 'unknown'),
];

describe('what needs attention', () => {
  it('is ranked by money lost per hour, then by loudness, then by time', () => {
    expect(attention(MACHINES, 6).map((m) => m.id)).toEqual(['costly', 'setup', 'old', 'new', 'silent']);
  });
  it('leaves out who only waits, unless the waiting has a price', () => {
    expect(attention([machine('a', 'idle')], 6)).toEqual([]);
    expect(attention([machine('a', 'idle', 5)], 6)).toHaveLength(1);
  });
  it('fills no more slots than there are', () => expect(attention(MACHINES, 2)).toHaveLength(2));
});

it('tallies the looks that are there, worst first', () => {
  expect(tally(MACHINES).map(({ look, count }) => `${count} ${look}`)).toEqual([
    '2 down',
    '1 minor',
    '1 unknown',
    '1 setup',
    '1 idle',
    '1 run',
    '1 plan',
  ]);
});

describe('order of lines and tiles', () => {
  const view = {
    lines: {
      quiet: { id: 'quiet', machines: ['runs', 'waits'] },
      loud: { id: 'loud', machines: ['setup', 'costly', 'gone'] },
    },
    machines: Object.fromEntries(MACHINES.map((m) => [m.id, m])),
  } as unknown as ScopeView;
  const ids = (rows: ReturnType<typeof lineTiles>): string[] =>
    rows.map((row) => `${row.line.id}: ${row.machines.map((m) => m.id).join(' ')}`);
  it('keeps the physical order in line order', () => {
    expect(ids(lineTiles(view, 'line'))).toEqual(['quiet: runs waits', 'loud: setup costly']);
  });
  it('puts the worst first by attention', () => {
    expect(ids(lineTiles(view, 'attention'))).toEqual(['loud: costly setup', 'quiet: waits runs']);
  });
  it('can keep an order decided earlier, with newcomers last', () => {
    expect(ids(inKnownOrder(lineTiles(view, 'line'), ['loud'], ['waits', 'costly']))).toEqual([
      'loud: costly setup',
      'quiet: waits runs',
    ]);
  });
});
