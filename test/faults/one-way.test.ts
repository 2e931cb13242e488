import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { DataType } from 'node-opcua';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../servers/free-port.ts';
import { ROOT, until } from '../servers/linewatt.ts';
import { type Mosquitto, startMosquitto } from '../servers/mosquitto.ts';
import { type NetNamespace, noNamespaceBecause, openNamespace } from '../servers/net-namespace.ts';
import { type Plc, startPlc } from '../servers/opcua-plc.ts';

/*
 * The edge behind a firewall that lets nothing in: every new connection towards it is dropped, and out of it only what
 * `linewatt flows` prints. Real rules in a real network namespace.
 */
const because = noNamespaceBecause();
if (because !== null) process.stderr.write(`one-way: left out, ${because}\n`);

describe.skipIf(because !== null)('an edge that nobody can connect to', () => {
  let folder: string;
  let network: NetNamespace;
  let broker: Mosquitto;
  let plc: Plc;
  let reader: MqttClient;
  let edge: ChildProcess;
  let log = '';
  const heard = new Map<string, string>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'linewatt-one-way-'));
    network = openNamespace();
    const [brokerPort, plcPort] = [await freePort(), await freePort()];
    broker = await startMosquitto({
      config: ['allow_anonymous true', `listener ${brokerPort} ${network.outside}`, 'allow_anonymous true'],
    });
    plc = await startPlc({ port: plcPort, folder, server: { host: network.outside } });
    plc.set('State', DataType.Int32, 2);
    const plantFile = join(folder, 'plant.yaml');
    await writeFile(plantFile, plantOf(`opc.tcp://${network.outside}:${plcPort}`));
    const brokerUrl = `mqtt://${network.outside}:${brokerPort}`;
    const flows = spawnSync(
      process.execPath,
      ['linewatt.ts', 'flows', '--plant', plantFile, '--format', 'nftables', '--broker', brokerUrl],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect(flows.stderr).toBe('');
    reader = await connectAsync(broker.url);
    reader.on('message', (topic, payload) => heard.set(topic, payload.toString()));
    await reader.subscribeAsync('linewatt/v1/#');
    await expectReachable(network);
    network.run(['nft', '-f', '-'], flows.stdout);
    const [file = '', ...args] = [...network.prefix, process.execPath, 'linewatt.ts', 'edge'];
    edge = spawn(file, args.concat(['--plant', plantFile, '--data', join(folder, 'data'), '--broker', brokerUrl]), {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
    for (const stream of [edge.stdout, edge.stderr]) stream?.on('data', (chunk) => (log += chunk));
  });
  afterAll(async () => {
    if (edge && edge.exitCode === null) {
      const ended = new Promise((done) => edge.once('exit', done));
      edge.kill('SIGTERM');
      await ended;
    }
    await reader?.endAsync(true);
    await plc?.stop();
    await broker?.stop();
    network?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  it('reads its controller and tells the broker all the same', async () => {
    const health = 'linewatt/v1/works/edge/main/health';
    await until(
      () => /"state":"connected"/.test(heard.get(health) ?? ''),
      30_000,
      () => `no connected source:\n${heard.get(health)}\n${log}`,
    );
    const live = 'linewatt/v1/works/Hall/a/m1/live';
    await until(
      () => JSON.parse(heard.get(live) ?? '{}').state === 'running',
      15_000,
      () => `not running: ${heard.get(live)}\n${log}`,
    );
  });

  it('listens on nothing', async () => {
    expect(network.run(['ss', '-ltnH']).trim()).toBe('');
  });

  it('is not reached from outside, on any port that is tried', async () => {
    const tried = [22, 80, 443, 1883, 4840, 8080, 8086, 9100, 18830];
    expect(await Promise.all(tried.map((port) => answers(network.inside, port)))).toEqual(tried.map(() => false));
  });

  it('takes no order over the connection that it opened', async () => {
    const before = (await readdir(join(folder, 'data'))).sort();
    for (const what of ['command', 'health', 'birth', 'config']) {
      await reader.publishAsync(`linewatt/v1/works/edge/main/${what}`, '{"stop":true}', { qos: 1, retain: true });
    }
    const live = 'linewatt/v1/works/Hall/a/m1/live';
    heard.delete(live);
    await until(
      () => heard.has(live),
      15_000,
      () => `it fell silent:\n${log}`,
    );
    expect(edge.exitCode).toBeNull();
    expect((await readdir(join(folder, 'data'))).sort()).toEqual(before);
    expect([...plc.requests.keys()].filter((name) => /Write|Call|HistoryUpdate/.test(name))).toEqual([]);
  });
});

/** The rules must be what keeps others out: without them the very same try gets in. */
async function expectReachable(network: NetNamespace): Promise<void> {
  const script = `require('net').createServer(s => s.end()).listen(9100, '${network.inside}', () => console.log('up'))`;
  const [file = '', ...args] = [...network.prefix, process.execPath, '-e', script];
  const listener = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
  await new Promise((up) => listener.stdout.once('data', up));
  expect(await answers(network.inside, 9100)).toBe(true);
  const ended = new Promise((done) => listener.once('exit', done));
  listener.kill();
  await ended;
}

/** Whether anything takes a connection within a second; a dropped one is never refused. */
function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const give = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => give(false));
    socket.once('connect', () => give(true));
    socket.once('error', () => give(false));
  });
}

function plantOf(endpoint: string): string {
  return `version: 1
site: { id: works, name: Works, timezone: UTC, currency: EUR, locale: en-GB }
calendars: { day: { shifts: [ { id: d, name: Day, days: [mon, tue, wed, thu, fri, sat, sun], start: "00:00", end: "24:00" } ] } }
sources: { plc: { type: opcua, endpoint: "${endpoint}", securityMode: None, owner: Maintenance } }
lines:
  - id: a
    name: A
    area: Hall
    calendar: day
    machines:
      - { id: m1, name: M1, idealCycleSeconds: 1, state: { source: plc, node: "nsu=http://linewatt.test/plc;s=State", map: { 2: running } }, total: { source: plc, node: "nsu=http://linewatt.test/plc;s=Total" } }
`;
}
