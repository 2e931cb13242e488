import { describe, expect, it } from 'vitest';
import {
  type CounterRules,
  type Judgement,
  judge,
  ORDER_EVENT_MS,
  REFEREE_START,
  type RefereeState,
} from './referee.ts';

/* Readings one second apart unless they say otherwise; RULES section 6, "Counter steps". */

const FREE: CounterRules = { modulus: null, maxPerSecond: null, jitter: 0 };
const LIMITED: CounterRules = { modulus: null, maxPerSecond: 5, jitter: 0 };

interface Step {
  readonly raw: number;
  readonly seconds?: number;
  readonly orderEventNear?: boolean;
}

/** Judges readings in a row; the booking that stands for each in the end, and the last judgement. */
function follow(rules: CounterRules, ...steps: readonly (number | Step)[]) {
  let state: RefereeState = REFEREE_START;
  let t = 0;
  let last: Judgement | null = null;
  const booked: [number, string | null][] = [];
  for (const given of steps) {
    const step = typeof given === 'number' ? { raw: given } : given;
    t += (step.seconds ?? 1) * 1000;
    last = judge(state, { t, raw: step.raw }, rules, step.orderEventNear ?? false);
    if (last.settled) booked[booked.length - 1] = [last.settled.counted, last.settled.verdict];
    booked.push([last.booking.counted, last.booking.verdict]);
    state = last.state;
  }
  return { booked, state, last };
}

describe('a plausible step', () => {
  it('counts the difference, from a first reading that counts nothing', () => {
    const { booked, state, last } = follow(FREE, 1000, 1007, 1007);
    expect(booked).toEqual([
      [0, null],
      [7, null],
      [0, null],
    ]);
    expect(state).toEqual({ accepted: { t: 3000, raw: 1007 }, pending: null });
    expect(last?.booking).toMatchObject({ provisional: false, from: { t: 2000, raw: 1007 } });
  });

  it('has no reading to count from at first', () => {
    const first = judge(REFEREE_START, { t: 5000, raw: 12 }, FREE, false);
    expect(first).toEqual({
      state: { accepted: { t: 5000, raw: 12 }, pending: null },
      booking: { counted: 0, verdict: null, provisional: false, from: null },
      settled: null,
    });
  });

  it('may be exactly as fast as the limit, over the time since the last reading', () => {
    expect(follow(LIMITED, 0, 5).booked.at(-1)).toEqual([5, null]);
    expect(follow(LIMITED, 0, { raw: 5000, seconds: 1000 }).booked.at(-1)).toEqual([5000, null]);
    expect(follow(LIMITED, 0, { raw: 5001, seconds: 1000 }).booked.at(-1)).toEqual([0, 'pendingJump']);
  });
});

describe('a small step back', () => {
  const rules = { ...FREE, jitter: 3 };

  it('counts nothing and keeps the high-water mark to count from', () => {
    expect(follow(rules, 100, 97, 101).booked).toEqual([
      [0, null],
      [0, 'jitter'],
      [1, null],
    ]);
  });

  it('is noise up to the jitter and no further', () => {
    expect(follow(rules, 100, 97).booked.at(-1)).toEqual([0, 'jitter']);
    expect(follow(rules, 100, 96).booked.at(-1)).toEqual([96, 'pendingReset']);
  });

  it('is not what a jump forward is, however small', () => {
    expect(follow({ ...LIMITED, jitter: 10 }, 100, 106).booked.at(-1)).toEqual([0, 'pendingJump']);
  });

  it('gives the time since it to the next step, for how fast that was', () => {
    expect(follow({ ...LIMITED, jitter: 3 }, 100, 99, 106).booked.at(-1)).toEqual([0, 'pendingJump']);
  });
});

describe('a step back beside a product or order event', () => {
  it('is a reset that counts the new value, and is settled at once', () => {
    const { booked, state, last } = follow(FREE, 1000, { raw: 4, orderEventNear: true }, 9);
    expect(booked).toEqual([
      [0, null],
      [4, 'resetAtOrder'],
      [5, null],
    ]);
    expect(state.pending).toBeNull();
    expect(last?.booking.from).toEqual({ t: 2000, raw: 4 });
  });

  it('never counts below nothing', () => {
    expect(follow(FREE, 1000, { raw: -7, orderEventNear: true }).booked.at(-1)).toEqual([0, 'resetAtOrder']);
    expect(follow(FREE, 1000, { raw: 0, orderEventNear: true }).booked.at(-1)).toEqual([0, 'resetAtOrder']);
  });

  it('leaves a jump forward and jitter what they are', () => {
    expect(follow(LIMITED, 0, { raw: 900, orderEventNear: true }).booked.at(-1)).toEqual([0, 'pendingJump']);
    expect(follow({ ...FREE, jitter: 2 }, 10, { raw: 9, orderEventNear: true }).booked.at(-1)).toEqual([0, 'jitter']);
  });

  it('is near within sixty seconds', () => {
    expect(ORDER_EVENT_MS).toBe(60_000);
  });
});

describe('a rollover', () => {
  const rules: CounterRules = { modulus: 65_536, maxPerSecond: 5, jitter: 0 };

  it('counts over the modulus where that is plausible, up to the limit', () => {
    expect(follow(rules, 65_534, 2).booked.at(-1)).toEqual([4, 'rollover']);
    expect(follow(rules, 65_534, 3).booked.at(-1)).toEqual([5, 'rollover']);
    expect(follow(rules, 65_534, 4).booked.at(-1)).toEqual([4, 'pendingReset']);
  });

  it('can land on nothing', () => {
    expect(follow(rules, 65_533, 0).booked.at(-1)).toEqual([3, 'rollover']);
  });

  it('without a limit is plausible up to half the modulus', () => {
    const open = { ...rules, maxPerSecond: null, modulus: 1000 };
    expect(follow(open, 600, 100).booked.at(-1)).toEqual([500, 'rollover']);
    expect(follow(open, 600, 101).booked.at(-1)).toEqual([101, 'pendingReset']);
  });

  it('needs a modulus, and readings that can stand in such a counter', () => {
    expect(follow({ ...rules, modulus: null }, 65_534, 2).booked.at(-1)).toEqual([2, 'pendingReset']);
    expect(follow({ ...rules, modulus: 100 }, 101, 1).booked.at(-1)).toEqual([1, 'pendingReset']);
    expect(follow({ ...rules, modulus: 100 }, 100, 1).booked.at(-1)).toEqual([1, 'rollover']);
    expect(follow({ ...rules, modulus: 100 }, 99, -1).booked.at(-1)).toEqual([0, 'pendingReset']);
  });
});

describe('a step that nothing explains', () => {
  it('waits for the next reading, provisionally: back counts its value, forward nothing', () => {
    const back = follow(LIMITED, 1000, 40);
    expect(back.last?.booking).toEqual({
      counted: 40,
      verdict: 'pendingReset',
      provisional: true,
      from: { t: 1000, raw: 1000 },
    });
    expect(back.state).toEqual({ accepted: { t: 1000, raw: 1000 }, pending: { t: 2000, raw: 40 } });
    expect(follow(LIMITED, 1000, -1).booked.at(-1)).toEqual([0, 'pendingReset']);
    expect(follow(LIMITED, 1000, 9000).last?.booking).toMatchObject({ counted: 0, provisional: true });
  });

  it('was a glitch where the next goes on from before it', () => {
    expect(follow(LIMITED, 1000, 0, 1001).booked).toEqual([
      [0, null],
      [0, 'glitch'],
      [1, null],
    ]);
    expect(follow(LIMITED, 1000, 9000, 1010).booked.slice(1)).toEqual([
      [0, 'glitch'],
      [10, null],
    ]);
  });

  it('was a glitch too where the next is jitter from before it', () => {
    const { booked, state } = follow({ ...LIMITED, jitter: 2 }, 1000, 0, 999);
    expect(booked.slice(1)).toEqual([
      [0, 'glitch'],
      [0, 'jitter'],
    ]);
    expect(state.accepted?.raw).toBe(1000);
  });

  it('was a reset where it was back and the next goes on from it', () => {
    const { booked, last, state } = follow(LIMITED, 1000, 3, 8);
    expect(booked.slice(1)).toEqual([
      [3, 'reset'],
      [5, null],
    ]);
    expect(last?.settled).toMatchObject({ provisional: false, from: { t: 1000, raw: 1000 } });
    expect(last?.booking).toMatchObject({ provisional: false, from: { t: 2000, raw: 3 } });
    expect(state).toEqual({ accepted: { t: 3000, raw: 8 }, pending: null });
    expect(follow(LIMITED, 1000, -4, -2).booked.slice(1)).toEqual([
      [0, 'reset'],
      [2, null],
    ]);
  });

  it('was a preset where it was forward and the next goes on from it: the jump counts nothing', () => {
    expect(follow(LIMITED, 1000, 9000, 9005).booked.slice(1)).toEqual([
      [0, 'preset'],
      [5, null],
    ]);
  });

  it('was a glitch where the next fits neither, and the next waits in its place', () => {
    const { booked, state } = follow(LIMITED, 1000, 9000, 500);
    expect(booked.slice(1)).toEqual([
      [0, 'glitch'],
      [500, 'pendingReset'],
    ]);
    expect(state).toEqual({ accepted: { t: 1000, raw: 1000 }, pending: { t: 3000, raw: 500 } });
  });

  it('lets the next be a reset at an order event, counted from before it', () => {
    const { booked } = follow(LIMITED, 1000, 9000, { raw: 6, orderEventNear: true });
    expect(booked.slice(1)).toEqual([
      [0, 'glitch'],
      [6, 'resetAtOrder'],
    ]);
  });
});
