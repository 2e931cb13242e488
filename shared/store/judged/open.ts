import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HistorianPlace } from '../open.ts';
import type { JudgedWriter } from './shift-point.ts';

const FILE = 'linewatt_judged.sqlite';

/** Beside the facts: `linewatt_judged` on the same InfluxDB, or a file in the data directory. */
export async function openJudgedWriter({ url, dataDir, credentials = {} }: HistorianPlace): Promise<JudgedWriter> {
  if (url.startsWith('sqlite:')) {
    mkdirSync(dataDir, { recursive: true });
    const { openSqliteJudged } = await import('./sqlite.ts');
    return openSqliteJudged(join(dataDir, FILE));
  }
  const [{ influxTarget }, { judgedDatabase }, { openInfluxJudged }] = await Promise.all([
    import('../influx/client.ts'),
    import('../influx/database.ts'),
    import('./influx.ts'),
  ]);
  return openInfluxJudged(influxTarget(judgedDatabase(url.replace(/\/+$/, '')), credentials));
}
