import type { HistorianWriter } from '#shared/store/historian.ts';
import { DAY, MINUTE } from '#shared/time/instant.ts';
import type { HistorianKeeping } from './sink.ts';

export const KEEP_MINUTES_YEARS = 3;
const FIRST_AFTER_MS = MINUTE;
/** Between two bites facts are written. */
const BREATH_MS = 20;
const YEAR_DAYS = 365.25;

/** Once a day what is too old goes, a bite at a time. A refusal (full disk, lock) waits for the next day. */
export function startRetention(
  writer: HistorianWriter,
  { clock, counters, minutesYears = KEEP_MINUTES_YEARS }: HistorianKeeping,
): () => void {
  let stopped = false;
  let cancel: () => void = () => {};

  async function bite(): Promise<void> {
    let more = false;
    try {
      more = (await writer.prune?.(clock.now() - minutesYears * YEAR_DAYS * DAY)) ?? false;
      if (more) counters.count('historian_days_pruned');
    } catch {
      counters.count('historian_prune_refused');
    }
    if (!stopped) cancel = clock.after(more ? BREATH_MS : DAY, () => void bite());
  }

  if (writer.prune) cancel = clock.after(FIRST_AFTER_MS, () => void bite());
  return () => {
    stopped = true;
    cancel();
  };
}
