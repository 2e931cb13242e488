import { DatabaseSync } from 'node:sqlite';
import { emptyBatch } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import { openHistorianWriter } from '#shared/store/open.ts';
import { openSqliteReader } from '#shared/store/sqlite/reader.ts';
import { DAY, MINUTE } from '#shared/time/instant.ts';
import { growHistorian, MONTH } from './month-historian.ts';

/* Real minutes of many machines and their meters, in a SQLite historian, and some days of them in an InfluxDB. */

const KW = 6;
const MAIN_KW = 40;

/**
 * June of every machine, and of their meters from `meteredFrom` on: what the meter measured in each minute, cut along what its
 * machine did, and the main meter over all. Returns how many rows that is.
 */
export async function makeRealMinutes(file: string, machines: number, meteredFrom: number): Promise<number> {
  const pieces = await growHistorian(file, 0, machines);
  const db = new DatabaseSync(file);
  db.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -131072; BEGIN');
  const columns = `meter, minute, machine, state, product, "order", slot, intervalStart, start, "end", energyWh, exportWh, varh,
    coveredSeconds, estimated, void, revision`;
  const whole = `'', 'unknown', '', '', 0, minute, minute, minute + ${MINUTE}`;
  const rest = '0, 0, 60, 0, 0, 1';
  const perMs = (KW * 1000) / 3_600_000;
  db.exec(`
    INSERT INTO meter_minute (${columns})
      SELECT 'e-' || machine, minute, machine, state, product, "order", slot, intervalStart, start, "end",
        ("end" - start) * ${perMs}, 0, 0, ("end" - start) / 1000.0, 0, 0, 1
      FROM machine_minute WHERE minute >= ${meteredFrom};
    INSERT INTO meter_minute (${columns})
      SELECT 'e-' || machine, minute, ${whole}, ${KW * 1000} / 60.0, ${rest}
      FROM machine_minute WHERE minute >= ${meteredFrom} GROUP BY machine, minute;
    INSERT INTO meter_minute (${columns})
      SELECT 'm-main', minute, ${whole}, ${MAIN_KW * 1000} / 60.0 + count(*) * ${KW * 1000} / 60.0, ${rest}
      FROM (SELECT DISTINCT machine, minute FROM machine_minute WHERE minute >= ${meteredFrom}) GROUP BY minute;
    INSERT INTO machine_day SELECT 'e-' || machine, day, revision FROM machine_day;
    INSERT INTO machine_day SELECT DISTINCT 'm-main', day, 1 FROM machine_day;
    COMMIT;
    PRAGMA wal_checkpoint(TRUNCATE);
  `);
  const meters = Number(db.prepare('SELECT count(*) AS n FROM meter_minute').get()?.['n']);
  db.close();
  return pieces + meters;
}

/** Whole days from `from` on as they are in the file; of the days before one minute of each machine and meter. Returns facts. */
export async function copyToInflux(file: string, url: string, plant: Plant, from: number): Promise<number> {
  const reader = openSqliteReader(file);
  const writer = await openHistorianWriter({ url, dataDir: '.' }, () => plant);
  const machines = [...plant.machines.keys()];
  const meters = [...plant.meters.keys()];
  let facts = 0;
  for (let day = MONTH.from; day < MONTH.to; day += DAY) {
    const to = day >= from ? day + DAY : day + MINUTE;
    for (const [some, metersOf] of [...machines.map((id) => [[id], [`e-${id}`]] as const), [[], ['m-main']] as const]) {
      const window = { from: day, to };
      const pieces = await reader.pieces(some, window);
      const intervals = (await reader.intervals(some, window)).filter(({ start }) => start >= day && start < to);
      const meterPieces = await reader.meterPieces(
        metersOf.filter((id) => meters.includes(id)),
        window,
      );
      await writer.write({ ...emptyBatch(), pieces, intervals, meterPieces });
      facts += pieces.length + intervals.length + meterPieces.length;
    }
  }
  await writer.close();
  await reader.close();
  return facts;
}
