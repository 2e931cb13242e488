import type { Plant } from '../plant/model.ts';
import type { Instant } from '../time/instant.ts';
import { addSpan } from './figures.ts';
import type { JudgedSpan } from './judged.ts';
import { stopsOf } from './stops.ts';
import { plannedProductionSeconds, zeroSums } from './sums.ts';

export interface Reliability {
  /** Failures that began in the window. A failure is a stretch with an unplanned, not external, not small stop. */
  readonly failures: number;
  /** Run seconds / failures; null without a failure (RULES section 2: ISO divides by failures + 1, we do not). */
  readonly mtbfSeconds: number | null;
  /** Mean length of the failures that began and ended in the window; null without one. */
  readonly mttrSeconds: number | null;
  /** Availability with external stops (starved, blocked) taken out of planned time; null without planned time. */
  readonly inherentAvailability: number | null;
}

/** Of judged spans of one machine over one window. */
export function reliabilityOf(spans: readonly JudgedSpan[], plant: Plant): Reliability {
  const from = spans[0]?.start ?? Number.POSITIVE_INFINITY;
  const failures = new Map<Instant, { start: Instant; end: Instant | null }>();
  let externalSeconds = 0;
  for (const stop of stopsOf(spans, plant)) {
    if (stop.category !== 'unplannedStop') continue;
    if (stop.external) externalSeconds += stop.seconds;
    else if (stop.stretchStart >= from) {
      const known = failures.get(stop.stretchStart);
      failures.set(stop.stretchStart, { start: known?.start ?? stop.start, end: stop.end });
    }
  }
  const sums = zeroSums();
  for (const span of spans) addSpan(sums, span);
  const windowEnd = spans.at(-1)?.end ?? from;
  const ended = [...failures.values()].flatMap((f) => (f.end !== null && f.end < windowEnd ? [f.end - f.start] : []));
  const inherentSeconds = plannedProductionSeconds(sums) - externalSeconds;
  return {
    failures: failures.size,
    mtbfSeconds: failures.size > 0 ? sums.runSeconds / failures.size : null,
    mttrSeconds: ended.length > 0 ? ended.reduce((a, b) => a + b, 0) / ended.length / 1000 : null,
    inherentAvailability: inherentSeconds > 0 ? sums.runSeconds / inherentSeconds : null,
  };
}
