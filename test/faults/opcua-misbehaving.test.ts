import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StatusCodes } from 'node-opcua';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Supervised, superviseSource } from '#edge/core/supervisor.ts';
import { createOpcuaSource } from '#edge/sources/opcua/source.ts';
import { createRecorder, type Recorder } from '../integration/sources-recorder.ts';
import { freePort } from '../servers/free-port.ts';
import { type Peer, startPeer } from './opcua-peer.ts';

/* A server that misbehaves, byte by byte: the client stays alive, names it, and goes on when the server behaves again. */
const clock = {
  now: () => Date.now(),
  after: (ms: number, call: () => void) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};
const items = [{ signal: 'm.total', address: { node: 'ns=1;s=Total' } }];
const WITHIN_MS = 6000;

describe('the OPC UA source against a peer that misbehaves', () => {
  let folder: string;
  let peer: Peer;
  let host: Recorder;
  let supervised: Supervised;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'linewatt-peer-'));
    peer = await startPeer(await freePort());
    host = createRecorder();
  });
  afterEach(async () => {
    await supervised.stop();
    await peer.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function begin(): void {
    const options = { endpoint: `opc.tcp://127.0.0.1:${peer.port}`, publishingIntervalMs: 100 };
    const events = { ...host, status: () => host.alive(Date.now()) };
    supervised = superviseSource(
      { id: 'plc1', type: 'opcua', options, items },
      async () => createOpcuaSource(folder),
      events,
      clock,
      () => 0.5,
    );
  }
  async function connected(): Promise<void> {
    begin();
    await host.until(
      'the first value',
      () => host.all('m.total').length > 0 && supervised.status().state === 'connected',
    );
  }
  const got = () => host.all('m.total').map(({ value }) => value);
  const arrives = async (value: number) => {
    peer.publish(value);
    await host.until(`value ${value}`, () => got().at(-1) === value);
  };
  /** After trouble: connected again, and values flow. */
  async function recovers(value: number): Promise<void> {
    const losses = host.losses.length;
    await host.until('connected', () => supervised.status().state === 'connected', WITHIN_MS);
    await arrives(value);
    expect(host.losses.slice(losses)).toEqual([]);
  }
  const whole = () => host.losses.filter(({ signals }) => signals === undefined);

  it('names a queue and a sampling that were cut down, and the outage that is left', async () => {
    peer.manners.queueSize = 10;
    peer.manners.samplingIntervalMs = 500;
    await connected();
    expect(host.findings.find(({ code }) => code === 'queueRevised')?.message).toBe(
      'plc1: the server keeps 10 values a node, sampled every 500 ms (asked for were 1000 values every 100 ms); an outage of up to 5 s leaves no gap, a longer one does',
    );
    expect(supervised.details).toMatchObject({ queueSize: 10, samplingIntervalMs: 500, coveredOutageSeconds: 5 });
  });

  it('does not take answers for values: a server that publishes nothing is told as such', async () => {
    await connected();
    peer.manners.publishes = false;
    await host.until('the loss', () => whole().length > 0, WITHIN_MS);
    expect(whole()[0]!.why).toMatch(/^the server answers, but has published nothing for \d\.\d s$/);
    await host.until('it is told', () => supervised.status().message?.includes('has published nothing') ?? false);
    expect(peer.requests.get('ReadRequest')).toBeLessThan(40);
    peer.manners.publishes = true;
    await recovers(20);
  });

  it('begins anew when the server drops the subscription', async () => {
    await connected();
    peer.dropSubscription();
    await host.until('the loss', () => whole().length > 0, WITHIN_MS);
    expect(whole()[0]!.why).toBe('the server dropped the subscription');
    await recovers(30);
    expect(peer.requests.get('CreateSubscriptionRequest')).toBe(2);
  });

  it('asks for a message that got lost, and ends the subscription where the server has it no more', async () => {
    await connected();
    peer.swallow(40);
    await arrives(41);
    expect(got().slice(-2)).toEqual([40, 41]);
    expect(whole()).toEqual([]);
    peer.manners.keepsMessages = false;
    peer.swallow(42);
    peer.publish(43);
    await host.until('the loss', () => whole().length > 0, WITHIN_MS);
    expect(whole()[0]!.why).toMatch(/^the server lost message \d+ of the subscription$/);
    expect(got()).not.toContain(42);
    await recovers(44);
  });

  it('asks less often where requests are too many, without a word', async () => {
    peer.manners.publishRequests = 1;
    await connected();
    for (const value of [50, 51, 52]) await arrives(value);
    expect(host.losses).toEqual([]);
    expect(peer.requests.get('PublishRequest')).toBeLessThan(30);
  });

  it('works with a clock that is an hour off, and with an address that the server alone believes in', async () => {
    peer.manners.clockAheadMs = 3_600_000;
    peer.manners.endpointUrl = 'opc.tcp://plc-7.plant.local:4840/UA';
    await connected();
    await arrives(60);
    const { t, received } = host.all('m.total').at(-1)!;
    expect(t - received).toBeGreaterThan(3_599_000);
    peer.manners.clockAheadMs = -3_600_000;
    await arrives(61);
    expect(host.losses).toEqual([]);
  });

  it('outlives rubbish, a chunk of two gigabytes, and a frame cut in half', async () => {
    await connected();
    const huge = Buffer.alloc(24);
    huge.write('MSGF', 0, 'latin1');
    huge.writeUInt32LE(0x7fffffff, 4);
    const half = Buffer.from('MSGF\x40\x00\x00\x00half', 'latin1');
    let value = 70;
    for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.alloc(64, 0xff), huge, half]) {
      const losses = whole().length;
      peer.raw(bytes);
      peer.publish(value);
      await host.until(`the loss after ${bytes.toString('latin1', 0, 4)}`, () => whole().length > losses, WITHIN_MS);
      value += 1;
      await recovers(value);
    }
  });

  it('waits, with one line in the log, while the server refuses our clock or has no session left', async () => {
    peer.manners.fault.set('CreateSessionRequest', StatusCodes.BadInvalidTimestamp);
    begin();
    await host.until('the refusal', () => supervised.status().state === 'failed', WITHIN_MS);
    expect(supervised.status().message).toMatch(/finds our clock wrong \(BadInvalidTimestamp\); set the clock/);
    peer.manners.fault.set('CreateSessionRequest', StatusCodes.BadTooManySessions);
    await host.until('the other', () => /no session left/.test(supervised.status().message ?? ''), WITHIN_MS);
    peer.manners.fault.clear();
    await recovers(80);
    expect(peer.connections).toBeLessThan(12);
  });

  it('takes what a service refuses for what it is, and never polls instead', async () => {
    peer.manners.fault.set('TransferSubscriptionsRequest', StatusCodes.BadServiceUnsupported);
    peer.manners.fault.set('RepublishRequest', StatusCodes.BadServiceUnsupported);
    await connected();
    peer.manners.fault.set('ActivateSessionRequest', StatusCodes.BadSessionIdInvalid);
    peer.raw(Buffer.from('rubbish!rubbish!'));
    await host.until('the loss', () => whole().length > 0, WITHIN_MS);
    const activations = () => peer.requests.get('ActivateSessionRequest') ?? 0;
    await host.until('old and new session refused', () => activations() >= 3, WITHIN_MS);
    peer.manners.fault.delete('ActivateSessionRequest');
    await recovers(90);
    expect(host.bridges.flat()).toEqual([]);
  });

  it('has the old subscription transferred where the old session is gone, and bridges the gap all the same', async () => {
    await connected();
    peer.manners.faultOnce.set('ActivateSessionRequest', StatusCodes.BadSessionIdInvalid);
    peer.raw(Buffer.from('rubbish!rubbish!'));
    await host.until('the loss', () => whole().length > 0, WITHIN_MS);
    peer.publish(100);
    await host.until('bridged', () => host.bridges.flat().includes('m.total'), WITHIN_MS);
    await host.until('the value', () => got().at(-1) === 100);
    expect(peer.requests.get('TransferSubscriptionsRequest')).toBe(1);
    expect(peer.requests.get('CreateSubscriptionRequest')).toBe(1);
  });
});
