import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ModbusRTU from 'modbus-serial';
import {
  AttributeIds,
  type ClientSession,
  type ClientSubscription,
  type DataValue,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  StatusCodes,
  TimestampsToReturn,
} from 'node-opcua';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { demoCommand } from '#edge/commands/demo.ts';
import type { Demo } from '#edge/demo/demo.ts';
import { startDemo } from '#edge/demo/demo.ts';
import { createDemoPlant } from '#edge/demo/plant-model.ts';
import { createWire } from '#edge/demo/wire.ts';
import type { CommandIo } from '#shared/contract/command.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { HOUR, SECOND } from '#shared/time/instant.ts';

const OPCUA_PORT = 42000;
const MODBUS_PORT = 42001;
const MONDAY = Date.UTC(2026, 5, 1);
const text = readFileSync(resolve(import.meta.dirname, '../../config/demo.plant.yaml'), 'utf8')
  .replaceAll('48400', String(OPCUA_PORT))
  .replaceAll('48502', String(MODBUS_PORT));
const parse = (yaml: string) => parsePlant(yaml, { hash: 'test', file: 'demo.plant.yaml' }).plant;
const plant = parse(text);
const folder = mkdtempSync(join(tmpdir(), 'linewatt-demo-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A clock that the test moves. */
function handClock(t: number): { t: number } {
  return { t };
}
let clock = handClock(MONDAY + 5 * HOUR);

async function eventually(check: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!check()) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function connect(
  securityMode = MessageSecurityMode.None,
): Promise<{ client: OPCUAClient; session: ClientSession }> {
  const manager = new OPCUACertificateManager({
    rootFolder: join(folder, 'client-pki'),
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  await manager.initialize();
  const secure = securityMode !== MessageSecurityMode.None;
  const client = OPCUAClient.create({
    securityMode,
    securityPolicy: secure ? SecurityPolicy.Basic256Sha256 : SecurityPolicy.None,
    clientCertificateManager: manager,
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 1 },
  });
  await client.connect(`opc.tcp://127.0.0.1:${OPCUA_PORT}`);
  return { client, session: await client.createSession() };
}

function subscribe(session: ClientSession): Promise<ClientSubscription> {
  return session.createSubscription2({
    requestedPublishingInterval: 50,
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 10,
    publishingEnabled: true,
  });
}

async function watch(subscription: ClientSubscription, path: string, seen: (value: DataValue) => void): Promise<void> {
  const item = await subscription.monitor(
    { nodeId: `ns=2;s=${path}`, attributeId: AttributeIds.Value },
    { samplingInterval: 0, queueSize: 100, discardOldest: true },
    TimestampsToReturn.Both,
  );
  item.on('changed', seen);
}

function numberOf(value: unknown): unknown {
  return Array.isArray(value) || value instanceof Uint32Array
    ? Number(value[0]) * 4294967296 + Number(value[1])
    : value;
}

describe('the live demo', () => {
  let demo: Demo;
  let client: OPCUAClient;
  let session: ClientSession;
  const modbus = new ModbusRTU();
  beforeAll(async () => {
    clock = handClock(MONDAY + 5 * HOUR + 300);
    demo = await startDemo({
      plant,
      dataDir: join(folder, 'live'),
      start: MONDAY,
      now: () => clock.t,
      testNodes: true,
    });
    ({ client, session } = await connect());
    await modbus.connectTCP('127.0.0.1', { port: MODBUS_PORT });
  });
  afterAll(async () => {
    modbus.close(() => {});
    await session.close();
    await client.disconnect();
    await demo.stop();
  });

  const read = (path: string) => session.read({ nodeId: `ns=2;s=${path}`, attributeId: AttributeIds.Value });

  it('gives an OPC UA client what the model says, at the instant of its change', async () => {
    const { nodes } = createWire(demo.model);
    expect(demo.model.now).toBe(MONDAY + 5 * HOUR);
    expect(nodes.length).toBeGreaterThan(60);
    for (const node of nodes) {
      const value = await read(node.path);
      expect(value.statusCode.isGood() || !node.good(), node.path).toBe(true);
      if (node.good()) expect(numberOf(value.value.value), node.path).toBe(node.read());
      expect(value.sourceTimestamp?.getTime(), node.path).toBe(node.changedAt());
    }
  });

  it('gives a Modbus client what the meters say, most significant register first', async () => {
    const { registers } = createWire(demo.model);
    for (const { unit, register, dataType, read: expected } of registers) {
      modbus.setID(unit);
      const { buffer } = await modbus.readInputRegisters(register, 2);
      const value =
        dataType === 'float32'
          ? buffer.readFloatBE(0)
          : dataType === 'uint32'
            ? buffer.readUInt32BE(0)
            : buffer.readInt32BE(0);
      expect(value, `unit ${unit} register ${register}`).toBe(expected());
    }
    modbus.setID(1);
    const block = await modbus.readInputRegisters(70, 10);
    expect(block.buffer.readFloatBE(0)).toBe(50);
    expect(block.buffer.readFloatBE(4)).toBeGreaterThan(38_000);
  });

  it('refuses a register, a unit and a function that no meter has, and goes on', async () => {
    modbus.setID(1);
    await expect(modbus.readInputRegisters(500, 2)).rejects.toThrow(/address/i);
    await expect(modbus.readHoldingRegisters(72, 2)).rejects.toThrow();
    modbus.setID(77);
    await expect(modbus.readInputRegisters(72, 2)).rejects.toThrow(/address/i);
    modbus.setID(1);
    expect((await modbus.readInputRegisters(52, 2)).buffer.readFloatBE(0)).toBe(demo.model.load.mainW);
  });

  it('sends a subscriber each second with its instant, and after a pause what holds now', async () => {
    const subscription = await subscribe(session);
    const seen: { t: number; value: number }[] = [];
    await watch(subscription, 'Filling.Capper.EnergyWh', (value) => {
      seen.push({ t: value.sourceTimestamp?.getTime() ?? 0, value: value.value.value });
    });
    await eventually(() => seen.length === 1, 'the first value');
    const before = demo.model.now;
    for (let second = 1; second <= 3; second++) {
      clock.t += SECOND;
      await eventually(() => seen.length === 1 + second, `second ${second}`);
    }
    clock.t += 600 * SECOND;
    await eventually(() => seen.length === 5, 'the value after the pause');
    expect(seen.slice(1).map(({ t }) => (t - before) / SECOND)).toEqual([1, 2, 3, 603]);
    expect(seen.every(({ value }, i) => i === 0 || value > (seen[i - 1]?.value ?? 0))).toBe(true);
    await subscription.terminate();
  });

  it('shows a stop at once, on request', async () => {
    const subscription = await subscribe(session);
    const seen: DataValue[] = [];
    await watch(subscription, 'Test.Toggle', (value) => seen.push(value));
    await eventually(() => seen.length === 1, 'the first value');
    const asked = Date.now();
    demo.toggle(1, asked - 7);
    await eventually(() => seen.length === 2, 'the toggled value');
    expect(Date.now() - asked).toBeLessThan(1000);
    expect(seen[1]?.value.value).toBe(1);
    expect(seen[1]?.sourceTimestamp?.getTime()).toBe(asked - 7);
    await subscription.terminate();

    demo.forceStop('lathe-1', 4, 60);
    expect((await read('Machining.Lathe1.State')).value.value).toBe(3);
    expect((await read('Machining.Lathe1.StopCode')).value.value).toBe(4);
  });

  it('says a bad status while the sensor is bad, and good again after', async () => {
    const probe = createDemoPlant({ seed: 42, start: MONDAY });
    probe.restore(demo.model.snapshot());
    const washer = probe.machines.get('washer')?.station;
    while (washer && washer.sensorBad === 0) probe.advanceTo(probe.now + SECOND);
    const [bad, good] = [probe.now, probe.now + (washer?.sensorSeconds ?? 0) * SECOND];
    clock.t = bad + 10 * SECOND;
    await eventually(() => demo.model.now === bad + 10 * SECOND, 'the bad spell');
    const during = await read('Machining.Washer.State');
    expect(during.statusCode).toEqual(StatusCodes.BadSensorFailure);
    expect(during.sourceTimestamp?.getTime()).toBe(bad);
    clock.t = good + SECOND;
    await eventually(() => demo.model.now === good + SECOND, 'the end of the bad spell');
    expect((await read('Machining.Washer.State')).statusCode).toEqual(StatusCodes.Good);
  });

  it('takes an encrypted client as well', async () => {
    const secure = await connect(MessageSecurityMode.SignAndEncrypt);
    const value = await secure.session.read({ nodeId: 'ns=2;s=Filling.Filler.State', attributeId: AttributeIds.Value });
    expect(value.statusCode).toEqual(StatusCodes.Good);
    await secure.session.close();
    await secure.client.disconnect();
  });

  it('counts requests to write or call, refuses them, and had none until now', async () => {
    expect(demo.requests()).toEqual({ write: 0, call: 0, modbusWrite: 0 });
    expect((await read('Diagnostics.WriteRequests')).value.value).toBe(0);
    const before = (await read('Filling.Filler.Total')).value.value;
    const status = await session.write({
      nodeId: 'ns=2;s=Filling.Filler.Total',
      attributeId: AttributeIds.Value,
      value: { value: { dataType: 'UInt32', value: 1 } },
    });
    expect(status.isGood()).toBe(false);
    await session.call({ objectId: 'i=2253', methodId: 'i=11492', inputArguments: [] });
    modbus.setID(1);
    await expect(modbus.writeRegister(52, 1)).rejects.toThrow();
    await expect(modbus.writeRegisters(52, [1, 2])).rejects.toThrow();
    expect((await read('Filling.Filler.Total')).value.value).toBe(before);
    expect(demo.requests()).toEqual({ write: 1, call: 1, modbusWrite: 3 });
    expect((await read('Diagnostics.WriteRequests')).value.value).toBe(1);
    expect((await read('Diagnostics.CallRequests')).value.value).toBe(1);
  });
});

describe('a restarted demo', () => {
  const dataDir = join(folder, 'restart');
  let running: Demo | null = null;
  afterEach(async () => {
    await running?.stop();
    running = null;
  });
  const start = async (t: number, more: { start?: number } = {}): Promise<Demo> => {
    clock = handClock(t);
    running = await startDemo({ plant, dataDir, now: () => clock.t, ...more });
    return running;
  };
  const straight = (t: number) => {
    const model = createDemoPlant({ seed: 42, start: MONDAY });
    model.advanceTo(t);
    return model.snapshot();
  };

  it('is where it would have been without the restart, with its snapshot, without, and with a torn one', async () => {
    const begun = await start(MONDAY + 3 * HOUR, { start: MONDAY });
    expect(begun.model.snapshot()).toEqual(straight(MONDAY + 3 * HOUR));
    await begun.stop();
    const later = await start(MONDAY + 4 * HOUR);
    expect(later.model.snapshot()).toEqual(straight(MONDAY + 4 * HOUR));
    await later.stop();

    const file = join(dataDir, 'demo', 'snapshot.json');
    expect(JSON.parse(readFileSync(file, 'utf8')).now).toBe(MONDAY + 4 * HOUR);
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 1000));
    const torn = await start(MONDAY + 5 * HOUR);
    expect(torn.model.snapshot()).toEqual(straight(MONDAY + 5 * HOUR));
    await torn.stop();
    rmSync(file);
    const without = await start(MONDAY + 5 * HOUR);
    expect(without.model.snapshot()).toEqual(straight(MONDAY + 5 * HOUR));
  });

  it('runs again from its start where the clock was put back behind the snapshot', async () => {
    const put = await start(MONDAY + 2 * HOUR);
    expect(put.model.snapshot()).toEqual(straight(MONDAY + 2 * HOUR));
  });

  it('keeps a snapshot at most a minute old while it runs', async () => {
    const demo = await start(MONDAY + 6 * HOUR);
    clock.t += 90 * SECOND;
    const file = join(dataDir, 'demo', 'snapshot.json');
    await eventually(() => demo.model.now === MONDAY + 6 * HOUR + 90 * SECOND, 'the next tick');
    expect(JSON.parse(readFileSync(file, 'utf8')).now).toBeGreaterThan(MONDAY + 6 * HOUR);
  });

  it('begins `historyDays` before today, at midnight of the site, in an empty data directory', async () => {
    clock = handClock(MONDAY + 9 * HOUR);
    running = await startDemo({ plant, dataDir: join(folder, 'fresh'), now: () => clock.t });
    // London is an hour ahead of UTC in June.
    expect(running.model.start).toBe(MONDAY - 14 * 24 * HOUR - HOUR);
  });
});

describe('what stands in the way of the demo is said in one sentence', () => {
  const now = () => MONDAY + HOUR;
  const attempt = (yaml: string, more: { start?: number } = {}) =>
    startDemo({ plant: parse(yaml), dataDir: null, start: MONDAY, now, ...more });

  it.each([
    ['OPC UA', OPCUA_PORT],
    ['Modbus', MODBUS_PORT],
  ])('the %s port is taken', async (what, port) => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(port, '127.0.0.1', done));
    await expect(attempt(text)).rejects.toThrow(new RegExp(`^port ${port}.*${what}.*taken`));
    await new Promise((done) => other.close(done));
  });

  it('a source is on another machine', async () => {
    const elsewhere = text.replace('opc.tcp://127.0.0.1', 'opc.tcp://10.1.2.3');
    await expect(attempt(elsewhere)).rejects.toThrow(/^sources\.plc is at 10\.1\.2\.3/);
  });

  it('the plant is a real one', async () => {
    await expect(attempt(text.replace(/^demo:.*$/m, ''))).rejects.toThrow(/no demo: key/);
  });

  it('the start lies in the future', async () => {
    await expect(attempt(text, { start: MONDAY + 2 * HOUR })).rejects.toThrow(/future/);
  });
});

describe('linewatt demo', () => {
  const file = join(folder, 'plant.yaml');
  const told: string[] = [];
  const io = (stop: AbortController): CommandIo => ({
    out: () => {},
    err: (line) => told.push(line),
    env: {},
    signal: stop.signal,
  });

  it('says what it simulates and where, and ends with 0 when it is stopped', async () => {
    writeFileSync(file, text);
    const stop = new AbortController();
    const start = ['--start', new Date(Date.now() - HOUR).toISOString()];
    const done = demoCommand.run(['--plant', file, '--data', join(folder, 'command'), ...start], io(stop));
    await eventually(() => told.length > 0, 'a line');
    expect(told[0]).toContain(`opc.tcp://127.0.0.1:${OPCUA_PORT}`);
    expect(told[0]).toContain(`127.0.0.1:${MODBUS_PORT}`);
    stop.abort();
    expect(await done).toBe(0);
  });

  it('refuses a start that is no instant, and a plant file that is not there', async () => {
    const run = (...args: string[]) => demoCommand.run(args, io(new AbortController()));
    await expect(run('--start', 'yesterday')).rejects.toMatchObject({ exitCode: 2 });
    await expect(run('--plant', join(folder, 'none.yaml'))).rejects.toMatchObject({ exitCode: 1 });
    await expect(run('--ports', '1')).rejects.toMatchObject({ exitCode: 2 });
  });
});
