import { describe, expect, it } from 'vitest';
import { MINUTE } from '../time/instant.ts';
import { EARLY, factsOf, makePlant, reason, type Stage } from './fixture.ts';
import { judge } from './judge.ts';
import { reliabilityOf } from './reliability.ts';

/* RULES section 2: run time / failures that began in the window; mean length of those that also ended in it. */

const START = Date.UTC(2026, 5, 1, 6);
const at = (minutes: number) => START + minutes * MINUTE;
const plant = makePlant({
  calendar: EARLY,
  reasons: [
    reason('jam', 'unplannedStop'),
    reason('starved', 'unplannedStop', { external: true }),
    reason('clean', 'plannedStop'),
  ],
});

function of(stages: readonly Stage[], window: { from?: number; to?: number; end?: number; open?: boolean } = {}) {
  const to = window.to ?? 100;
  const facts = factsOf('m1', stages, at(window.end ?? to), window.open);
  return reliabilityOf(
    judge({ plant, machine: 'm1', ...facts, entries: [], from: at(window.from ?? 0), to: at(to) }),
    plant,
  );
}

const running = (minutes: number): Stage => ({ start: at(minutes), state: 'running' });
const down = (minutes: number, why?: string): Stage => ({ start: at(minutes), state: 'down', reason: why ?? null });

describe('reliability', () => {
  it('of two failures', () => {
    expect(of([running(0), down(10), running(20), down(40), running(70)])).toEqual({
      failures: 2,
      mtbfSeconds: (60 * 60) / 2,
      mttrSeconds: 20 * 60,
      inherentAvailability: 0.6,
    });
  });

  it('takes a stop with two reasons for one failure, as long as both', () => {
    expect(of([running(0), down(10), down(20, 'jam'), running(40)])).toMatchObject({ failures: 1, mttrSeconds: 1800 });
  });

  it('counts no failure that began before the window, but one at its first second', () => {
    const stages = [running(0), down(10), running(20), down(30), running(50)];
    expect(of(stages, { from: 15 })).toMatchObject({ failures: 1, mttrSeconds: 1200 });
    expect(of(stages, { from: 10 })).toMatchObject({ failures: 2, mttrSeconds: 900 });
  });

  it('repairs only what ended in the window', () => {
    expect(of([running(0), down(90)], { open: true })).toMatchObject({ failures: 1, mttrSeconds: null });
    const cut = [running(0), down(50), running(120)];
    expect(of(cut, { to: 100, end: 130 })).toMatchObject({ failures: 1, mtbfSeconds: 3000, mttrSeconds: null });
    expect(of([running(0), down(90), running(100)], { to: 101 })).toMatchObject({ mttrSeconds: 600 });
  });

  it('is without small, planned and external stops, and takes external ones out of planned time', () => {
    const stages = [
      running(0),
      down(10),
      running(12),
      down(20, 'clean'),
      running(30),
      down(40, 'starved'),
      running(60),
    ];
    expect(of(stages)).toEqual({
      failures: 0,
      mtbfSeconds: null,
      mttrSeconds: null,
      // 70 minutes of run, small stops in, of 80 that were not for others to give.
      inherentAvailability: 70 / 80,
    });
  });

  it('is undefined without planned time', () => {
    expect(of([running(-60)], { from: -60, to: -30 })).toEqual({
      failures: 0,
      mtbfSeconds: null,
      mttrSeconds: null,
      inherentAvailability: null,
    });
    expect(reliabilityOf([], plant)).toMatchObject({ failures: 0, inherentAvailability: null });
  });
});
