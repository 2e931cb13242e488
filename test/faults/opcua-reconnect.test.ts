import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataType } from 'node-opcua';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Supervised, superviseSource } from '#edge/core/supervisor.ts';
import { createOpcuaSource } from '#edge/sources/opcua/source.ts';
import { startProxy } from '../integration/sources-proxy.ts';
import { createRecorder, type Recorder } from '../integration/sources-recorder.ts';
import { freePort } from '../servers/free-port.ts';
import { type Plc, startPlc } from '../servers/opcua-plc.ts';

/*
 * A supervised source behind a proxy, a real server behind that. Each test breaks something, heals it, and compares what the
 * controller did with what arrived: all of it, or a gap that was told.
 */
const clock = {
  now: () => Date.now(),
  after: (ms: number, call: () => void) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};
const WITHIN_MS = 5000;
const items = [
  { signal: 'm.state', address: { node: 'nsu=http://linewatt.test/plc;s=State' } },
  { signal: 'm.total', address: { node: 'nsu=http://linewatt.test/plc;s=Total' } },
  { signal: 'm.product', address: { node: 'nsu=http://linewatt.test/plc;s=Recipe' } },
];
const wholeLosses = (host: Recorder) => host.losses.filter(({ signals }) => signals === undefined);

describe('the OPC UA source, cut off', () => {
  let folder: string;
  let port: number;
  let plc: Plc;
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  let host: Recorder;
  let supervised: Supervised;
  let count = 0;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'linewatt-reconnect-'));
    port = await freePort();
    plc = await startPlc({ port, folder });
    proxy = await startProxy(await freePort(), port);
    host = createRecorder();
    count = 100;
  });
  afterEach(async () => {
    await supervised.stop();
    await proxy.stop();
    await plc.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function connect(options: Record<string, unknown> = {}): Promise<void> {
    const endpoint = `opc.tcp://127.0.0.1:${proxy.port}`;
    const wish = { endpoint, publishingIntervalMs: 100, samplingIntervalMs: 50, ...options };
    const events = { ...host, status: () => host.alive(Date.now()) };
    const task = { id: 'plc1', type: 'opcua', options: wish, items };
    supervised = superviseSource(
      task,
      async () => createOpcuaSource(folder),
      events,
      clock,
      () => 0.5,
    );
    return host.until('first values', () => items.every(({ signal }) => host.all(signal).length > 0) && isUp());
  }
  const isUp = () => ['connected', 'degraded'].includes(supervised.status().state);
  /** The controller makes pieces, one each 60 ms. */
  async function produce(pieces: number): Promise<void> {
    for (let i = 0; i < pieces; i++) {
      count += 1;
      plc.set('Total', DataType.UInt32, count);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  }
  const arrived = () => new Set(host.all('m.total').map(({ value }) => value));
  const allSince = (from: number) => Array.from({ length: count - from }, (_, i) => from + 1 + i);
  const useSmallCounter = () => {
    plc.remove('Total');
    plc.add('Total', DataType.UInt32, count);
  };

  it('loses nothing over resets and a dead line: the old subscription is taken up, its queue bridges the gap', async () => {
    useSmallCounter();
    await connect();
    const from = count;
    await produce(5);
    proxy.reset();
    await produce(20);
    await host.until('back after a reset', () => host.bridges.length > 0, WITHIN_MS);
    proxy.blackHole(true);
    await produce(70);
    expect(wholeLosses(host)).toHaveLength(2);
    proxy.blackHole(false);
    proxy.reset();
    const healedAt = Date.now();
    await host.until('all pieces', () => arrived().has(count), WITHIN_MS);
    expect(Date.now() - healedAt).toBeLessThan(WITHIN_MS);
    expect([...arrived()].filter((value) => Number(value) > from)).toEqual(allSince(from));
    await host.until('all bridged', () => host.bridges.flat().filter((s) => s === 'm.state').length === 2);
    expect(host.bridges.flat().sort()).toEqual(['m.product', 'm.product', 'm.state', 'm.state', 'm.total', 'm.total']);
    expect(plc.requests.get('CreateSubscriptionRequest')).toBe(1);
  });

  it('does not bridge what overflowed: that gap stays, the rest is bridged', async () => {
    useSmallCounter();
    await connect({ queueSize: 5 });
    proxy.blackHole(true);
    await produce(70);
    proxy.blackHole(false);
    proxy.reset();
    await host.until('back', () => host.bridges.flat().length > 0 && arrived().has(count), WITHIN_MS);
    await host.until('bridged', () => host.bridges.flat().includes('m.state'));
    // What was on its way when the line died came again; what the queue dropped after it is a gap of this one signal.
    const gaps = host.losses.filter(({ signals }) => signals !== undefined);
    expect(gaps).toMatchObject([{ signals: ['m.total'], why: 'the server dropped values' }]);
    expect(arrived().size).toBeLessThan(70);
    expect(host.findings.map(({ code, signal }) => `${code} ${signal}`)).toContain('queueOverflow m.total');
  });

  it('begins anew after a restart, finds its nodes under another index, and tells the gap', async () => {
    await connect();
    await plc.stop();
    await host.until('the loss', () => wholeLosses(host).length === 1);
    const seen = host.all('m.state').length;
    plc = await startPlc({ port, folder, earlierNamespaces: ['urn:new:one', 'urn:new:two'] });
    const healedAt = Date.now();
    await host.until('a value again', () => host.all('m.state').length > seen, WITHIN_MS);
    expect(Date.now() - healedAt).toBeLessThan(WITHIN_MS);
    expect(host.bridges).toEqual([]);
    expect(host.findings.filter(({ code }) => code !== 'queueRevised')).toEqual([]);
  });

  it('asks again for a node that a download took away, and leaves the others alone', async () => {
    await connect();
    plc.remove('Recipe');
    await host.until('the node is missed', () => host.findings.some(({ code }) => code === 'nodeMissing'), WITHIN_MS);
    expect(host.findings.find(({ code }) => code === 'nodeMissing')).toMatchObject({
      signal: 'm.product',
      message: expect.stringMatching(/has nsu=http:.*;s=Recipe no more \(BadNodeId\w+\)/),
    });
    expect(supervised.status()).toMatchObject({ state: 'degraded', message: expect.stringContaining('m.product') });
    plc.set('State', DataType.Int32, 2);
    await host.until('the others go on', () => host.all('m.state').at(-1)?.value === 2);
    plc.add('Recipe', DataType.String, 'B');
    await host.until('the node is back', () => host.all('m.product').at(-1)?.value === 'B', WITHIN_MS);
    await host.until('it is told', () => supervised.status().state === 'connected');
    expect(host.cleared).toContainEqual({ code: 'nodeMissing', signal: 'm.product' });
    expect(wholeLosses(host)).toEqual([]);
  });

  it('takes a paused server up where it stood', async () => {
    await connect();
    proxy.blackHole(true);
    await host.until('the loss', () => wholeLosses(host).length === 1, WITHIN_MS);
    proxy.blackHole(false);
    proxy.reset();
    await host.until('all bridged', () => new Set(host.bridges.flat()).size === 3, WITHIN_MS);
    await host.until('connected', () => supervised.status().state === 'connected');
    // The server may say it again; it says the same.
    expect(new Set(host.all('m.state').map(({ value, t }) => `${value} at ${t}`)).size).toBe(1);
  });

  it('splits what the server takes only in small parts', async () => {
    await plc.stop();
    plc = await startPlc({
      port,
      folder,
      server: { serverCapabilities: { operationLimits: { maxMonitoredItemsPerCall: 2, maxNodesPerRead: 3 } } },
    });
    await connect();
    expect(plc.requests.get('CreateMonitoredItemsRequest')).toBe(2);
  });

  it('sends no request that could change anything, over all of this', async () => {
    await connect();
    proxy.reset();
    await host.until('back', () => host.bridges.flat().length === 3, WITHIN_MS);
    for (const name of [
      'WriteRequest',
      'CallRequest',
      'HistoryUpdateRequest',
      'AddNodesRequest',
      'DeleteNodesRequest',
    ]) {
      expect(plc.requests.get(name)).toBeUndefined();
    }
    expect([...plc.requests.keys()].sort()).toEqual([
      'ActivateSessionRequest',
      'BrowseRequest',
      'CreateMonitoredItemsRequest',
      'CreateSessionRequest',
      'CreateSubscriptionRequest',
      'GetEndpointsRequest',
      'PublishRequest',
      'ReadRequest',
      'RepublishRequest',
    ]);
  });
});
