import { instant } from '../format/clock.ts';

/* Cumulative good pieces against the target, as points of one plane: x in the unit of `width`, y downwards in `height`. */
export interface CurveInput {
  readonly from: number;
  readonly to: number;
  /** Data holds up to here. */
  readonly asOf: number;
  /** ISO minute -> count at the END of that minute. */
  readonly curve: Readonly<Record<string, number>>;
  readonly good: number | null;
  readonly targetCurve: readonly (readonly [string, number])[];
  /** Target so far and at the shift's end. */
  readonly targetCount: number | null;
  readonly targetAtEnd: number | null;
  readonly projectedCount: number | null;
  readonly breaks: readonly { readonly start: number; readonly end: number }[];
}

export type Point = readonly [number, number];

export interface CurveShape {
  readonly actual: readonly Point[];
  readonly target: readonly Point[];
  readonly projection: readonly Point[];
  /** Closed area between target and actual up to `asOf`. */
  readonly gap: readonly Point[];
  /** The gap that this pace leaves at the shift's end: x and the two heights; null without a projection or a target. */
  readonly endGap: { readonly x: number; readonly top: number; readonly bottom: number } | null;
  /** Height of the target line over x. */
  targetY(x: number): number | null;
  /** The lowest line (largest y) at x, to put a label under it. */
  lowestY(x: number): number;
}

export function curveShape(input: CurveInput, width: number, height: number): CurveShape {
  const counts = countPoints(input);
  const target = targetPoints(input);
  const projection = projected(input);
  const top = Math.max(1, ...[...target, ...counts, ...projection].map(([, count]) => count));
  const x = (t: number): number => ((t - input.from) / (input.to - input.from)) * width;
  const y = (count: number): number => height - (count / top) * height;
  const place = (points: readonly Point[]): Point[] => points.map(([t, count]) => [x(t), y(count)]);

  const lastTarget = target.at(-1);
  const lastProjected = projection.at(-1);
  const drawn = { actual: place(counts), target: place(target), projection: place(projection) };
  return {
    ...drawn,
    gap: target.length > 1 && counts.length > 1 ? place(gapBetween(counts, target)) : [],
    endGap:
      lastTarget && lastProjected
        ? {
            x: width,
            top: y(Math.max(lastTarget[1], lastProjected[1])),
            bottom: y(Math.min(lastTarget[1], lastProjected[1])),
          }
        : null,
    targetY: (at) => valueAt(drawn.target, at),
    lowestY: (at) =>
      Math.max(valueAt(drawn.target, at) ?? 0, valueAt(drawn.projection, at) ?? 0, valueAt(drawn.actual, at) ?? 0),
  };
}

/** The server's corner points; where it sends none, straight through the target so far and the target at the end. */
function targetPoints(input: CurveInput): Point[] {
  const corners = input.targetCurve.flatMap(([at, count]): Point[] => {
    const t = instant(at);
    return t === null ? [] : [[t, count]];
  });
  const { from, to, asOf, targetCount, targetAtEnd } = input;
  if (corners.length > 0 || targetCount === null || targetAtEnd === null) return corners;
  const before = acrossBreaks(from, Math.min(asOf, to), 0, targetCount, input.breaks);
  return asOf < to ? [...before, ...acrossBreaks(asOf, to, targetCount, targetAtEnd, input.breaks).slice(1)] : before;
}

/** The count at the end of each minute, from zero at the shift's start to the count now. */
function countPoints(input: CurveInput): Point[] {
  const points: [number, number][] = [];
  for (const [minute, count] of Object.entries(input.curve)) {
    const t = instant(minute);
    if (t !== null && t >= input.from && t < Math.min(input.asOf, input.to))
      points.push([Math.min(t + 60_000, input.asOf), count]);
  }
  points.sort((a, b) => a[0] - b[0]);
  const end = Math.min(input.asOf, input.to);
  const last = points.at(-1);
  if (last && input.good !== null && end >= last[0]) {
    if (end - last[0] < 1000) last[1] = Math.max(last[1], input.good);
    else points.push([end, input.good]);
  }
  return points.length > 0 ? [[input.from, 0], ...points] : [];
}

/** From now to the projected count at the end: rising in planned time, flat in the breaks to come. */
function projected(input: CurveInput): Point[] {
  const { asOf, to, good, projectedCount } = input;
  if (good === null || projectedCount === null || asOf >= to) return [];
  return acrossBreaks(asOf, to, good, projectedCount, input.breaks);
}

/** Even rise from one count to another over the time that is no break; empty where all of it is break. */
function acrossBreaks(from: number, to: number, first: number, last: number, breaks: CurveInput['breaks']): Point[] {
  const pauses = breaks
    .map((pause) => ({ start: Math.max(pause.start, from), end: Math.min(pause.end, to) }))
    .filter((pause) => pause.end > pause.start)
    .sort((a, b) => a.start - b.start);
  const worked = to - from - pauses.reduce((sum, pause) => sum + pause.end - pause.start, 0);
  if (worked <= 0) return [];
  const rate = (last - first) / worked;
  const points: Point[] = [[from, first]];
  let count = first;
  let t = from;
  for (const pause of pauses) {
    count += (pause.start - t) * rate;
    points.push([pause.start, count], [pause.end, count]);
    t = pause.end;
  }
  points.push([to, last]);
  return points;
}

function gapBetween(counts: readonly Point[], target: readonly Point[]): Point[] {
  const end = counts.at(-1)?.[0] ?? 0;
  const start = counts[0]?.[0] ?? 0;
  const corners = target.filter(([t]) => t > start && t < end);
  const first = valueAt(target, start);
  const last = valueAt(target, end);
  const upper: Point[] = [
    ...(first === null ? [] : [[start, first] as const]),
    ...corners,
    ...(last === null ? [] : [[end, last] as const]),
  ];
  return [...counts, ...upper.reverse()];
}

/** Linear between points; null outside of them. */
export function valueAt(points: readonly Point[], at: number): number | null {
  for (let i = 1; i < points.length; i += 1) {
    const a = points[i - 1];
    const b = points[i];
    if (!a || !b || at < a[0] || at > b[0]) continue;
    return b[0] === a[0] ? b[1] : a[1] + ((b[1] - a[1]) * (at - a[0])) / (b[0] - a[0]);
  }
  return null;
}

export function svgPoints(points: readonly Point[]): string {
  return points.map(([x, y]) => `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`).join(' ');
}
