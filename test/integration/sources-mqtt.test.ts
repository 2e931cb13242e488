import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Item, SourceConnection } from '#edge/core/source.ts';
import { createMqttSource } from '#edge/sources/mqtt/source.ts';
import { decodePayload, encodePayload, type Metric, type Payload } from '#edge/sources/mqtt/sparkplug/payload.ts';
import { type Mosquitto, startMosquitto } from '../servers/mosquitto.ts';
import { createRecorder } from './sources-recorder.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'linewatt-mqtt-'));
const at = Date.parse('2026-06-01T09:00:00Z');
const own = (signal: string, topic: string): Item => ({ signal, address: { topic, path: '$.v', timePath: '$.t' } });

describe('the MQTT source, against a real broker', () => {
  let broker: Mosquitto;
  let sender: MqttClient;
  const open: SourceConnection[] = [];
  beforeAll(async () => {
    broker = await startMosquitto();
    sender = await connectAsync(broker.url, { reconnectPeriod: 100 });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((connection) => connection.stop()));
  });
  afterAll(async () => {
    await sender.endAsync(true);
    await broker.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function read(items: readonly Item[], options: Record<string, unknown> = {}, type = createMqttSource(dataDir)) {
    const host = createRecorder();
    const connection = await type.start({ id: 'uns', options: { url: broker.url, ...options } }, items, host);
    open.push(connection);
    return { host, connection };
  }

  it.each(['5', '3.1.1'])('reads values, times and lists over MQTT %s', async (mqttVersion) => {
    const items = [
      own('m.powerW', 'a/power'),
      { signal: 'm.state', address: { topic: 'a/state' } },
      { signal: 'm.total', address: { topic: 'a/list', path: '$.s[*].n', timePath: '$.s[*].t' } },
    ];
    const { host } = await read(items, { mqttVersion });
    const seconds = Math.floor(Date.now() / 1000);
    sender.publish('a/power', JSON.stringify({ v: 12.5, t: seconds }), { qos: 1 });
    sender.publish('a/state', 'running', { qos: 1 });
    const samples = [1, 2, 3].map((n) => ({ n, t: new Date((seconds + n) * 1000).toISOString() }));
    sender.publish('a/list', JSON.stringify({ s: samples }), { qos: 1 });
    await host.until('all', () => host.all('m.total').length === 3 && host.all('m.state').length === 1);
    expect(host.all('m.powerW')).toMatchObject([{ value: 12.5, quality: 'good', t: seconds * 1000 }]);
    expect(host.all('m.state')).toMatchObject([{ value: 'running' }]);
    expect(Math.abs(host.all('m.state')[0]!.t - Date.now())).toBeLessThan(5000);
    expect(host.all('m.total').map((r) => [r.value, r.t])).toEqual([1, 2, 3].map((n) => [n, (seconds + n) * 1000]));
    expect(host.findings).toEqual([]);
  });

  it('takes a retained message for what it is', async () => {
    await sender.publishAsync('r/timed', JSON.stringify({ v: 1, t: at }), { qos: 1, retain: true });
    await sender.publishAsync('r/bare', '2', { qos: 1, retain: true });
    await sender.publishAsync('r/held', 'running', { qos: 1, retain: true });
    const { host } = await read([
      own('m.total', 'r/timed'),
      { signal: 'm.good', address: { topic: 'r/bare' } },
      { signal: 'm.state', address: { topic: 'r/held', retained: 'hold' } },
    ]);
    await host.until('the held one', () => host.all('m.state').length === 1 && host.counts.mqtt_retained_ignored === 1);
    expect(host.all('m.total')).toMatchObject([{ value: 1, t: at, recorded: true }]);
    expect(host.all('m.good')).toEqual([]);
    expect(host.all('m.state')[0]).not.toHaveProperty('recorded');
    await sender.publishAsync('r/bare', '3', { qos: 1, retain: true });
    await host.until('the live one', () => host.all('m.good').length === 1);
    expect(host.all('m.good')).toMatchObject([{ value: 3 }]);
  });

  it('loses nothing when it is away, the broker is killed, or both', async () => {
    const type = createMqttSource(dataDir);
    const items = [own('m.total', 'q/total')];
    let number = 0;
    const send = () => {
      number += 1;
      return sender.publishAsync('q/total', JSON.stringify({ v: number, t: at + number }), { qos: 1 });
    };
    const first = await read(items, {}, type);
    for (let i = 0; i < 20; i++) await send();
    await first.connection.stop();
    for (let i = 0; i < 20; i++) await send();
    const second = await read(items, {}, type);
    expect(second.host.bridges).toEqual([['m.total']]);
    // One is always under way: what was not acknowledged when the broker dies is sent again by its sender.
    let sending = true;
    const sent = (async () => {
      while (sending) await send();
    })();
    await second.host.until('some of them', () => second.host.all('m.total').length > 60);
    await broker.kill();
    await expect(second.connection.closed).resolves.toMatchObject({ code: 'lost' });
    await broker.start();
    sending = false;
    await sent;
    const third = await read(items, {}, type);
    await send();
    const seen = () => new Set([first, second, third].flatMap(({ host }) => host.all('m.total').map((r) => r.value)));
    const missing = () => Array.from({ length: number }, (_, i) => i + 1).filter((n) => !seen().has(n));
    await third.host.until(`all ${number}`, () => missing().length === 0);
    expect(second.host.losses.length + third.host.losses.length).toBe(1);
  });

  it('acknowledges only what is kept: what the journal never had comes again', async () => {
    const type = createMqttSource(dataDir);
    const recorder = createRecorder();
    const host = { ...recorder, kept: () => new Promise<void>(() => {}) };
    const items = [own('m.total', 'k/total')];
    const crashing = await type.start({ id: 'crash', options: { url: broker.url } }, items, host);
    await sender.publishAsync('k/total', JSON.stringify({ v: 7, t: at }), { qos: 1 });
    await recorder.until('the first time', () => recorder.all('m.total').length === 1);
    await crashing.stop();
    const after = createRecorder();
    open.push(await createMqttSource(dataDir).start({ id: 'crash', options: { url: broker.url } }, items, after));
    await after.until('again', () => after.all('m.total').length === 1);
    expect(after.all('m.total')).toMatchObject([{ value: 7, t: at }]);
  });

  it('says what is wrong with an address, a broker that is not there, and options', async () => {
    const { host } = await read([{ signal: 'm.total', address: { topic: 'a/+' } }, own('m.good', 'x/y')]);
    expect(host.findings.map((f) => [f.code, f.signal])).toEqual([['badAddress', 'm.total']]);
    const start = (options: Record<string, unknown>) =>
      createMqttSource(dataDir).start({ id: 'uns', options }, [], createRecorder());
    await expect(start({ url: 'mqtt://127.0.0.1:9' })).rejects.toMatchObject({ code: 'unreachable', retryable: true });
    await expect(start({ url: 'http://x' })).rejects.toThrow('sources.uns.url must be an address');
    await expect(start({ url: broker.url, certFile: '/nowhere' })).rejects.toThrow(
      'sources.uns.certFile cannot be read',
    );
  });

  describe('with Sparkplug', () => {
    const item = (signal: string, metric: string, device?: string): Item => ({
      signal,
      address: { group: 'G', node: 'N', metric, ...(device && { device }) },
    });
    const items = [item('m.state', 'State'), item('m.total', 'Total', 'D')];
    const send = (kind: string, payload: Payload, device = '') =>
      sender.publishAsync(`spBv1.0/G/${kind}/N${device}`, Buffer.from(encodePayload(payload)));
    const bdSeq = (n: number): Metric => ({ name: 'bdSeq', datatype: 4, longValue: String(n) });

    it('follows births, aliases and deaths, and publishes nothing', async () => {
      const heard: string[] = [];
      await sender.subscribeAsync('spBv1.0/+/NCMD/#');
      sender.on('message', (topic) => heard.push(topic));
      const { host } = await read(items, { format: 'sparkplug' });
      const t = Date.now();
      const timestamp = String(t);
      await send('NBIRTH', {
        timestamp,
        seq: '0',
        metrics: [bdSeq(3), { name: 'State', alias: '1', datatype: 3, intValue: 2, timestamp }],
      });
      await send(
        'DBIRTH',
        { timestamp, seq: '1', metrics: [{ name: 'Total', alias: '2', datatype: 4, longValue: '100', timestamp }] },
        '/D',
      );
      await send(
        'DDATA',
        { timestamp, seq: '2', metrics: [{ alias: '2', longValue: '101', timestamp: String(t + 5) }] },
        '/D',
      );
      await host.until('the data', () => host.all('m.total').length === 2);
      expect(host.all('m.total').map((r) => [r.value, r.t])).toEqual([
        [100, t],
        [101, t + 5],
      ]);
      await send('NDEATH', { metrics: [bdSeq(2)] });
      await send('NDEATH', { metrics: [bdSeq(3)] });
      await host.until('the death', () => host.losses.length === 1);
      expect(host.counts).toMatchObject({ sparkplug_old_deaths: 1, sparkplug_deaths: 1 });
      expect(host.losses[0]!.signals).toEqual(['m.state', 'm.total']);
      await host.until('proof of life', () => host.aliveCount > 0, 5000);
      expect(heard).toEqual([]);
    });

    it('asks for a birth only where the plant file allows it', async () => {
      const asked: Payload[] = [];
      await sender.subscribeAsync('spBv1.0/G/NCMD/N');
      sender.on('message', (topic, bytes) => topic === 'spBv1.0/G/NCMD/N' && asked.push(decodePayload(bytes)));
      const unknown: Payload = { seq: '7', timestamp: String(at), metrics: [{ alias: '9', intValue: 1 }] };
      const silent = await read(items, { format: 'sparkplug' });
      await send('NDATA', unknown);
      await silent.host.until('the finding', () => silent.host.findings.some((f) => f.code === 'birthNeeded'));
      const { host } = await read(items, { format: 'sparkplug', rebirth: true, clientId: 'asks' });
      await send('NDATA', { ...unknown, seq: '8' });
      await send('NDATA', { ...unknown, seq: '9' });
      await host.until('the request', () => host.counts.sparkplug_unknown_aliases === 2);
      await expect.poll(() => asked.length).toBe(1);
      expect(asked[0]!.metrics[0]).toMatchObject({ name: 'Node Control/Rebirth', datatype: 11, booleanValue: true });
    });
  });
});
