import { describe, expect, it } from 'vitest';
import { alarmLevel, createDemandWatch } from './demand-alarm.ts';

const START = 1_000_000;
const HALF_HOUR = 1_800_000;
const SECOND = 1000;

function watch(levelKw: number | null = 100, errorKw = 0) {
  const own = createDemandWatch();
  return (seconds: number, predictedKw: number | null, start = START) =>
    own.at({ windowStart: start, now: start + seconds * SECOND, windowMs: HALF_HOUR, predictedKw, errorKw, levelKw })
      .isOn;
}

describe('the level above which a window costs money', () => {
  it('is what is agreed, or the peak that is billed already', () => {
    expect(alarmLevel({ agreedKw: 100, billedKw: 80 })).toBe(100);
    expect(alarmLevel({ agreedKw: 100, billedKw: 130 })).toBe(130);
    expect(alarmLevel({ agreedKw: null, billedKw: 80 })).toBe(80);
    expect(alarmLevel({ agreedKw: null, billedKw: null })).toBeNull();
  });
});

describe('the alarm of the running window', () => {
  it('waits until the forecast has stood above the level for half a minute', () => {
    const at = watch();
    expect([at(300, 101), at(310, 101), at(329, 101), at(330, 101)]).toEqual([false, false, false, true]);
  });
  it('begins to wait again after a dip', () => {
    const at = watch();
    expect([at(300, 101), at(320, 99), at(340, 101), at(369, 101), at(370, 101)]).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
  });
  it('is not set off by the first tenth of a window', () => {
    const at = watch();
    expect([at(10, 200), at(170, 200), at(180, 200)]).toEqual([false, false, true]);
  });
  it('stays until the forecast is clearly below, and does not flicker around the level', () => {
    const at = watch();
    at(300, 101);
    expect([at(340, 101), at(350, 99), at(360, 98), at(370, 97), at(380, 96.9), at(390, 99)]).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });
  it('ends with its window', () => {
    const at = watch();
    at(300, 120);
    expect(at(340, 120)).toBe(true);
    expect(at(200, 90, START + HALF_HOUR)).toBe(false);
  });
  it('counts half of the usual error on top, and knows nothing without a forecast or a level', () => {
    const unsure = watch(100, 8);
    unsure(300, 97);
    expect(unsure(330, 97)).toBe(true);
    const sure = watch(100, 0);
    sure(300, 97);
    expect(sure(330, 97)).toBe(false);
    expect(watch(null)(600, 500)).toBe(false);
    expect(watch()(600, null)).toBe(false);
  });
});
