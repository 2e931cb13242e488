import { type Plant, valueAt } from '../plant/model.ts';
import type { ShiftInstance } from '../time/calendar.ts';
import type { Instant } from '../time/instant.ts';
import { isPlanned } from './figures.ts';
import { idealSecondsPerPiece } from './ideal.ts';
import { scheduleOf } from './judge.ts';
import type { JudgedSpan } from './judged.ts';

/*
 * Targets in pieces (INTERFACES): the sum over planned seconds of targetOee / ideal cycle of the product then. Planned stops
 * stay in, breaks are flat. For a line pass its `lineSpans` and its constraint: then all counts are the line's pieces.
 *
 * - Time nobody knows anything about keeps the product before it.
 * - Null where the machine has no target or no ideal cycle time.
 */
export interface TargetInput {
  readonly plant: Plant;
  /** The machine whose target and calendar count; of a line its constraint. */
  readonly machine: string;
  /** Judged spans of the shift up to `now`; `projectedCount` may be given earlier ones too. */
  readonly spans: readonly JudgedSpan[];
  readonly shift: ShiftInstance;
  readonly now: Instant;
}

interface Slope {
  readonly start: Instant;
  readonly end: Instant;
  /** Pieces per second. */
  readonly rate: number;
}

/** Pieces due by the end of `spans`, from their start. */
export function targetCount(plant: Plant, machine: string, spans: readonly JudgedSpan[]): number | null {
  const slopes = slopesSoFar(plant, machine, spans);
  return slopes && countOf(slopes);
}

/** Pieces due at the end of the shift: as so far, and at the present product over all planned time left. */
export function targetAtEnd(input: TargetInput): number | null {
  const slopes = slopesOf(input);
  return slopes && countOf(slopes);
}

/** Corner points [instant, pieces due] of the target over the whole shift: straight lines between them. Empty without a target. */
export function targetCurve(input: TargetInput): (readonly [Instant, number])[] {
  const slopes = slopesOf(input);
  if (!slopes) return [];
  const points: [Instant, number][] = [[input.shift.start, 0]];
  let count = 0;
  let rate: number | null = null;
  for (const slope of slopes) {
    const last = points.at(-1);
    if (rate === slope.rate && last && points.length > 1) points.pop();
    count += ((slope.end - slope.start) / 1000) * slope.rate;
    points.push([slope.end, count]);
    rate = slope.rate;
  }
  return points;
}

/** The sum of several targets over one shift, cornered wherever one of them is. Empty where one of them has no target. */
export function sumCurves(
  curves: readonly (readonly (readonly [Instant, number])[])[],
): (readonly [Instant, number])[] {
  if (curves.some((curve) => curve.length === 0)) return [];
  const corners = [...new Set(curves.flatMap((curve) => curve.map(([t]) => t)))].sort((a, b) => a - b);
  const next = curves.map(() => 1);
  return corners.map((t) => {
    let sum = 0;
    curves.forEach((curve, i) => {
      let at = next[i] ?? 1;
      while (at + 1 < curve.length && (curve[at]?.[0] ?? t) < t) at += 1;
      next[i] = at;
      sum += between(curve[at - 1], curve[at], t);
    });
    return [t, sum] as const;
  });
}

/** On the straight line through two points, level before the first and after the second. */
function between(
  from: readonly [Instant, number] | undefined,
  to: readonly [Instant, number] | undefined,
  t: Instant,
): number {
  if (!from || !to || t >= to[0]) return (to ?? from)?.[1] ?? 0;
  if (t <= from[0]) return from[1];
  return from[1] + ((to[1] - from[1]) * (t - from[0])) / (to[0] - from[0]);
}

/**
 * Good pieces at the end of the shift at this pace: good so far + good rate of the last 60 planned minutes x planned time
 * left. Null before the first planned second.
 */
export function projectedCount({ plant, machine, spans, shift, now }: TargetInput): number | null {
  let good = 0;
  let recentGood = 0;
  let recentSeconds = 0;
  for (let i = spans.length - 1; i >= 0; i--) {
    const span = spans[i] as JudgedSpan;
    if (!isPlanned(span)) continue;
    if (span.start >= shift.start) good += span.goodCount;
    const seconds = (span.end - span.start) / 1000;
    const share = Math.min(1, (RATE_SECONDS - recentSeconds) / seconds);
    recentGood += span.goodCount * share;
    recentSeconds += seconds * share;
    if (recentSeconds >= RATE_SECONDS && span.start < shift.start) break;
  }
  if (recentSeconds === 0) return null;
  return good + (recentGood / recentSeconds) * plannedSecondsLeft(plant, machine, now, shift.end);
}

const RATE_SECONDS = 3600;

/** Seconds of shift without breaks in [from, to). */
export function plannedSecondsLeft(plant: Plant, machine: string, from: Instant, to: Instant): number {
  let seconds = 0;
  for (const { start, end } of plannedAhead(plant, machine, from, to)) seconds += (end - start) / 1000;
  return seconds;
}

function plannedAhead(plant: Plant, machineId: string, from: Instant, to: Instant) {
  const machine = plant.machines.get(machineId);
  if (!machine || from >= to) return [];
  return scheduleOf(plant, machine, from, to).filter((s) => s.kind === 'shift');
}

function slopesSoFar(plant: Plant, machineId: string, spans: readonly JudgedSpan[]): Slope[] | null {
  const target = plant.machines.get(machineId)?.targetOee;
  if (!target) return null;
  let ideal = firstIdeal(plant, machineId, spans);
  if (ideal === null) return null;
  const slopes: Slope[] = [];
  for (const span of spans) {
    ideal = span.idealSecondsPerPiece ?? ideal;
    slopes.push({ start: span.start, end: span.end, rate: isPlanned(span) ? valueAt(target, span.start) / ideal : 0 });
  }
  return slopes;
}

function firstIdeal(plant: Plant, machineId: string, spans: readonly JudgedSpan[]): number | null {
  for (const span of spans) if (span.idealSecondsPerPiece !== null) return span.idealSecondsPerPiece;
  return idealSecondsPerPiece(plant, machineId, '', spans[0]?.start ?? Number.NEGATIVE_INFINITY);
}

function slopesOf({ plant, machine, spans, shift, now }: TargetInput): Slope[] | null {
  const own = spans.filter((s) => s.start >= shift.start);
  const slopes = slopesSoFar(plant, machine, own);
  const target = plant.machines.get(machine)?.targetOee;
  if (!slopes || !target) return null;
  let ideal = firstIdeal(plant, machine, own);
  for (const span of own) ideal = span.idealSecondsPerPiece ?? ideal;
  if (ideal === null) return null;
  let cursor = own.at(-1)?.end ?? Math.max(now, shift.start);
  for (const { start, end } of plannedAhead(plant, machine, cursor, shift.end)) {
    if (start > cursor) slopes.push({ start: cursor, end: start, rate: 0 });
    slopes.push({ start, end, rate: valueAt(target, start) / ideal });
    cursor = end;
  }
  if (cursor < shift.end) slopes.push({ start: cursor, end: shift.end, rate: 0 });
  return slopes;
}

function countOf(slopes: readonly Slope[]): number {
  let count = 0;
  for (const { start, end, rate } of slopes) count += ((end - start) / 1000) * rate;
  return count;
}
