import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DataType, type UAObject, VariantArrayType } from 'node-opcua';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browseCommand } from '#edge/commands/browse.ts';
import { type Demo, startDemo } from '#edge/demo/demo.ts';
import { createOpcuaSource } from '#edge/sources/opcua/source.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { signalsOf } from '#shared/plant/signals.ts';
import { freePort } from '../servers/free-port.ts';
import { startPlc } from '../servers/opcua-plc.ts';
import { createRecorder } from './sources-recorder.ts';

const folder = mkdtempSync(join(tmpdir(), 'linewatt-browse-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function browse(...args: string[]): Promise<string> {
  let printed = '';
  const io = {
    out(text: string) {
      printed += text;
    },
    err() {},
    env: {},
    signal: { aborted: false, addEventListener: () => {} },
  };
  expect(await browseCommand.run([...args, '--data', folder], io)).toBe(0);
  return printed;
}

/** The fragment pasted into the smallest plant file there is. */
function pasted(fragment: string) {
  const head = `version: 1
site: { id: s, name: S, timezone: UTC, currency: EUR, locale: en }
calendars: { two-shift: { shifts: [ { id: day, name: Day, days: [mon], start: "06:00", end: "14:00" } ] } }
`;
  return parsePlant(head + fragment, { hash: 'test', file: 'pasted.yaml' }).plant;
}

describe('linewatt browse', () => {
  let demo: Demo;
  let port: number;
  const read = (opcua: number, modbus: number) =>
    readFileSync(resolve(import.meta.dirname, '../../config/demo.plant.yaml'), 'utf8')
      .replaceAll('48400', String(opcua))
      .replaceAll('48502', String(modbus));
  beforeAll(async () => {
    port = await freePort();
    const { plant } = parsePlant(read(port, await freePort()), { hash: 'test', file: 'demo.plant.yaml' });
    demo = await startDemo({ plant, dataDir: null, start: Date.now() - 3_600_000 });
  });
  afterAll(() => demo.stop());

  it('prints a piece of a plant file that is valid, and finds the machines of the demo by their names', async () => {
    const text = await browse(`opc.tcp://127.0.0.1:${port}`, '--id', 'plc');
    expect(text).toContain('Linewatt demo plant, software 1 build 1');
    expect(text).toMatch(/Filling\.Labeller\.Total", modulus: 65536 \}/);
    const plant = pasted(text);
    const filler = plant.machines.get('filler')!;
    expect(filler.state).toMatchObject({
      binding: { source: 'plc', address: { node: 'nsu=urn:linewatt:demo:plant;s=Filling.Filler.State' } },
    });
    const nodes = new Map(signalsOf(plant).map(({ signal, address }) => [signal, address.node]));
    for (const [signal, name] of [
      ['filler.total', 'Total'],
      ['filler.reject', 'Reject'],
      ['filler.reason', 'StopCode'],
      ['filler.order', 'Order'],
    ] as const) {
      expect(nodes.get(signal)).toBe(`nsu=urn:linewatt:demo:plant;s=Filling.Filler.${name}`);
    }
    expect(text).toMatch(/total: \{ source: plc, node: "[^"]+" \} # "total" in its name, U?Int\d+, now \d+/);
    expect([...plant.meters.values()].some(({ importWh }) => importWh !== null)).toBe(true);
  });

  it('asks nothing of a server but to read, browsing and subscribing', async () => {
    const { plant } = parsePlant(read(port, 1), { hash: 'test', file: 'demo.plant.yaml' });
    const items = signalsOf(plant)
      .filter(({ address }) => typeof address.node === 'string')
      .map(({ signal, address }) => ({ signal, address }));
    expect(items.length).toBeGreaterThan(40);
    const host = createRecorder();
    const endpoint = `opc.tcp://127.0.0.1:${port}`;
    const connection = await createOpcuaSource(folder).start({ id: 'plc', options: { endpoint } }, items, host);
    await host.until('values of all', () => items.every(({ signal }) => host.all(signal).length > 0));
    await connection.stop();
    await browse(endpoint, '--all');
    expect(demo.requests()).toMatchObject({ write: 0, call: 0 });
    const READING =
      /^(GetEndpoints|(Create|Activate|Close)Session|Browse|BrowseNext|Read|(Create|Delete)Subscriptions?|CreateMonitoredItems|Publish|Republish)Request$/;
    expect([...demo.services().keys()].filter((name) => !READING.test(name))).toEqual([]);
    expect(demo.services().get('PublishRequest')).toBeGreaterThan(0);
  });

  it('walks a space with cycles, pages, standards, enumerations and hostile names, within its bounds', async () => {
    const plcPort = await freePort();
    const plc = await startPlc({
      port: plcPort,
      folder,
      server: {
        serverCapabilities: {
          maxBrowseContinuationPoints: 10,
          operationLimits: { maxNodesPerBrowse: 3, maxNodesPerRead: 50 },
        },
      },
    });
    const space = plc.server.engine.addressSpace!;
    const own = space.getOwnNamespace();
    const objects = space.rootFolder.objects;
    const object = (parent: UAObject, browseName: string) => own.addObject({ organizedBy: parent, browseName });
    const variable = (parent: UAObject, browseName: string, dataType: string, value: object) =>
      own.addVariable({ componentOf: parent, browseName, dataType, value: value as never });
    const int = (value: number) => ({ dataType: DataType.Int32, value });
    const press = object(objects, 'Press "7": { evil: [1] } #');
    const status = object(press, 'Status');
    variable(status, 'StateCurrent', 'Int32', int(6));
    const processed = object(press, 'Admin');
    variable(processed, 'ProdProcessedCount', 'Int32', int(100));
    variable(processed, 'ProdDefectiveCount', 'Int32', int(3));
    status.addReference({ referenceType: 'Organizes', nodeId: press });
    const saw = object(objects, 'Saw');
    const mode = variable(saw, 'Status', 'Int32', int(1));
    own.addVariable({
      propertyOf: mode,
      browseName: 'EnumStrings',
      dataType: 'LocalizedText',
      valueRank: 1,
      value: {
        dataType: DataType.LocalizedText,
        arrayType: VariantArrayType.Array,
        value: [{ text: 'Stopped' }, { text: 'Running' }, { text: 'Fault' }],
      },
    });
    const energy = object(saw, 'Energy');
    variable(energy, 'AcActiveEnergyTotalImportLp', 'Float', { dataType: DataType.Float, value: 5 });
    variable(energy, 'AcActiveEnergyTotalImportHp', 'Double', { dataType: DataType.Double, value: 5 });
    const many = object(objects, 'Many');
    for (let i = 0; i < 600; i++) variable(many, `V${i}`, 'Int32', int(i));
    const text = await browse(`opc.tcp://127.0.0.1:${plcPort}`);
    const plant = pasted(text);
    expect([...plant.machines.keys()]).toEqual(expect.arrayContaining(['press-7-evil-1', 'saw']));
    expect(plant.machines.get('press-7-evil-1')).toMatchObject({
      name: 'Press "7": { evil: [1] } #',
      state: { preset: 'packml' },
    });
    expect(plant.machines.get('press-7-evil-1')!.reject).not.toBeNull();
    const map = plant.machines.get('saw')!.state;
    expect(map && 'map' in map && Object.fromEntries(map.map)).toEqual({ 0: 'idle', 1: 'running', 2: 'down' });
    expect(plant.meters.get('m-saw')).toMatchObject({ feeds: [{ value: [{ machine: 'saw', share: 1 }] }] });
    expect(text).toMatch(
      /importWh: \{ source: plc1, node: "[^"]+" \} # named AcActiveEnergyTotalImportHp as in OPC 34100/,
    );
    expect((await browse(`opc.tcp://127.0.0.1:${plcPort}`, '--all')).match(/\/ V\d+\n/g)).toHaveLength(600);
    const short = await browse(`opc.tcp://127.0.0.1:${plcPort}`, '--nodes', '50');
    expect(short).toContain('The walk was cut short');
    await plc.stop();
  });

  it('says what is wrong, in one sentence', async () => {
    await expect(browse('http://x')).rejects.toMatchObject({ exitCode: 2 });
    await expect(browse(`opc.tcp://127.0.0.1:${await freePort()}`)).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('cannot be reached'),
    });
    await expect(browse(`opc.tcp://127.0.0.1:${port}`, '--mode', 'Sign')).rejects.toThrow(
      /linewatt trust add [0-9a-f]{40}/,
    );
    await expect(browse(`opc.tcp://127.0.0.1:${port}`, '--nodes', 'x')).rejects.toMatchObject({ exitCode: 2 });
  });
});
