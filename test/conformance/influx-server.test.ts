import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InfluxDB } from 'influx';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tlsFiles } from '#api/tls/files.ts';
import { makeServerCertificate, makeSiteCa } from '#api/tls/site-ca.ts';
import { emptyBatch, type FactBatch, type MachinePiece } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import { type HistorianCredentials, openHistorianReader, openHistorianWriter } from '#shared/store/open.ts';
import { type Influxd, startInfluxd } from '../servers/influxd.ts';

/* What a real influxd does beyond keeping points: it refuses, limits, forgets, asks who is there, and speaks TLS. */

const plant = {
  site: { id: 'site' },
  machines: new Map([['filler', { line: 'filling' }]]),
  lines: new Map([['filling', { id: 'filling', area: 'Packaging' }]]),
} as unknown as Plant;

const T0 = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 86_400_000;
const MINUTE = 60_000;
const window = { from: T0, to: T0 + 1440 * MINUTE };

const piece = (n: number): MachinePiece => ({
  machine: 'filler',
  minute: T0 + n * MINUTE,
  state: 'running',
  product: '',
  order: '',
  slot: 0,
  intervalStart: T0,
  start: T0 + n * MINUTE,
  end: T0 + (n + 1) * MINUTE,
  totalCount: 9,
  goodCount: 9,
  rejectCount: 0,
  revision: 1,
});
const batch = (over: Partial<FactBatch>): FactBatch => ({ ...emptyBatch(), ...over });
const pieces = Array.from({ length: 600 }, (_, n) => piece(n));

const running: Influxd[] = [];
async function start(options?: Parameters<typeof startInfluxd>[0]): Promise<Influxd> {
  const influxd = await startInfluxd(options);
  running.push(influxd);
  return influxd;
}
afterEach(async () => {
  for (const influxd of running.splice(0)) await influxd.stop();
});

const open = async (url: string, credentials: HistorianCredentials = {}) => {
  const place = { url: `${url}/linewatt`, dataDir: '.', credentials };
  return { writer: await openHistorianWriter(place, () => plant), reader: await openHistorianReader(place) };
};

describe('a real influxd', () => {
  it('stores what is right of a batch, and names each point that it refuses', async () => {
    const influxd = await start();
    const client = new InfluxDB(`${influxd.url}/linewatt`);
    await client.createDatabase('linewatt');
    // Somebody else wrote words where we write a number: that measurement's day is spoilt for good.
    await client.writePoints([{ measurement: 'condition_minute', fields: { mean: 'high' }, timestamp: T0 }], {
      precision: 'ms',
    });
    const condition = { machine: 'filler', condition: 'heat', minute: T0, min: 1, mean: 2, max: 3, last: 2 };
    const conditions = [0, 1].map((n) => ({
      ...condition,
      minute: T0 + n * MINUTE,
      coveredSeconds: 60,
      revision: 1,
    }));
    const { writer, reader } = await open(influxd.url);
    await expect(writer.write(batch({ pieces, conditions }))).rejects.toMatchObject({
      code: 'rejected',
      retryable: false,
      message: expect.stringMatching(/refused 2 of .*condition_minute.*machine=filler.*field type conflict/s),
    });
    expect(await reader.pieces(['filler'], window)).toHaveLength(600);
  });

  it('halves what is too large for one request', async () => {
    const influxd = await start({ http: ['max-body-size = 20000'] });
    const { writer, reader } = await open(influxd.url);
    await writer.write(batch({ pieces }));
    expect(await reader.pieces(['filler'], window)).toHaveLength(600);
  });

  it('keeps minutes for three years; older ones are dropped without holding up the rest', async () => {
    const influxd = await start();
    const { writer, reader } = await open(influxd.url);
    const old = { ...piece(0), minute: T0 - 4 * 365 * 86_400_000 };
    await writer.write(batch({ pieces: [old, piece(1)] }));
    expect(await reader.pieces(['filler'], window)).toHaveLength(1);
    const client = new InfluxDB(`${influxd.url}/linewatt`);
    const policies = await client.showRetentionPolicies('linewatt');
    expect([...policies]).toMatchObject([{ name: 'three_years', duration: '26208h0m0s', default: true }]);
  });

  it('is written by a user who may only write, and read by one who may only read', async () => {
    const influxd = await start({ http: ['auth-enabled = true'] });
    const admin = { username: 'admin', password: 'a-long-password' };
    await new InfluxDB(`${influxd.url}/none`).query(
      `CREATE USER admin WITH PASSWORD '${admin.password}' WITH ALL PRIVILEGES`,
    );
    const root = new InfluxDB({ host: '127.0.0.1', port: influxd.port, database: 'linewatt', ...admin });
    await root.createUser('edge', 'edge-password', false);
    await root.createUser('reader', 'reader-password', false);
    const edge = await open(influxd.url, { user: 'edge', password: 'edge-password' });
    await expect(edge.writer.write(batch({ pieces }))).rejects.toMatchObject({ code: 'refused', retryable: true });
    await root.createDatabase('linewatt');
    await root.grantPrivilege('edge', 'WRITE', 'linewatt');
    await root.grantPrivilege('reader', 'READ', 'linewatt');
    await edge.writer.write(batch({ pieces }));
    await expect(edge.reader.pieces(['filler'], window)).rejects.toMatchObject({ code: 'refused' });
    const reading = await open(influxd.url, { user: 'reader', password: 'reader-password' });
    expect(await reading.reader.pieces(['filler'], window)).toHaveLength(600);
    await expect(reading.writer.write(batch({ pieces }))).rejects.toMatchObject({ code: 'refused' });
    const wrong = await open(influxd.url, { user: 'edge', password: 'guessed' });
    await expect(wrong.writer.write(batch({ pieces }))).rejects.toMatchObject({ code: 'refused', retryable: true });
  });

  describe('over TLS', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'linewatt-influx-tls-'));
      const files = tlsFiles(folder);
      await makeSiteCa(files, 'Works', Date.now());
      await makeServerCertificate(files, ['127.0.0.1'], Date.now());
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it('is trusted by its authority, and by nobody without', async () => {
      const { ca, certificate, key } = tlsFiles(folder);
      const influxd = await start({ tls: { certificate, key } });
      const { writer, reader } = await open(influxd.url, { caFile: ca });
      await writer.write(batch({ pieces }));
      expect(await reader.pieces(['filler'], window)).toHaveLength(600);
      const stranger = await open(influxd.url);
      await expect(stranger.writer.write(batch({ pieces }))).rejects.toMatchObject({ retryable: true });
    });
  });
});
