import type { InfluxTarget } from '../influx/client.ts';
import { influxError } from '../influx/client.ts';
import { createDatabase } from '../influx/database.ts';
import { fieldsOf, type JudgedWriter } from './shift-point.ts';

/** Judged shifts in a database of their own: in 1.x rights are per database, and the api only reads the facts. */
export function openInfluxJudged(target: InfluxTarget): JudgedWriter {
  let ready = false;
  return {
    async write(points) {
      try {
        // Kept for ever: a shift is one point, and old ones are what people compare with.
        if (!ready) await createDatabase(target, null);
        ready = true;
        await target.call(() =>
          target.client.writePoints(
            points.map((point) => {
              const { site, area, line, machine, shift, scope, date, start } = point;
              const fields: Record<string, number | string> = { date };
              for (const [name, value] of Object.entries(fieldsOf(point))) if (value !== null) fields[name] = value;
              return {
                measurement: 'shift',
                tags: { site, area, line, shift, scope, basis: 'restated', ...(machine === null ? {} : { machine }) },
                fields,
                timestamp: start,
              };
            }),
            { precision: 'ms' },
          ),
        );
      } catch (cause) {
        throw influxError(target, cause);
      }
    },
    async close() {},
  };
}
