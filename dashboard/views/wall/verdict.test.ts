import { describe, expect, it } from 'vitest';
import type { DemandView, FiguresView } from '#shared/contract/socket.ts';
import { demandPicture } from './demand.ts';
import { shiftWindow } from './shift-window.ts';
import { wallUnit } from './unit.ts';
import { biggestLoss, verdictOf } from './verdict.ts';

function figures(
  good: number,
  target: number | null,
  kpi: Partial<FiguresView['kpi']> = {},
  targetOee: number | null = 0.75,
): FiguresView {
  return {
    counts: { good },
    targetCount: target,
    targetAtEnd: target === null ? null : target * 2,
    projectedCount: good * 2,
    targetOee,
    kpi: { availability: 0.76, performance: 0.921, quality: 0.987, oee: 0.691, ...kpi },
  } as unknown as FiguresView;
}

describe('verdict', () => {
  it('gives the gap without a sign: the word carries it', () => {
    expect(verdictOf(figures(33_373, 36_240))).toMatchObject({
      gap: 2867,
      word: 'behind',
      warn: true,
      endGap: 5734,
      endWord: 'short',
    });
    expect(verdictOf(figures(110, 100))).toMatchObject({ gap: 10, word: 'ahead', warn: false, endWord: 'over' });
    expect(verdictOf(figures(100, 100.2))).toMatchObject({ gap: 0, word: 'on target' });
  });
  it('warns only beyond five percent', () => {
    expect(verdictOf(figures(950, 1000)).warn).toBe(false);
    expect(verdictOf(figures(949, 1000)).warn).toBe(true);
  });
  it('has no opinion without a target or without figures', () => {
    expect(verdictOf(figures(950, null))).toMatchObject({
      good: 950,
      gap: null,
      word: null,
      endGap: null,
      warn: false,
    });
    expect(verdictOf(null)).toMatchObject({ good: null, gap: null, word: null });
  });
});

describe('biggest loss', () => {
  it('is the lowest factor while OEE is under its target', () => {
    expect(biggestLoss(figures(1, 1))).toBe('availability');
    expect(biggestLoss(figures(1, 1, { availability: 0.99, performance: 0.7 }))).toBe('performance');
  });
  it('is nothing at target, without a target, or without figures', () => {
    expect(biggestLoss(figures(1, 1, { oee: 0.75 }))).toBeNull();
    expect(biggestLoss(figures(1, 1, {}, null))).toBeNull();
    expect(biggestLoss(null)).toBeNull();
  });
});

describe('wall unit', () => {
  it('shows the same picture on every 16:9 screen', () => {
    expect(wallUnit(1920, 1080)).toEqual({ shape: 'wide', px: 1, width: 1920, height: 1080 });
    expect(wallUnit(3840, 2160)).toEqual({ shape: 'wide', px: 2, width: 1920, height: 1080 });
  });
  it('drops the right column on 4:3 and tablets, and stands upright in portrait', () => {
    expect(wallUnit(1180, 820).shape).toBe('tall');
    expect(wallUnit(1440, 900).shape).toBe('wide');
    expect(wallUnit(1080, 1920)).toMatchObject({ shape: 'upright', width: 1080 });
  });
  it('never grows higher than the screen', () => {
    expect(wallUnit(3440, 1080).px).toBe(1);
  });
});

describe('demand', () => {
  const start = Date.parse('2026-06-01T06:00:00Z');
  const iso = (minutes: number): string => new Date(start + minutes * 60_000).toISOString();
  const shift = { from: start, to: start + 8 * 3_600_000, breaks: [] };
  const demand = (predictedKw: number | null): DemandView => ({
    meter: 'm',
    windowMinutes: 30,
    start: iso(60),
    end: iso(90),
    endLabel: '07:30',
    kWhSoFar: 230,
    powerKw: 1140,
    predictedKw,
    limitKw: 1250,
    blocks: { [iso(0)]: 1000, [iso(30)]: null, [iso(-30)]: 900 },
  });
  it('shows complete windows of the shift and the running one as used and expected', () => {
    const { bars, topKw, level } = demandPicture(demand(1135), shift, 320);
    expect(bars.map((bar) => [Math.round(bar.x), bar.usedKw, bar.expectedKw, bar.running])).toEqual([
      [2, 1000, 1000, false],
      [42, 460, 1135, true],
    ]);
    expect(topKw).toBe(1250);
    expect(level).toBe('normal');
  });
  it('turns amber above 95 % of the limit and red above it', () => {
    expect(demandPicture(demand(1190), shift, 320).level).toBe('near');
    expect(demandPicture(demand(1251), shift, 320).level).toBe('over');
    expect(demandPicture(demand(null), shift, 320).level).toBe('normal');
  });
});

it('takes eight hours up to the next full hour where no shift runs', () => {
  const now = Date.parse('2026-06-01T11:42:00Z');
  expect(shiftWindow(null, now)).toEqual({
    from: Date.parse('2026-06-01T04:00:00Z'),
    to: Date.parse('2026-06-01T12:00:00Z'),
    breaks: [],
  });
});
