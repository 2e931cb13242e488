import type { StateInterval } from '#shared/oee/facts.ts';
import { HistorianError } from '#shared/store/historian.ts';
import { type Instant, MINUTE, minuteOf, type Span } from '#shared/time/instant.ts';
import type { WindowJudge } from '../kpi/judged-window.ts';

/** What a machine did at an instant: it ran, it stood in this stop (without end while it goes on), or nobody knows. */
export type AtInstant = 'running' | 'unknown' | Span;

export async function stopAt(windows: WindowJudge, machine: string, t: Instant): Promise<AtInstant> {
  const from = minuteOf(t);
  try {
    const { spans, known, intervals } = await windows.judge(machine, from, from + MINUTE);
    if (!known.some((piece) => piece.start <= t && t < piece.end)) return 'unknown';
    const span = spans.find((s) => s.start <= t && t < s.end);
    if (!span) return 'unknown';
    if (span.stretchStart === null) return 'running';
    return { start: span.stretchStart, end: endOfStop(intervals, t) };
  } catch (error) {
    if (error instanceof HistorianError) return 'unknown';
    throw error;
  }
}

function endOfStop(intervals: readonly StateInterval[], t: Instant): Instant {
  const running = intervals.find((i) => i.state === 'running' && i.start > t);
  return running?.start ?? Number.POSITIVE_INFINITY;
}
