import { expect, it } from 'vitest';
import { emptyBatch } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import { openHistorianReader, openHistorianWriter } from '#shared/store/open.ts';
import { type Influxd, startInfluxd } from '../servers/influxd.ts';
import { historianConformance } from './historian-suite.ts';

/** The points need only where a machine stands. */
const plant = {
  site: { id: 'site' },
  machines: new Map([
    ['filler', { line: 'filling' }],
    ['capper', { line: 'filling' }],
  ]),
  lines: new Map([['filling', { id: 'filling', area: 'Packaging' }]]),
} as unknown as Plant;

let influxd: Influxd;
let databases = 0;

historianConformance({
  name: 'influxdb',
  async start() {
    influxd = await startInfluxd();
  },
  async open() {
    databases += 1;
    const place = { url: `http://127.0.0.1:${influxd.port}/linewatt${databases}`, dataDir: '.' };
    return { writer: await openHistorianWriter(place, () => plant), reader: () => openHistorianReader(place) };
  },
  async stop() {
    await influxd.stop();
  },
});

it('tells an absent server from a refused batch, and names neither user nor password', async () => {
  const place = { url: 'http://127.0.0.1:9/linewatt', dataDir: '.' };
  const writer = await openHistorianWriter(place, () => plant);
  await expect(writer.write(emptyBatch())).rejects.toMatchObject({ code: 'unreachable', retryable: true });
  await expect(
    openHistorianWriter({ url: 'http://u:p@127.0.0.1/linewatt', dataDir: '.' }, () => plant),
  ).rejects.toThrow(/must not hold a password/);
});
