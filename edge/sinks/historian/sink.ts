import type { Clock } from '#edge/core/clock.ts';
import type { Counters } from '#edge/core/counters.ts';
import type { Sink } from '#edge/core/sink.ts';
import type { HistorianWriter } from '#shared/store/historian.ts';
import { startRetention } from './retention.ts';

export interface HistorianKeeping {
  readonly clock: Clock;
  readonly counters: Counters;
  /** Minutes are kept this long, where the engine leaves that to its writer; default KEEP_MINUTES_YEARS. */
  readonly minutesYears?: number;
}

/** The historian as a place that facts go. Opened at the first write, again after a failure to open. */
export function createHistorianSink(
  open: () => Promise<HistorianWriter>,
  keeping: HistorianKeeping | null = null,
): Sink {
  let writer: HistorianWriter | null = null;
  let stopRetention: () => void = () => {};
  return {
    name: 'historian',
    async write(batch) {
      if (!writer) {
        writer = await open();
        if (keeping) stopRetention = startRetention(writer, keeping);
      }
      await writer.write(batch);
    },
    async close() {
      stopRetention();
      await writer?.close();
      writer = null;
    },
  };
}
