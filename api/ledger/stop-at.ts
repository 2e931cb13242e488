import { HistorianError } from '#shared/store/historian.ts';
import { type Instant, MINUTE, minuteOf } from '#shared/time/instant.ts';
import type { WindowJudge } from '../kpi/judged-window.ts';

/** Whether a machine stood still at `t`; null where nothing is known of it. */
export async function isAtRest(windows: WindowJudge, machine: string, t: Instant): Promise<boolean | null> {
  const from = minuteOf(t);
  try {
    const { spans, known } = await windows.judge(machine, from, from + MINUTE);
    if (!known.some((piece) => piece.start <= t && t < piece.end)) return null;
    const span = spans.find((s) => s.start <= t && t < s.end);
    return span ? span.stretchStart !== null : null;
  } catch (error) {
    if (error instanceof HistorianError) return null;
    throw error;
  }
}
