import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InfluxDB } from 'influx';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Influxd, startInfluxd } from '../servers/influxd.ts';
import { ROOT } from '../servers/linewatt.ts';
import { type Mosquitto, startMosquitto } from '../servers/mosquitto.ts';

/* Accounts that `enrol` makes, on the real servers: an edge may tell and not ask, the api may listen and not tell. */

const PLANT = `
version: 1
site: { id: works, name: Works, timezone: UTC, currency: EUR, locale: en-GB }
calendars: { day: { shifts: [ { id: d, name: Day, days: [mon], start: "06:00", end: "14:00" } ] } }
sources: { plc: { type: opcua, endpoint: "opc.tcp://10.0.0.5", owner: Maintenance } }
lines:
  - { id: a, name: A, area: Hall 1, calendar: day, machines: [ { id: m1, name: M1, idealCycleSeconds: 1, total: { source: plc, node: "ns=1;s=A" } } ] }
  - { id: b, name: B, area: Hall 1, calendar: day, machines: [ { id: m2, name: M2, idealCycleSeconds: 1, total: { source: plc, node: "ns=1;s=B" } } ] }
edges: { one: { lines: [a] }, two: { lines: [b] } }
`;

type Env = Readonly<Record<string, string>>;

describe('enrol', () => {
  let folder: string;
  let influxd: Influxd;
  let broker: Mosquitto;
  const env: Record<'one' | 'two' | 'api', Env> = { one: {}, two: {}, api: {} };
  const clients: MqttClient[] = [];

  const admin = { LINEWATT_HISTORIAN_USER: 'admin', LINEWATT_HISTORIAN_PASSWORD: 'an-administrator' };
  const enrol = (...more: string[]) =>
    promisify(execFile)(
      process.execPath,
      ['linewatt.ts', 'enrol', '--plant', join(folder, 'plant.yaml'), '--out', join(folder, 'out')].concat(
        ['--historian', `${influxd.url}/linewatt`],
        more,
      ),
      { cwd: ROOT, env: { ...process.env, ...admin } },
    );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'linewatt-enrol-'));
    await writeFile(join(folder, 'plant.yaml'), PLANT);
    influxd = await startInfluxd({ http: ['auth-enabled = true'] });
    await new InfluxDB(`${influxd.url}/none`).query(
      `CREATE USER admin WITH PASSWORD '${admin.LINEWATT_HISTORIAN_PASSWORD}' WITH ALL PRIVILEGES`,
    );
    await enrol();
    for (const [name, file] of [
      ['one', 'linewatt-edge-one'],
      ['two', 'linewatt-edge-two'],
      ['api', 'linewatt-api'],
    ] as const) {
      const text = await readFile(join(folder, 'out', `${file}.env`), 'utf8');
      env[name] = Object.fromEntries(
        text
          .trim()
          .split('\n')
          .map((line) => line.split(/=(.*)/s).slice(0, 2)),
      );
    }
    const read = (name: string) => readFile(join(folder, 'out', name), 'utf8');
    broker = await startMosquitto({
      config: ['allow_anonymous false', 'password_file DIR/passwords', 'acl_file DIR/access'],
      files: { passwords: await read('mosquitto.passwords'), access: await read('mosquitto.access') },
    });
  });
  afterAll(async () => {
    for (const client of clients) await client.endAsync(true);
    await broker?.stop();
    await influxd?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const signIn = async (who: keyof typeof env): Promise<MqttClient> => {
    const { LINEWATT_BROKER_USER: username = '', LINEWATT_BROKER_PASSWORD: password = '' } = env[who];
    const client = await connectAsync(broker.url, { username, password, protocolVersion: 4, reconnectPeriod: 0 });
    clients.push(client);
    return client;
  };
  const influx = (who: keyof typeof env): InfluxDB =>
    new InfluxDB({
      host: '127.0.0.1',
      port: influxd.port,
      database: 'linewatt',
      username: env[who]['LINEWATT_HISTORIAN_USER'] ?? '',
      password: env[who]['LINEWATT_HISTORIAN_PASSWORD'] ?? '',
    });

  it('lets an edge write its own topics, and hear nothing', async () => {
    const [one, two, api] = await Promise.all([signIn('one'), signIn('two'), signIn('api')]);
    const heard: string[] = [];
    const enough = new Promise<void>((done) => {
      api.on('message', (topic, payload) => {
        heard.push(`${topic} ${payload}`);
        if (topic.endsWith('/edge/two/health')) done();
      });
    });
    await api.subscribeAsync('linewatt/v1/works/#', { qos: 1 });
    const overheard: string[] = [];
    one.on('message', (topic) => overheard.push(topic));
    await one.subscribeAsync('linewatt/v1/works/#', { qos: 1 });
    const publish = (client: MqttClient, topic: string) =>
      client.publishAsync(`linewatt/v1/works/${topic}`, 'x', { qos: 1 });
    await publish(one, 'Hall 1/a/m1/state');
    for (const topic of ['Hall 1/b/m2/state', 'edge/two/health', 'ledger']) {
      // The broker answers or hangs up, and passes nothing on.
      const client = await signIn('one');
      const closed = new Promise((done) => client.once('close', () => done(null)));
      await Promise.race([publish(client, topic).catch(() => null), closed]);
    }
    await publish(two, 'edge/two/health');
    await enough;
    expect(heard).toEqual(['linewatt/v1/works/Hall 1/a/m1/state x', 'linewatt/v1/works/edge/two/health x']);
    // Whatever the broker sent to it came before this acknowledgement.
    await publish(one, 'edge/one/health');
    expect(overheard).toEqual([]);
    await expect(
      connectAsync(broker.url, { username: 'linewatt-api', password: 'guess', reconnectPeriod: 0 }),
    ).rejects.toThrow();
  });

  it('lets an edge write facts and not read them, and the api the other way round', async () => {
    const point = [{ measurement: 'oee', tags: { machine: 'm1' }, fields: { oee: 0.5 } }];
    await influx('one').writePoints(point);
    await expect(influx('one').query('SELECT * FROM oee')).rejects.toThrow(/authoriz/);
    expect(await influx('api').query('SELECT * FROM oee')).toHaveLength(1);
    await expect(influx('api').writePoints(point)).rejects.toThrow(/authoriz/);
    // What it judged goes into a database of its own, which the edge cannot touch.
    await influx('api').writePoints(point, { database: 'linewatt_judged' });
    await expect(influx('one').writePoints(point, { database: 'linewatt_judged' })).rejects.toThrow(/authoriz/);
  });

  it('keeps its files to their owner, does not overwrite them, and ends old passwords where asked', async () => {
    for (const name of ['linewatt-edge-one.env', 'linewatt-api.env', 'mosquitto.passwords', 'mosquitto.access']) {
      expect((await stat(join(folder, 'out', name))).mode & 0o777, name).toBe(0o600);
    }
    await expect(enrol()).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is there already; --renew/),
    });
    const before = influx('one');
    await enrol('--renew');
    await expect(before.writePoints([{ measurement: 'oee', fields: { oee: 1 } }])).rejects.toThrow(/authoriz/);
  });
});
