import type { Sink } from '#edge/core/sink.ts';
import type { HistorianWriter } from '#shared/store/historian.ts';

/** The historian as a place that facts go. Opened at the first write, again after a failure to open. */
export function createHistorianSink(open: () => Promise<HistorianWriter>): Sink {
  let writer: HistorianWriter | null = null;
  return {
    name: 'historian',
    async write(batch) {
      writer ??= await open();
      await writer.write(batch);
    },
    async close() {
      await writer?.close();
      writer = null;
    },
  };
}
