import { type Line, type Plant, valueAt } from '../plant/model.ts';
import type { Instant } from '../time/instant.ts';
import { clipSpans, cutSpan, sumSpans } from './figures.ts';
import type { JudgedSpan } from './judged.ts';
import { addSums, type KpiSums, zeroSums } from './sums.ts';

/*
 * Lines (RULES section 4).
 *
 * - A line with a constraint has the constraint's seconds and categories, and its ideal cycle. Good is what the last
 *   machine in flow order put out, total is good plus the rejects of every machine of the line, each x its `piecesPerCount`.
 * - Every second is placed by the constraint: what another machine makes while the constraint is off shift is unscheduled.
 * - A line without a constraint is the sum of its machines, in their own counts. Areas and plants are sums of lines.
 */

/**
 * Sums of a line. `spans` holds judged spans of every machine of the line, by machine id, all over the same window. `at`
 * picks the version of `constraint`; leave it out to take at each second the one in force then.
 */
export function lineSums(
  plant: Plant,
  lineId: string,
  spans: ReadonlyMap<string, readonly JudgedSpan[]>,
  at?: Instant,
): KpiSums {
  const line = lineOf(plant, lineId);
  if (line.constraint) return sumSpans(lineSpans(plant, lineId, spans, at));
  const sums = zeroSums();
  for (const machine of line.machines) addSums(sums, sumSpans(spans.get(machine) ?? []));
  return sums;
}

/** Sums of several lines: an area or the whole site. */
export function sumLines(
  plant: Plant,
  lineIds: Iterable<string>,
  spans: ReadonlyMap<string, readonly JudgedSpan[]>,
  at?: Instant,
): KpiSums {
  const sums = zeroSums();
  for (const id of lineIds) addSums(sums, lineSums(plant, id, spans, at));
  return sums;
}

/** The machine that a line's time is measured at; null where the line has none. */
export function constraintAt(plant: Plant, lineId: string, at: Instant): string | null {
  const { constraint } = lineOf(plant, lineId);
  return constraint && valueAt(constraint, at);
}

/**
 * A line with a constraint as one machine: the constraint's spans with the line's counts, in pieces, and its ideal seconds
 * per piece. Targets, losses, hours and products of a line are those of these spans. Without a constraint: none.
 */
export function lineSpans(
  plant: Plant,
  lineId: string,
  spans: ReadonlyMap<string, readonly JudgedSpan[]>,
  at?: Instant,
): JudgedSpan[] {
  const line = lineOf(plant, lineId);
  const versions = line.constraint;
  if (!versions) return [];
  if (at !== undefined || versions.length === 1) {
    return placedBy(plant, line, valueAt(versions, at ?? Number.NEGATIVE_INFINITY), spans);
  }
  return versions.flatMap(({ validFrom, value }, i) => {
    const until = versions[i + 1]?.validFrom ?? Number.POSITIVE_INFINITY;
    const part = new Map([...spans].map(([machine, list]) => [machine, clipSpans(list, validFrom, until)]));
    return placedBy(plant, line, value, part);
  });
}

type LineSpan = { -readonly [K in keyof JudgedSpan]: JudgedSpan[K] };

function placedBy(
  plant: Plant,
  line: Line,
  constraint: string,
  spans: ReadonlyMap<string, readonly JudgedSpan[]>,
): JudgedSpan[] {
  const perCount = (machine: string) => plant.machines.get(machine)?.piecesPerCount ?? 1;
  const placed: LineSpan[] = (spans.get(constraint) ?? []).map((span) => ({
    ...span,
    totalCount: 0,
    goodCount: 0,
    rejectCount: 0,
    idealSecondsPerPiece: span.idealSecondsPerPiece === null ? null : span.idealSecondsPerPiece / perCount(constraint),
  }));
  const last = line.machines.at(-1);
  for (const machine of line.machines) {
    const pieces = perCount(machine);
    spread(spans.get(machine) ?? [], placed, (into, part) => {
      const reject = part.rejectCount * pieces;
      const good = machine === last ? part.goodCount * pieces : 0;
      into.goodCount += good;
      into.rejectCount += reject;
      into.totalCount += good + reject;
      if (part.estimated && (good !== 0 || reject !== 0)) into.estimated = true;
    });
  }
  return placed;
}

/** Walks two contiguous lists at once; a span that several of `placed` share is cut by seconds. */
function spread(
  list: readonly JudgedSpan[],
  placed: readonly LineSpan[],
  book: (into: LineSpan, part: JudgedSpan) => void,
): void {
  let i = 0;
  for (const span of list) {
    if (span.goodCount === 0 && span.rejectCount === 0) continue;
    while (i < placed.length && (placed[i] as LineSpan).end <= span.start) i++;
    for (let k = i; k < placed.length; k++) {
      const into = placed[k] as LineSpan;
      if (into.start >= span.end) break;
      const start = Math.max(span.start, into.start);
      const end = Math.min(span.end, into.end);
      book(into, start === span.start && end === span.end ? span : cutSpan(span, start, end));
    }
  }
}

function lineOf(plant: Plant, lineId: string): Line {
  const line = plant.lines.get(lineId);
  if (!line) throw new RangeError(`the plant has no line "${lineId}"`);
  return line;
}
