import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataType, StatusCodes, Variant, VariantArrayType } from 'node-opcua';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourceConnection } from '#edge/core/source.ts';
import { superviseSource } from '#edge/core/supervisor.ts';
import { createOpcuaSource } from '#edge/sources/opcua/source.ts';
import { type Plc, startPlc } from '../servers/opcua-plc.ts';
import { startProxy } from './sources-proxy.ts';
import { createRecorder } from './sources-recorder.ts';

const SERVER_PORT = 21400;
const PROXY_PORT = 21401;
const dataDir = mkdtempSync(join(tmpdir(), 'linewatt-opcua-'));

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
    plc = await startPlc({ port: SERVER_PORT, folder: dataDir });
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
    expect(host.losses.map(({ signals }) => signals)).toEqual([['m.good'], ['m.order'], ['m.reject']]);
  });

  it('takes values of every type and status for what they are', async () => {
    const host = createRecorder();
    plc.add('Odd', DataType.Variant, 1);
    const odd = [{ signal: 'm.odd', address: { node: 'ns=2;s=Odd' } }];
    const connection = await createOpcuaSource(dataDir).start(source(SERVER_PORT), odd, host);
    await host.until('the first value', () => host.all('m.odd').length > 0);
    const scalar = (dataType: DataType, value: unknown) =>
      new Variant({ dataType, arrayType: VariantArrayType.Scalar, value });
    const cases: [Variant, unknown, string][] = [
      [scalar(DataType.Double, Number.NaN), null, 'bad'],
      [scalar(DataType.Double, Number.POSITIVE_INFINITY), null, 'bad'],
      [scalar(DataType.Double, -0), -0, 'good'],
      [new Variant({ dataType: DataType.Double, arrayType: VariantArrayType.Array, value: [1, 2] }), null, 'bad'],
      [scalar(DataType.UInt64, [0x200000, 1]), 2 ** 53, 'uncertain'],
      [scalar(DataType.Int64, [0xffffffff, 0xffffffff]), -1, 'good'],
      [new Variant({ dataType: DataType.Null }), null, 'good'],
      [scalar(DataType.String, '007'), '007', 'good'],
      [scalar(DataType.String, 'x'.repeat(1_000_000)), 'x'.repeat(1_000_000), 'good'],
      [scalar(DataType.String, 'a,= "\n\u{1F600}'), 'a,= "\n\u{1F600}', 'good'],
      [scalar(DataType.LocalizedText, { locale: 'de', text: 'läuft' }), 'läuft', 'good'],
      [scalar(DataType.ByteString, Buffer.from([1])), null, 'bad'],
    ];
    let seen = host.all('m.odd').length;
    for (const [variant, value, quality] of cases) {
      plc.setVariant('Odd', variant);
      await host.until(String(variant), () => host.all('m.odd').length > seen);
      seen = host.all('m.odd').length;
      expect(host.all('m.odd').at(-1)).toMatchObject({ value, quality });
    }
    plc.set('Odd', DataType.Double, 5, Date.now(), StatusCodes.BadOutOfService);
    await host.until('a bad one with a value', () => host.all('m.odd').length > seen);
    expect(host.all('m.odd').at(-1)).toMatchObject({ value: null, quality: 'bad' });
    await connection.stop();
    plc.remove('Odd');
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
    const whole = () => host.losses.find(({ signals }) => signals === undefined);
    await host.until('the loss', () => whole() !== undefined, 8000);
    const loss = whole();
    expect(loss!.at - cutAt).toBeLessThan(4500);
    expect(Math.abs(loss!.lastContact - cutAt)).toBeLessThan(1500);
    await expect(connection.closed).resolves.toMatchObject({ code: 'lost', retryable: true });
    await proxy.stop();
  });

  it('comes back by itself within five seconds after the server restarted', async () => {
    const host = createRecorder();
    const supervised = superviseSource(
      { ...source(SERVER_PORT), type: 'opcua', items: items.slice(0, 3) },
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
    await host.until('the connection', () => supervised.status().state === 'connected');
    await plc.stop();
    await host.until('the loss', () => host.losses.length > 0);
    const seen = host.all('m.state').length;
    plc = await startPlc({ port: SERVER_PORT, folder: dataDir });
    const healedAt = Date.now();
    await host.until('a value again', () => host.all('m.state').length > seen, 10_000);
    expect(Date.now() - healedAt).toBeLessThan(5000);
    await host.until('the connection', () => supervised.status().state === 'connected');
    expect(supervised.status().message).toBeNull();
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
    await expect(starting).rejects.toThrow(/is not trusted yet.*linewatt trust add [0-9a-f]{40}/);
    expect(host.batches).toEqual([]);
  });
});
