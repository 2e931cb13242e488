import { join, resolve } from 'node:path';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import { toIso } from '#shared/time/instant.ts';
import { readOptions } from './options.ts';

const DEMO_PLANT = join(import.meta.dirname, '../../config/demo.plant.yaml');

const usage = `Usage: linewatt demo [options]

Simulates the machines and meters of a demo plant, on a real OPC UA server and a real Modbus TCP server, at the addresses
that the plant file gives for its sources. Nothing else is started: point an edge at it, or any OPC UA client.

  --plant FILE        a plant file with a demo: key; default: the demo plant
  --data DIR          where the simulation is kept, so that a restart goes on with it; default ./data
  --start INSTANT     begin the simulation anew at this instant, like 2026-06-01T00:00:00Z

Ctrl-C stops it.`;

export const demoCommand: Command = {
  name: 'demo',
  summary: 'simulate the machines of the demo plant',
  usage,
  run,
};

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const given = readOptions(args, {
    plant: { type: 'string' },
    data: { type: 'string' },
    start: { type: 'string' },
  });
  const start = given.start === undefined ? undefined : readInstant(given.start);
  const [{ requirePlantFile }, { startDemo }] = await Promise.all([
    import('#shared/store/plant-file.ts'),
    import('../demo/demo.ts'),
  ]);
  const { plant } = requirePlantFile(resolve(given.plant ?? DEMO_PLANT), io.env);
  const dataDir = resolve(given.data ?? 'data');
  const demo = await startDemo({ plant, dataDir, ...(start === undefined ? {} : { start }) });
  const places = [
    demo.opcuaPort === null ? null : `opc.tcp://127.0.0.1:${demo.opcuaPort}`,
    demo.modbusPort === null ? null : `Modbus TCP 127.0.0.1:${demo.modbusPort}`,
  ].filter((place) => place !== null);
  io.err(`simulating ${plant.site.name} since ${toIso(demo.model.start)}: ${places.join(', ')}\n`);
  await aborted(io);
  await demo.stop();
  return 0;
}

function readInstant(text: string): number {
  const t = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(t)) throw new UserError(`--start must be an instant like 2026-06-01T00:00:00Z, not "${text}"`, 2);
  return t;
}

function aborted({ signal }: CommandIo): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done());
  });
}
