import type { Plant } from '../../plant/model.ts';
import type { HistorianWriter } from '../historian.ts';
import { type InfluxTarget, influxError } from './client.ts';
import { createPointMaker } from './points.ts';

/** What InfluxDB takes well at once. */
const POINTS_PER_REQUEST = 5_000;

/**
 * Writes facts to InfluxDB, making the database on first use. Points are sent in order; the outbox before it sees to it
 * that an older batch never comes after a newer one, because InfluxDB itself keeps whatever came last.
 */
export function openInfluxWriter(target: InfluxTarget, plant: () => Plant): HistorianWriter {
  const pointsOf = createPointMaker(plant);
  let ready = false;
  return {
    async write(batch) {
      try {
        if (!ready) await target.client.createDatabase(target.database);
        ready = true;
        const points = pointsOf(batch);
        for (let i = 0; i < points.length; i += POINTS_PER_REQUEST) {
          await target.client.writePoints(points.slice(i, i + POINTS_PER_REQUEST), { precision: 'ms' });
        }
      } catch (cause) {
        throw influxError(target, cause);
      }
    },
    async close() {},
  };
}
