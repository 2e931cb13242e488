import { readFile } from 'node:fs/promises';
import ModbusRTU from 'modbus-serial';
import { AttributeIds, ClientMonitoredItemGroup, OPCUAClient, TimestampsToReturn } from 'node-opcua';
import type { Plant } from '#shared/plant/model.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import type { Linewatt } from './linewatt.ts';

/** Waits for wall-clock instants at which the plant's registers are compared with what Linewatt recorded. */
const AFTER_MS = 3_000;
const BEFORE_MS = 4_000;

export interface Registers {
  /** Value in force at the instant, by signal: the last one stamped at or before it. */
  readonly counters: ReadonlyMap<string, number>;
  /** Main incomer, kWh, read straight from its Modbus register around the instant and interpolated to it. */
  readonly mainKWh: number;
}

/** The plant's own truth at `instant` (in the future): read over the two protocols by a client of the test's own. */
export async function registersAt(
  place: Pick<Linewatt, 'plantFile' | 'opcuaPort' | 'modbusPort'>,
  instant: number,
): Promise<Registers> {
  await sleepUntil(instant - BEFORE_MS);
  const { plant } = parsePlant(await readFile(place.plantFile, 'utf8'), { hash: 'test' });
  const [counters, mainKWh] = await Promise.all([
    countersAt(plant, place.opcuaPort, instant),
    mainAt(place.modbusPort, instant),
  ]);
  return { counters, mainKWh };
}

async function countersAt(plant: Plant, port: number, instant: number): Promise<ReadonlyMap<string, number>> {
  const nodes = [...plant.machines.values()].flatMap((m) =>
    (['total', 'good', 'reject', 'cycles'] as const).flatMap((kind) => {
      const node = m[kind]?.binding.address['node'];
      return typeof node === 'string' ? [{ signal: `${m.id}.${kind}`, node }] : [];
    }),
  );
  const client = OPCUAClient.create({ endpointMustExist: false, clientName: 'test registers' });
  await client.connect(`opc.tcp://127.0.0.1:${port}`);
  const session = await client.createSession();
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: 100,
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 20,
    publishingEnabled: true,
    maxNotificationsPerPublish: 0,
    priority: 1,
  });
  const group = ClientMonitoredItemGroup.create(
    subscription,
    nodes.map((n) => ({ nodeId: n.node, attributeId: AttributeIds.Value })),
    { samplingInterval: 0, queueSize: 200, discardOldest: true },
    TimestampsToReturn.Both,
  );
  const found = new Map<string, number>();
  group.on('changed', (_item, value, index) => {
    const node = nodes[index];
    const t = value.sourceTimestamp?.getTime() ?? 0;
    if (node && t <= instant && value.statusCode.isGood()) found.set(node.signal, plain(value.value.value));
  });
  await sleepUntil(instant + AFTER_MS);
  await subscription.terminate();
  await session.close();
  await client.disconnect();
  return found;
}

/** A 64-bit integer arrives as a pair of its high and low words. */
function plain(value: unknown): number {
  if (Array.isArray(value)) return Number(value[0]) * 2 ** 32 + Number(value[1]);
  return Number(value);
}

/** The main incomer's register, kWh, read by a Modbus client of the test's own. */
export async function mainRegister(port: number): Promise<{ read(): Promise<number>; close(): Promise<void> }> {
  const client = new ModbusRTU();
  await client.connectTCP('127.0.0.1', { port });
  client.setID(1);
  return {
    async read() {
      const { buffer } = await client.readInputRegisters(72, 2);
      return buffer.readFloatBE(0);
    },
    close: () => new Promise<void>((resolve) => client.close(() => resolve())),
  };
}

async function mainAt(port: number, instant: number): Promise<number> {
  const register = await mainRegister(port);
  const readings: { t: number; kWh: number }[] = [];
  while (Date.now() < instant + AFTER_MS) {
    const kWh = await register.read();
    readings.push({ t: Date.now(), kWh });
    await sleep(200);
  }
  await register.close();
  const after = readings.findIndex((r) => r.t >= instant);
  const [a, b] = [readings[after - 1], readings[after]];
  if (!a || !b) throw new Error('no readings on both sides of the instant');
  return a.kWh + ((b.kWh - a.kWh) * (instant - a.t)) / (b.t - a.t);
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const sleepUntil = (instant: number) => sleep(Math.max(0, instant - Date.now()));
