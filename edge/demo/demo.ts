import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '#shared/contract/command.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Instant } from '#shared/time/instant.ts';
import { MINUTE, SECOND, toIso } from '#shared/time/instant.ts';
import { demoEndpoints, requireFreePort } from './endpoints.ts';
import { startDemoModbusServer } from './modbus-server.ts';
import { startDemoOpcuaServer } from './opcua-server.ts';
import type { DemoPlant } from './plant-model.ts';
import { createDemoPlant } from './plant-model.ts';
import { demoRunOf, openRunStore } from './run-store.ts';
import { createWire } from './wire.ts';

/*
 * The simulated plant, live: its servers, and a clock that moves it on each second.
 *
 * - A restart is invisible but for the gap: the simulation is worked out again from its start, or from its snapshot.
 * - After a pause of the process (a computer that slept) clients see what holds now, since when it holds.
 */
export interface Demo {
  readonly model: DemoPlant;
  /** The first OPC UA and Modbus port; null where the plant file has no such source. */
  readonly opcuaPort: number | null;
  readonly modbusPort: number | null;
  /** Requests that ask for more than reading, since it started. */
  requests(): { readonly write: number; readonly call: number; readonly modbusWrite: number };
  /** Requests to the OPC UA servers by service, since they started. */
  services(): ReadonlyMap<string, number>;
  /** With `testNodes`: stops a machine now and publishes it. */
  forceStop(machine: string, code: number, seconds: number): void;
  /** With `testNodes`: sets the node Test.Toggle now, with this source timestamp. */
  toggle(value: number, t: Instant): void;
  stop(): Promise<void>;
}

export interface DemoOptions {
  readonly plant: Plant;
  /** Null: nothing is kept. */
  readonly dataDir: string | null;
  /** Beginning of the simulation; default: what the data directory says, else `historyDays` before today. */
  readonly start?: Instant;
  readonly now?: () => Instant;
  /** Adds the node Test.Toggle, and lets `forceStop` and `toggle` act. */
  readonly testNodes?: boolean;
}

const SNAPSHOT_MS = MINUTE;
/** The tick comes a little after the whole second, so that a timer that fires early does not miss it. */
const AFTER_SECOND_MS = 4;

/** @throws UserError for a plant that is not simulated, a port that is taken, a start in the future. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { plant, dataDir, testNodes = false, now = Date.now } = options;
  if (!plant.demo) throw new UserError('this plant file has no demo: key, so its machines are not simulated');
  const { opcuaPorts, modbusPorts } = demoEndpoints(plant);
  for (const port of opcuaPorts) await requireFreePort(port, 'OPC UA server');
  for (const port of modbusPorts) await requireFreePort(port, 'Modbus meters');

  const run = demoRunOf(dataDir, plant, now(), options.start);
  if (run.start > now()) throw new UserError(`the start ${toIso(run.start)} lies in the future; choose an earlier one`);
  const store = dataDir === null ? null : openRunStore(dataDir, run);
  const model = createDemoPlant({ ...run, timezone: plant.site.timezone });
  const kept = store?.readSnapshot();
  if (kept && kept.now <= now()) model.restore(kept);
  model.advanceTo(now());
  store?.writeSnapshot(model.snapshot());

  const temporary = store ? null : mkdtempSync(join(tmpdir(), 'linewatt-demo-'));
  const wire = createWire(model);
  const diagnostics = [
    ['Diagnostics.WriteRequests', 0],
    ['Diagnostics.CallRequests', 0],
    ['Diagnostics.ModbusWriteRequests', 0],
    ['Diagnostics.Seed', run.seed],
    ['Diagnostics.StartEpochMs', run.start],
  ] as const;
  const extra = [...diagnostics, ...(testNodes ? ([['Test.Toggle', 0]] as const) : [])];
  const servers: { stop(): Promise<void> }[] = [];
  const opcua: Awaited<ReturnType<typeof startDemoOpcuaServer>>[] = [];
  const modbus: Awaited<ReturnType<typeof startDemoModbusServer>>[] = [];
  let timer: ReturnType<typeof setTimeout> | null = null;

  function requests() {
    const write = opcua.reduce((sum, server) => sum + server.requests.write, 0);
    const call = opcua.reduce((sum, server) => sum + server.requests.call, 0);
    const modbusWrite = modbus.reduce((sum, server) => sum + server.requests.write, 0);
    return { write, call, modbusWrite };
  }

  function catchUp(): void {
    if (now() - model.now < SECOND) return;
    model.advanceTo(now());
    for (const server of opcua) server.publish();
  }

  function onForeignRequest(): void {
    const { write, call, modbusWrite } = requests();
    for (const server of opcua) {
      server.set('Diagnostics.WriteRequests', write, now());
      server.set('Diagnostics.CallRequests', call, now());
      server.set('Diagnostics.ModbusWriteRequests', modbusWrite, now());
    }
  }

  async function stop(): Promise<void> {
    if (timer) clearTimeout(timer);
    timer = null;
    await Promise.all(servers.map((server) => server.stop()));
    store?.writeSnapshot(model.snapshot());
    if (temporary) rmSync(temporary, { recursive: true, force: true });
  }

  try {
    for (const port of opcuaPorts) {
      const pkiFolder = join(store?.folder ?? temporary ?? '', 'pki');
      const server = await startDemoOpcuaServer({
        port,
        nodes: wire.nodes,
        pkiFolder,
        extra,
        onRequest: catchUp,
        onForeignRequest,
        now,
      });
      opcua.push(server);
      servers.push(server);
    }
    for (const port of modbusPorts) {
      const server = await startDemoModbusServer({
        port,
        registers: wire.registers,
        onRequest: catchUp,
        onForeignRequest,
      });
      modbus.push(server);
      servers.push(server);
    }
  } catch (error) {
    await stop();
    throw error;
  }

  let snapshotAt = model.now;
  function tick(): void {
    catchUp();
    if (store && model.now - snapshotAt >= SNAPSHOT_MS) {
      snapshotAt = model.now;
      store.writeSnapshot(model.snapshot());
    }
    schedule();
  }

  function schedule(): void {
    timer = setTimeout(tick, SECOND - (now() % SECOND) + AFTER_SECOND_MS);
  }

  tick();
  return {
    model,
    opcuaPort: opcuaPorts[0] ?? null,
    modbusPort: modbusPorts[0] ?? null,
    requests,
    services() {
      const all = new Map<string, number>();
      for (const server of opcua) for (const [name, n] of server.services) all.set(name, (all.get(name) ?? 0) + n);
      return all;
    },
    forceStop(machine, code, seconds) {
      requireTestNodes(testNodes);
      model.forceStop(machine, code, seconds);
      for (const server of opcua) server.publish();
    },
    toggle(value, t) {
      requireTestNodes(testNodes);
      for (const server of opcua) server.set('Test.Toggle', value, t);
    },
    stop,
  };
}

function requireTestNodes(testNodes: boolean): void {
  if (!testNodes) throw new Error('start the demo with testNodes to change it by hand');
}
