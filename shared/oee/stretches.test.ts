import { describe, expect, it } from 'vitest';
import type { Plant } from '../plant/model.ts';
import type { MachineState } from '../state/state.ts';
import { MINUTE } from '../time/instant.ts';
import type { StateInterval } from './facts.ts';
import { entryMaker, machine, makePlant, reason } from './fixture.ts';
import { type Labelled, labelStretches, type StopReasonEntry } from './stretches.ts';

/* RULES 1.1: what the machine layer says about every second, before the calendar. The threshold is 300 s. */

const START = Date.UTC(2026, 5, 1, 6);
const at = (minutes: number) => START + minutes * MINUTE;
const m1 = machine('m1');
const plant = makePlant({
  machines: [m1],
  reasons: [reason('jam', 'unplannedStop'), reason('clean', 'plannedStop')],
});

/** `wait` is nobody's order from minute 12 on. */
const versioned = makePlant({
  machines: [m1],
  reasons: [
    {
      ...reason('wait', 'unplannedStop'),
      category: [
        { validFrom: Number.NEGATIVE_INFINITY, value: 'unplannedStop' },
        { validFrom: at(12), value: 'notScheduled' },
      ],
    },
  ],
});

function interval(start: number, end: number | null, state: MachineState, why: string | null = null): StateInterval {
  return { machine: 'm1', start: at(start), end: end === null ? null : at(end), state, reason: why, revision: 1 };
}

function label(
  intervals: readonly StateInterval[],
  more: {
    from?: number;
    to?: number;
    knownUntil?: number;
    entries?: readonly Record<string, unknown>[];
    inPlant?: Plant;
  } = {},
): Labelled[] {
  const make = entryMaker();
  const entries = (more.entries ?? []).map((e) => make({ type: 'stopReason', machine: 'm1', ...e }) as StopReasonEntry);
  const { from = 0, to = 60, knownUntil = 60 } = more;
  return labelStretches({
    plant: more.inPlant ?? plant,
    machine: m1,
    intervals,
    entries,
    from: at(from),
    to: at(to),
    knownUntil: at(knownUntil),
  });
}

const shown = (labels: readonly Labelled[]) =>
  labels.map((l) => [(l.start - START) / MINUTE, (l.end - START) / MINUTE, l.category, l.reason]);

describe('time without an interval', () => {
  it('is unknown and part of the stop beside it, which is then not small', () => {
    const labels = label([interval(0, 10, 'running'), interval(10, 12, 'down'), interval(13, 60, 'running')]);
    expect(shown(labels)).toEqual([
      [0, 10, 'run', null],
      [10, 12, 'unplannedStop', null],
      [12, 13, 'unknown', null],
      [13, 60, 'run', null],
    ]);
    expect(labels.map((l) => l.stretchStart)).toEqual([null, at(10), at(10), null]);
  });

  it('before the first and after the last interval belongs to no stop', () => {
    const labels = label([interval(5, 8, 'down'), interval(8, 50, 'running'), interval(50, 52, 'idle')]);
    expect(shown(labels)).toEqual([
      [0, 5, 'unknown', null],
      [5, 8, 'smallStop', null],
      [8, 50, 'run', null],
      [50, 52, 'smallStop', null],
      [52, 60, 'unknown', null],
    ]);
    expect(labels.map((l) => l.stretchStart)).toEqual([at(0), at(5), null, at(50), at(52)]);
  });
});

describe('intervals', () => {
  it('may come in any order, of other machines, void or empty', () => {
    const labels = label([
      interval(20, 60, 'running'),
      { ...interval(0, 60, 'down'), machine: 'm2' },
      { ...interval(5, 7, 'down'), void: true },
      interval(9, 9, 'setup'),
      interval(10, 20, 'down'),
      interval(0, 10, 'running'),
    ]);
    expect(shown(labels)).toEqual([
      [0, 10, 'run', null],
      [10, 20, 'unplannedStop', null],
      [20, 60, 'run', null],
    ]);
  });

  it('end where the next begins, an open one where it is known to last', () => {
    expect(shown(label([interval(0, 30, 'running'), interval(10, 60, 'down')]))).toEqual([
      [0, 10, 'run', null],
      [10, 60, 'unplannedStop', null],
    ]);
    const open = label([interval(0, null, 'running'), interval(10, null, 'down')], { knownUntil: 14, to: 14 });
    expect(shown(open)).toEqual([
      [0, 10, 'run', null],
      [10, 14, 'smallStop', null],
    ]);
    expect(open.map((l) => l.open)).toEqual([false, true]);
    expect(open.map((l) => l.intervalStart)).toEqual([at(0), at(10)]);
  });

  it('carry no reason while the machine runs', () => {
    expect(shown(label([interval(0, 60, 'running', 'jam')]))).toEqual([[0, 60, 'run', null]]);
  });
});

describe('reasons', () => {
  const stop = [
    interval(0, 10, 'running'),
    interval(10, 15, 'down'),
    interval(15, 20, 'setup'),
    interval(20, 60, 'running'),
  ];

  it('override the state, and one that the file does not know leaves it to the state', () => {
    const labels = label([
      interval(0, 10, 'down', 'clean'),
      interval(10, 20, 'setup', 'X'),
      interval(20, 60, 'off', 'X'),
    ]);
    expect(shown(labels)).toEqual([
      [0, 10, 'plannedStop', 'clean'],
      [10, 20, 'plannedStop', 'X'],
      [20, 60, 'unplannedStop', 'X'],
    ]);
    expect(shown(label([interval(0, 60, 'maintenance')]))).toEqual([[0, 60, 'plannedStop', null]]);
  });

  it('change their category at the instant of a version', () => {
    expect(shown(label([interval(0, 60, 'down', 'wait')], { inPlant: versioned }))).toEqual([
      [0, 12, 'unplannedStop', 'wait'],
      [12, 60, 'scheduleLoss', 'wait'],
    ]);
    const among = [interval(0, 5, 'running'), interval(5, 40, 'down', 'wait'), interval(40, 60, 'running')];
    expect(shown(label(among, { inPlant: versioned })).slice(1, 3)).toEqual([
      [5, 12, 'unplannedStop', 'wait'],
      [12, 40, 'scheduleLoss', 'wait'],
    ]);
    const entries = [{ at: at(30), reason: 'wait' }];
    expect(shown(label([interval(0, 60, 'down')], { entries, inPlant: versioned }))).toEqual([
      [0, 12, 'unplannedStop', 'wait'],
      [12, 60, 'scheduleLoss', 'wait'],
    ]);
  });

  it('by entry label the whole stop from its first instant to before its last', () => {
    const of = (t: number) => label(stop, { entries: [{ at: t, reason: 'jam' }] }).map((l) => l.reason);
    expect(of(at(10))).toEqual([null, 'jam', 'jam', null]);
    expect(of(at(20) - 1)).toEqual([null, 'jam', 'jam', null]);
    expect(of(at(10) - 1)).toEqual([null, null, null, null]);
    expect(of(at(20))).toEqual([null, null, null, null]);
  });

  it('by entry label a stop that goes on even past what is known of it', () => {
    const open = [interval(0, 10, 'running'), interval(10, null, 'down')];
    const entries = [{ at: at(25), reason: 'clean' }];
    expect(shown(label(open, { entries, to: 20, knownUntil: 20 })).at(-1)).toEqual([10, 20, 'plannedStop', 'clean']);
  });

  it('by entry label exactly the slice that it names', () => {
    const entries = [{ from: at(12), to: at(17), reason: 'clean' }];
    expect(shown(label(stop, { entries }))).toEqual([
      [0, 10, 'run', null],
      [10, 12, 'unplannedStop', null],
      [12, 15, 'plannedStop', 'clean'],
      [15, 17, 'plannedStop', 'clean'],
      [17, 20, 'plannedStop', null],
      [20, 60, 'run', null],
    ]);
    for (const [from, to] of [
      [5, 10],
      [20, 25],
    ] as const) {
      const beside = label(stop, { entries: [{ from: at(from), to: at(to), reason: 'clean' }] });
      expect(beside).toEqual(label(stop));
    }
  });

  it('cut nothing at the ends of a stop', () => {
    const entries = [{ from: at(10), to: at(20), reason: 'clean' }];
    expect(shown(label(stop, { entries }))).toEqual([
      [0, 10, 'run', null],
      [10, 15, 'plannedStop', 'clean'],
      [15, 20, 'plannedStop', 'clean'],
      [20, 60, 'run', null],
    ]);
  });

  it('make a short stop planned, and no small stop with it', () => {
    const short = [interval(0, 10, 'running'), interval(10, 12, 'down'), interval(12, 60, 'running')];
    expect(shown(label(short))[1]).toEqual([10, 12, 'smallStop', null]);
    const slice = [{ from: at(11), to: at(12), reason: 'clean' }];
    expect(shown(label(short, { entries: slice })).slice(1, 3)).toEqual([
      [10, 11, 'unplannedStop', null],
      [11, 12, 'plannedStop', 'clean'],
    ]);
  });
});
