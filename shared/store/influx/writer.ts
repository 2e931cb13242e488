import type { IPoint } from 'influx';
import type { FactBatch } from '../../oee/facts.ts';
import type { Plant } from '../../plant/model.ts';
import { DAY } from '../../time/instant.ts';
import { HistorianError, type HistorianWriter } from '../historian.ts';
import { touchedDays } from '../touched-days.ts';
import { type InfluxTarget, influxError } from './client.ts';
import { createDatabase } from './database.ts';
import { createPointMaker } from './points.ts';
import { writePoints } from './write-points.ts';

/** What InfluxDB takes well at once. */
const POINTS_PER_REQUEST = 5_000;

/*
 * Writes facts to InfluxDB, making the database on first use where the user may.
 *
 * - Points are sent in order; the outbox before it sees to it that an older batch never comes after a newer one, because
 *   InfluxDB itself keeps whatever came last.
 * - What the server refuses for good is named, point by point; everything else of the batch is stored all the same.
 * - The days that a batch touches are marked after its facts: who read the mark before the facts knows that they are old.
 */
export function openInfluxWriter(target: InfluxTarget, plant: () => Plant): HistorianWriter {
  const pointsOf = createPointMaker(plant);
  let ready = false;
  let marked = 0;

  function dayPoints(batch: FactBatch): IPoint[] {
    marked = Math.max(Date.now(), marked + 1);
    const site = plant().site.id;
    return [...touchedDays(batch)].flatMap(([owner, days]) =>
      [...days].map((day) => ({
        measurement: 'machine_day',
        tags: { site, machine: owner },
        fields: { revision: marked },
        timestamp: day * DAY,
      })),
    );
  }

  return {
    async write(batch) {
      const refused: { readonly line: string; readonly why: string }[] = [];
      try {
        if (!ready) await createDatabase(target);
        ready = true;
        const points = [...pointsOf(batch), ...dayPoints(batch)];
        for (let i = 0; i < points.length; i += POINTS_PER_REQUEST) {
          refused.push(...(await writePoints(target, points.slice(i, i + POINTS_PER_REQUEST))));
        }
      } catch (cause) {
        throw influxError(target, cause);
      }
      const [first] = refused;
      if (!first) return;
      throw new HistorianError(
        'rejected',
        `InfluxDB at ${target.label} refused ${refused.length} of a batch's points for good and stored the others; the first: ${first.line} (${first.why})`,
        { retryable: false },
      );
    },
    async close() {},
  };
}
