import type { Outbox } from '#edge/journal/journal.ts';
import type { FactBatch } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import { type HistorianPlace, openHistorianReader } from '#shared/store/open.ts';
import { type Instant, MINUTE } from '#shared/time/instant.ts';
import { neededFrom } from './figures.ts';

/** More than a day of minutes waiting: the figures of this shift are then taken from what there is. */
const MOST_BATCHES = 2000;

/** The running shift's facts after a restart: what the historian has, and what is still on its way there. */
export async function loadRunningShift(
  plant: Plant,
  place: HistorianPlace,
  outbox: Outbox,
  now: Instant,
): Promise<Pick<FactBatch, 'intervals' | 'pieces'>> {
  const machines = [...plant.machines.keys()];
  const query = { from: neededFrom(plant, now), to: now + MINUTE };
  const waiting = outbox.next(MOST_BATCHES).map(({ batch }) => batch);
  const reader = await openHistorianReader(place);
  try {
    const [intervals, pieces] = await Promise.all([reader.intervals(machines, query), reader.pieces(machines, query)]);
    return {
      intervals: [...intervals, ...waiting.flatMap((batch) => batch.intervals)],
      pieces: [...pieces, ...waiting.flatMap((batch) => batch.pieces)],
    };
  } finally {
    await reader.close();
  }
}
