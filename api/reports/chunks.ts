import type { Period } from '#shared/contract/rest.ts';
import { DAY, type Instant, type Span } from '#shared/time/instant.ts';
import { buckets } from '#shared/time/periods.ts';
import { groupsOf, shiftsOfLine } from '../kpi/bounds.ts';
import { lineOfScope } from '../kpi/energy-question.ts';
import { onePeriod } from '../kpi/kpi-question.ts';
import type { ReportQuestion } from './question.ts';

/** What is held in memory at once: a year of a hundred machines is read month by month. */
const CHUNK_MS = 28 * DAY;

/**
 * The window in pieces that no group crosses, so that a report is made row by row. Without a period it is cut at local
 * months, and the reader adds those of one key up.
 */
export function chunksOf({ plant, scope, from, until, by }: ReportQuestion): Span[] {
  const period: Period | null = by.includes('interval') ? 'day' : onePeriod(by);
  const line = lineOfScope(plant, scope);
  const shifts = line ? shiftsOfLine(plant, line, from, until) : [];
  const groups: readonly Span[] =
    period === null ? buckets(plant.site.timezone, from, until, 'month') : groupsOf(plant, period, shifts, from, until);
  const cuts: Instant[] = [from];
  let ended = from;
  for (const { start, end } of groups) {
    // Where shifts overlap, a later cut serves.
    if (end - (cuts.at(-1) ?? from) > CHUNK_MS && start > (cuts.at(-1) ?? from) && ended <= start) cuts.push(start);
    ended = Math.max(ended, end);
  }
  return cuts.map((start, i) => ({ start, end: cuts[i + 1] ?? until }));
}
