import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DataType,
  type OPCUACertificateManager,
  OPCUAServer,
  StatusCodes,
  type UAVariable,
  Variant,
  VariantArrayType,
} from 'node-opcua';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourceConnection } from '#edge/core/source.ts';
import { superviseSource } from '#edge/core/supervisor.ts';
import { createOpcuaSource } from '#edge/sources/opcua/source.ts';
import { startProxy } from './sources-proxy.ts';
import { createRecorder } from './sources-recorder.ts';

const SERVER_PORT = 42100;
const PROXY_PORT = 42101;
const dataDir = mkdtempSync(join(tmpdir(), 'linewatt-opcua-'));

interface Plc {
  set(name: string, dataType: DataType, value: unknown, at?: number, status?: typeof StatusCodes.Good): void;
  stop(): Promise<void>;
}

async function startPlc(port: number): Promise<Plc> {
  const { OPCUACertificateManager: Manager } = await import('node-opcua');
  const manager: OPCUACertificateManager = new Manager({
    rootFolder: join(dataDir, 'server-pki'),
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  await manager.initialize();
  const server = new OPCUAServer({ port, serverCertificateManager: manager, userCertificateManager: manager });
  await server.initialize();
  const space = server.engine.addressSpace!;
  const namespace = space.registerNamespace('http://linewatt.test/plc');
  const variables = new Map<string, UAVariable>();
  const define = (name: string, dataType: DataType, value: unknown) => {
    const variable = namespace.addVariable({
      organizedBy: space.rootFolder.objects,
      browseName: name,
      nodeId: `s=${name}`,
      dataType,
    });
    variable.setValueFromSource({ dataType, arrayType: VariantArrayType.Scalar, value });
    variables.set(name, variable);
  };
  define('State', DataType.Int32, 6);
  define('Total', DataType.UInt64, [0, 41]);
  define('Recipe', DataType.String, 'A');
  await server.start();
  return {
    set(name, dataType, value, at = Date.now(), status = StatusCodes.Good) {
      const variant = new Variant({ dataType, arrayType: VariantArrayType.Scalar, value });
      variables.get(name)!.setValueFromSource(variant, status, new Date(at));
    },
    stop: () => server.shutdown(0),
  };
}

const items = [
  { signal: 'm.state', address: { node: 'ns=2;s=State' } },
  { signal: 'm.total', address: { node: 'nsu=http://linewatt.test/plc;s=Total' } },
  { signal: 'm.product', address: { node: 'ns=2;s=Recipe' } },
  { signal: 'm.reject', address: { node: 'ns=2;s=Missing' } },
  { signal: 'm.good', address: { node: 'not a node id' } },
  { signal: 'm.order', address: { node: 'nsu=http://elsewhere;s=Total' } },
];
const source = (port: number) => ({
  id: 'plc1',
  options: { endpoint: `opc.tcp://127.0.0.1:${port}`, publishingIntervalMs: 100 },
});

describe('the OPC UA source', () => {
  let plc: Plc;
  beforeAll(async () => {
    plc = await startPlc(SERVER_PORT);
  });
  afterAll(async () => {
    await plc.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('delivers first values, changes with the source time, 64-bit integers and statuses; a bad node never blocks the rest', async () => {
    const host = createRecorder();
    const connection = await createOpcuaSource(dataDir).start(source(SERVER_PORT), items, host);
    await host.until('first values', () => ['m.state', 'm.total', 'm.product'].every((s) => host.all(s).length > 0));
    expect(host.all('m.state')[0]).toMatchObject({ value: 6, quality: 'good' });
    expect(host.all('m.total')[0]).toMatchObject({ value: 41, quality: 'good' });
    expect(host.all('m.product')[0]).toMatchObject({ value: 'A' });
    expect(host.findings.filter((f) => f.code === 'nodeRefused').map((f) => f.signal)).toEqual(['m.reject']);
    expect(
      host.findings
        .filter((f) => f.code === 'badNodeId')
        .map((f) => f.signal)
        .sort(),
    ).toEqual(['m.good', 'm.order']);

    const at = Date.now() - 1234;
    plc.set('Total', DataType.UInt64, [1, 0], at);
    plc.set('State', DataType.Int32, 2, at + 1, StatusCodes.BadSensorFailure);
    await host.until('the change', () => host.all('m.total').length > 1 && host.all('m.state').length > 1);
    expect(host.all('m.total').at(-1)).toMatchObject({ value: 2 ** 32, quality: 'good', t: at });
    expect(host.all('m.state').at(-1)).toMatchObject({ value: null, quality: 'bad', t: at + 1 });
    plc.set('State', DataType.Int32, 6, at + 2, StatusCodes.UncertainLastUsableValue);
    await host.until('the uncertain value', () => host.all('m.state').at(-1)?.quality === 'uncertain');
    const before = host.aliveCount;
    await host.until('a keep-alive while nothing changes', () => host.aliveCount > before, 5000);
    await connection.stop();
    await expect(connection.closed).resolves.toBeNull();
    expect(host.losses).toEqual([]);
  });

  it('queues what changes faster than it is published', async () => {
    const host = createRecorder();
    const fast = {
      id: 'plc1',
      options: { ...source(SERVER_PORT).options, publishingIntervalMs: 500, samplingIntervalMs: 50 },
    };
    const connection = await createOpcuaSource(dataDir).start(fast, items, host);
    await host.until('the first value', () => host.all('m.product').length > 0);
    const first = Date.now();
    for (let i = 0; i < 10; i++) {
      plc.set('Recipe', DataType.String, `P${i}`, first + i);
      await new Promise((resolve) => setTimeout(resolve, 130));
    }
    await host.until('the last one', () => host.all('m.product').at(-1)?.value === 'P9');
    expect(
      host
        .all('m.product')
        .slice(-10)
        .map((r) => r.value),
    ).toEqual(Array.from({ length: 10 }, (_, i) => `P${i}`));
    await connection.stop();
  });

  it('notices a half-open link by its own watch, from the last contact on', async () => {
    const proxy = await startProxy(PROXY_PORT, SERVER_PORT);
    const host = createRecorder();
    const connection: SourceConnection = await createOpcuaSource(dataDir).start(source(PROXY_PORT), items, host);
    await host.until('the first value', () => host.all('m.state').length > 0);
    proxy.blackHole(true);
    const cutAt = Date.now();
    await host.until('the loss', () => host.losses.length > 0, 8000);
    const [loss] = host.losses;
    expect(loss!.at - cutAt).toBeLessThan(4500);
    expect(Math.abs(loss!.lastContact - cutAt)).toBeLessThan(1500);
    expect(loss!.signals).toBeUndefined();
    await expect(connection.closed).resolves.toMatchObject({ code: 'lost', retryable: true });
    await proxy.stop();
  });

  it('comes back by itself within five seconds after the server restarted', async () => {
    const host = createRecorder();
    const supervised = superviseSource(
      { ...source(SERVER_PORT), type: 'opcua', items },
      async () => createOpcuaSource(dataDir),
      { ...host, status: () => host.alive(Date.now()) },
      {
        now: () => Date.now(),
        after: (ms, call) => {
          const timer = setTimeout(call, ms);
          return () => clearTimeout(timer);
        },
      },
      () => 0.5,
    );
    await host.until('the first value', () => host.all('m.state').length > 0);
    expect(supervised.status().state).toBe('connected');
    await plc.stop();
    await host.until('the loss', () => host.losses.length > 0);
    const seen = host.all('m.state').length;
    plc = await startPlc(SERVER_PORT);
    const healedAt = Date.now();
    await host.until('a value again', () => host.all('m.state').length > seen, 10_000);
    expect(Date.now() - healedAt).toBeLessThan(5000);
    expect(supervised.status()).toMatchObject({ state: 'connected', message: null });
    await supervised.stop();
  });

  it('says what to do when nobody listens, when the mode is not offered, and when the key is wrong', async () => {
    const host = createRecorder();
    const type = createOpcuaSource(dataDir);
    await expect(type.start(source(42199), items, host)).rejects.toMatchObject({
      code: 'unreachable',
      retryable: true,
    });
    const bad = { id: 'plc1', options: { endpoint: 'http://10.0.0.5' } };
    await expect(type.start(bad, items, host)).rejects.toThrow('sources.plc1.endpoint must be an address like');
  });

  it('trusts no unknown certificate by itself, and says where to put it', async () => {
    const host = createRecorder();
    const secure = { id: 'plc1', options: { ...source(SERVER_PORT).options, securityMode: 'SignAndEncrypt' } };
    const starting = createOpcuaSource(dataDir).start(secure, items, host);
    await expect(starting).rejects.toMatchObject({ code: 'refused' });
    await expect(starting).rejects.toThrow(/rejected/);
    expect(host.batches).toEqual([]);
  });
});
