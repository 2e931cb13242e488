import type { JudgedSpan } from './judged.ts';
import {
  coverageOf,
  type KpiRatios,
  type KpiSums,
  type MutableSums,
  plannedProductionSeconds,
  ratiosOf,
  zeroSums,
} from './sums.ts';

/** What `/kpi`, `replay` and every screen say about a scope and a window (INTERFACES, "replay queries and results"). */
export interface Figures {
  readonly seconds: {
    readonly all: number;
    readonly plannedProduction: number;
    /** Small stops in. */
    readonly run: number;
    readonly smallStop: number;
    readonly unplannedStop: number;
    readonly plannedStop: number;
    readonly unknown: number;
    readonly scheduleLoss: number;
    readonly break: number;
    readonly offShift: number;
  };
  readonly counts: {
    readonly total: number;
    readonly good: number;
    readonly reject: number;
    readonly unscheduledTotal: number;
    readonly unscheduledGood: number;
  };
  readonly idealSeconds: number;
  readonly idealGoodSeconds: number;
  readonly kpi: KpiRatios;
  readonly coverage: number | null;
}

/** Adds judged spans up. Pieces without an ideal cycle time add counts and no ideal seconds. */
export function sumSpans(spans: Iterable<JudgedSpan>): KpiSums {
  const sums = zeroSums();
  for (const span of spans) addSpan(sums, span);
  return sums;
}

export function addSpan(into: MutableSums, span: JudgedSpan): void {
  const seconds = (span.end - span.start) / 1000;
  into.allSeconds += seconds;
  switch (span.category) {
    case 'run':
      into.runSeconds += seconds;
      break;
    case 'smallStop':
      into.runSeconds += seconds;
      into.smallStopSeconds += seconds;
      break;
    case 'unplannedStop':
      into.unplannedStopSeconds += seconds;
      break;
    case 'plannedStop':
      into.plannedStopSeconds += seconds;
      break;
    case 'unknown':
      into.unknownSeconds += seconds;
      break;
    default:
      if (span.category === 'scheduleLoss') into.scheduleLossSeconds += seconds;
      else if (span.category === 'break') into.breakSeconds += seconds;
      else into.offShiftSeconds += seconds;
      into.unscheduledTotalCount += span.totalCount;
      into.unscheduledGoodCount += span.goodCount;
      return;
  }
  into.totalCount += span.totalCount;
  into.goodCount += span.goodCount;
  into.rejectCount += span.rejectCount;
  const ideal = span.idealSecondsPerPiece ?? 0;
  into.idealSeconds += ideal * span.totalCount;
  into.idealGoodSeconds += ideal * span.goodCount;
}

export function figuresOf(sums: KpiSums): Figures {
  return {
    seconds: {
      all: sums.allSeconds,
      plannedProduction: plannedProductionSeconds(sums),
      run: sums.runSeconds,
      smallStop: sums.smallStopSeconds,
      unplannedStop: sums.unplannedStopSeconds,
      plannedStop: sums.plannedStopSeconds,
      unknown: sums.unknownSeconds,
      scheduleLoss: sums.scheduleLossSeconds,
      break: sums.breakSeconds,
      offShift: sums.offShiftSeconds,
    },
    counts: {
      total: sums.totalCount,
      good: sums.goodCount,
      reject: sums.rejectCount,
      unscheduledTotal: sums.unscheduledTotalCount,
      unscheduledGood: sums.unscheduledGoodCount,
    },
    idealSeconds: sums.idealSeconds,
    idealGoodSeconds: sums.idealGoodSeconds,
    kpi: ratiosOf(sums),
    coverage: coverageOf(sums),
  };
}

/** In planned production time, so that its counts are scheduled ones. */
export function isPlanned(span: JudgedSpan): boolean {
  return span.category !== 'offShift' && span.category !== 'break' && span.category !== 'scheduleLoss';
}

/** The part of contiguous spans inside [from, to). A span cut elsewhere than at its bounds is shared out by seconds. */
export function clipSpans(spans: readonly JudgedSpan[], from: number, to: number): JudgedSpan[] {
  const clipped: JudgedSpan[] = [];
  for (let i = firstEndingAfter(spans, from); i < spans.length; i++) {
    const span = spans[i] as JudgedSpan;
    if (span.start >= to) break;
    clipped.push(
      span.start >= from && span.end <= to ? span : cutSpan(span, Math.max(span.start, from), Math.min(span.end, to)),
    );
  }
  return clipped;
}

export function cutSpan(span: JudgedSpan, start: number, end: number): JudgedSpan {
  const share = (end - start) / (span.end - span.start);
  return {
    ...span,
    start,
    end,
    totalCount: span.totalCount * share,
    goodCount: span.goodCount * share,
    rejectCount: span.rejectCount * share,
    estimated: true,
  };
}

export function firstEndingAfter(spans: readonly JudgedSpan[], t: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle] as JudgedSpan).end <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}
