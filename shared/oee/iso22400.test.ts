import { describe, expect, it } from 'vitest';
import { MINUTE } from '../time/instant.ts';
import { EARLY, factsOf, machine, makePlant, product, reason, type Stage } from './fixture.ts';
import { iso22400Of, isoElementOf } from './iso22400.ts';
import { judge } from './judge.ts';

/* RULES section 2 and the defaults of INTERFACES: setup AUST; small stop, idle, down ADET; maintenance, planned PDOT; no order ADOT. */

const START = Date.UTC(2026, 5, 1, 6);
const at = (minutes: number) => START + minutes * MINUTE;
const plant = makePlant({
  calendar: { ...EARLY, shifts: [{ ...EARLY.shifts[0]!, breaks: [{ start: '07:40', minutes: 10 }] }] },
  machines: [machine('m1', { idealCycleSeconds: null })],
  products: [product('A', 2), product('X', null)],
  reasons: [
    reason('noOrders', 'notScheduled'),
    reason('changeover', 'plannedStop', { iso22400: 'AUST' }),
    reason('clean', 'plannedStop'),
    reason('jam', 'unplannedStop'),
  ],
});

const DAY: readonly Stage[] = [
  { start: at(-10), state: 'running', product: 'A', good: 9 },
  { start: at(0), state: 'running', product: 'A', good: 20, reject: 5 },
  { start: at(40), state: 'down', product: 'A' },
  { start: at(43), state: 'running', product: 'A' },
  { start: at(45), state: 'down', reason: 'jam', product: 'A' },
  { start: at(55), state: 'setup', product: 'A' },
  { start: at(62), state: 'idle', reason: 'changeover', product: 'A' },
  { start: at(65), state: 'idle', reason: 'noOrders', product: 'A' },
  { start: at(80), state: 'maintenance', product: 'A' },
  { start: at(84), state: 'idle', reason: 'clean', product: 'A' },
  { start: at(90), state: 'unknown', product: 'A' },
  { start: at(92), state: 'running', product: 'A' },
];

function judged(stages: readonly Stage[], from: number, to: number) {
  return judge({ plant, machine: 'm1', ...factsOf('m1', stages, at(to)), entries: [], from: at(from), to: at(to) });
}

describe('the ISO 22400 view', () => {
  const iso = iso22400Of(judged(DAY, -10, 120), plant);

  it('puts every second of a shift without breaks into one element', () => {
    expect(iso).toMatchObject({
      // 40 + 2 + 8 + 10 minutes of running: the break from 100 to 110 is out.
      APT: 3600,
      AUST: 600,
      // 3 small, 10 down, 2 unknown.
      ADET: 900,
      ADOT: 900,
      AUPT: 4200,
      AUBT: 5100,
      PBT: 6000,
      POT: 6600,
    });
  });

  it('counts the pieces made in it', () => {
    expect(iso).toMatchObject({ PQ: 1000, GQ: 800 });
  });

  it('takes its ratios from them', () => {
    expect(iso.availability).toBeCloseTo(3600 / 6000, 12);
    expect(iso.effectiveness).toBeCloseTo(2000 / 3600, 12);
    expect(iso.qualityRatio).toBe(0.8);
    expect(iso.oeeIndex).toBeCloseTo((2000 / 6000) * 0.8, 12);
    expect(iso.neeIndex).toBeCloseTo((4200 / 6000) * (2000 / 3600) * 0.8, 12);
    expect(iso.allocationEfficiency).toBeCloseTo(5100 / 6000, 12);
    expect(iso.utilizationEfficiency).toBeCloseTo(3600 / 5100, 12);
    expect(iso.setupRatio).toBeCloseTo(600 / 4200, 12);
    expect(iso.technicalEfficiency).toBeCloseTo(3600 / 4500, 12);
  });

  it('leaves undefined what has nothing to divide by', () => {
    const none = iso22400Of(judged(DAY, -10, 0), plant);
    expect(none).toMatchObject({
      POT: 0,
      PQ: 0,
      availability: null,
      effectiveness: null,
      qualityRatio: null,
      oeeIndex: null,
    });
    const nothingMade = iso22400Of(judged([{ start: at(0), state: 'running', product: 'A' }], 0, 10), plant);
    expect(nothingMade).toMatchObject({ availability: 1, effectiveness: 0, qualityRatio: null, oeeIndex: null });
  });

  it('knows no effectiveness of pieces without an ideal cycle', () => {
    const part = judged([{ start: at(0), state: 'running', product: 'X', good: 1 }], 0, 10);
    expect(iso22400Of(part, plant)).toMatchObject({ effectiveness: null, oeeIndex: null, PQ: 10 });
    const idle = judged([{ start: at(0), state: 'running', product: 'X' }], 0, 10);
    expect(iso22400Of(idle, plant).effectiveness).toBe(0);
  });

  it('lets a reason say what it is', () => {
    const [span] = judged([{ start: at(0), state: 'down', reason: 'changeover' }], 0, 1);
    expect(span && isoElementOf(span, plant)).toBe('AUST');
    const [other] = judged([{ start: at(0), state: 'setup', reason: 'clean' }], 0, 1);
    expect(other && isoElementOf(other, plant)).toBe('AUST');
  });
});
