import type { DeskAnswer } from '#shared/contract/desk.ts';
import type { NoteAnswer } from '#shared/contract/operator.ts';
import { isCounted } from '#shared/oee/counted.ts';
import { clipSpans, isPlanned } from '#shared/oee/figures.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { constraintAt, lineSpans } from '#shared/oee/line.ts';
import { sumCurves, targetCurve } from '#shared/oee/target.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { ShiftInstance } from '#shared/time/calendar.ts';
import { type Instant, toIso } from '#shared/time/instant.ts';
import { buckets } from '#shared/time/periods.ts';
import { clockLabel } from '#shared/time/zone.ts';
import type { AskedShift } from './shift.ts';

/** The machines whose pieces are the scope's, each with its spans: of a line with a constraint that, with the line's counts. */
export function leadSpans(
  plant: Plant,
  { scope, line, shift }: AskedShift,
  byMachine: ReadonlyMap<string, readonly JudgedSpan[]>,
): [string, readonly JudgedSpan[]][] {
  const constraint = scope.kind === 'line' ? constraintAt(plant, line.id, shift.start) : null;
  return constraint === null ? [...byMachine] : [[constraint, lineSpans(plant, line.id, byMachine)]];
}

/** The shift hour by hour on the local clock: pieces due and made, the biggest loss, what people said about it. */
export function hourBoard(
  plant: Plant,
  shift: ShiftInstance,
  leads: readonly (readonly [string, readonly JudgedSpan[]])[],
  comments: readonly NoteAnswer[],
  now: Instant,
): DeskAnswer['hours'] {
  const zone = plant.site.timezone;
  const counted = leads.filter(([id]) => {
    const machine = plant.machines.get(id);
    return machine !== undefined && isCounted(machine);
  });
  const curve = sumCurves(counted.map(([machine, spans]) => targetCurve({ plant, machine, spans, shift, now })));
  return buckets(zone, shift.start, shift.end, 'hour').map(({ start, end }) => {
    const begun = start < now && counted.length > 0;
    let good = 0;
    let reject = 0;
    for (const [, spans] of counted) {
      for (const span of clipSpans(spans, start, end)) {
        if (!isPlanned(span)) continue;
        good += span.goodCount;
        reject += span.rejectCount;
      }
    }
    const lost = new Map<string, { name: string; seconds: number }>();
    let stopSeconds = 0;
    for (const [, spans] of leads) {
      for (const span of clipSpans(spans, start, end)) {
        const { category } = span;
        if (category !== 'unplannedStop' && category !== 'plannedStop' && category !== 'smallStop') continue;
        const seconds = (span.end - span.start) / 1000;
        const reason = span.reason === null ? null : (plant.reasons.get(span.reason)?.name ?? span.reason);
        const name = reason ?? (category === 'smallStop' ? 'Minor stops' : 'No reason yet');
        stopSeconds += seconds;
        lost.set(name, { name, seconds: (lost.get(name)?.seconds ?? 0) + seconds });
      }
    }
    const [top] = [...lost.values()].sort((a, b) => b.seconds - a.seconds);
    return {
      start: toIso(start),
      end: toIso(end),
      startLabel: clockLabel(zone, start),
      endLabel: clockLabel(zone, end),
      target: curve.length > 0 ? valueOn(curve, end) - valueOn(curve, start) : null,
      targetSoFar: begun && curve.length > 0 ? valueOn(curve, Math.min(end, now)) - valueOn(curve, start) : null,
      good: begun ? good : null,
      reject: begun ? reject : null,
      stopSeconds,
      topLoss: top ?? null,
      comments: comments.filter((c) => c.at >= toIso(start) && c.at < toIso(end)),
    };
  });
}

/** On straight lines through corner points [instant, count]; level before the first and after the last. */
function valueOn(curve: readonly (readonly [Instant, number])[], t: Instant): number {
  let before = curve[0];
  for (const point of curve) {
    if (point[0] >= t) {
      if (!before || point[0] === before[0]) return point[1];
      return before[1] + ((point[1] - before[1]) * (t - before[0])) / (point[0] - before[0]);
    }
    before = point;
  }
  return before?.[1] ?? 0;
}
