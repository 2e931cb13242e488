import type { StateInterval } from '#shared/oee/facts.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { HOUR, type Instant, MINUTE, type Span } from '#shared/time/instant.ts';
import type { JudgedWindow } from './judged-window.ts';

/*
 * What the judgement of a slice rests on: the slice, back to the start of the stretch that its start cuts, and on to the
 * end of the stretch that its end cuts. A fact or an entry outside cannot change it.
 */
export interface SliceOfMachine {
  readonly spans: readonly JudgedSpan[];
  readonly window: JudgedWindow;
}

/** Null while a stretch in it is still open: its class may change by time alone. */
export function contextOf(slice: Span, machines: readonly SliceOfMachine[]): Span | null {
  let { start, end } = slice;
  for (const { spans, window } of machines) {
    const first = spans[0];
    const last = spans.at(-1);
    if (last?.open) return null;
    if (first && first.stretchStart !== null) start = Math.min(start, first.stretchStart);
    if (last && last.stretchStart !== null) end = Math.max(end, stretchEnd(window.intervals, slice.end));
  }
  return { start, end };
}

/** End of the stretch that is under way at `t`; `t` where there is none. */
function stretchEnd(intervals: readonly StateInterval[], t: Instant): Instant {
  let end = t;
  for (const interval of intervals) {
    if (interval.start > end) break;
    if ((interval.end ?? Number.POSITIVE_INFINITY) <= end && interval.end !== t) continue;
    if (interval.state === 'running') {
      if (interval.start >= t) break;
      continue;
    }
    end = Math.max(end, interval.end ?? Number.POSITIVE_INFINITY);
  }
  return end;
}

/** Whether pieces cover the slice without a hole. */
export function isCovered(known: readonly Span[], slice: Span): boolean {
  let low = 0;
  let high = known.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((known[middle]?.end ?? 0) <= slice.start) low = middle + 1;
    else high = middle;
  }
  let at = slice.start;
  for (let i = low; i < known.length; i++) {
    const piece = known[i];
    if (!piece || piece.start > at || at >= slice.end) break;
    at = Math.max(at, piece.end);
  }
  return at >= slice.end;
}

/** How long a slice is kept: whole ones until something changes; others are asked for again, older ones less often. */
export function keepUntil(complete: boolean, slice: Span, now: Instant): Instant {
  if (complete) return Number.POSITIVE_INFINITY;
  return now + (now - slice.end < 2 * HOUR ? MINUTE / 6 : 10 * MINUTE);
}

/** Indices of missing slices that follow each other, in runs of limited length: the rest of the process gets a turn between. */
export function runsOf(slices: readonly Span[], missing: readonly number[], maxMs: number): number[][] {
  const runs: number[][] = [];
  for (const i of missing) {
    const run = runs.at(-1);
    const first = slices[run?.[0] ?? -1];
    const slice = slices[i];
    if (run && first && slice && run.at(-1) === i - 1 && slice.end - first.start <= maxMs) run.push(i);
    else runs.push([i]);
  }
  return runs;
}
