import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync, type IClientOptions } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLiveClient, type LiveClient, type LiveClientOptions } from '#edge/sinks/live/client.ts';
import { createMqttSource } from '#edge/sources/mqtt/source.ts';
import { brokerTls } from '#shared/store/broker-tls.ts';
import { type Authority, createAuthority } from '../servers/certificates.ts';
import { type Mosquitto, startMosquitto } from '../servers/mosquitto.ts';
import { createRecorder } from './sources-recorder.ts';

/* Debian's mosquitto as plants run it: users, an access list, TLS with an authority of their own, client certificates. */

const dir = mkdtempSync(join(tmpdir(), 'linewatt-broker-'));
const ACL = [
  'user edge',
  'topic write linewatt/#',
  'topic read plc/#',
  'user reader',
  'topic read linewatt/#',
  '',
].join('\n');

/** As mosquitto_passwd writes it: PBKDF2 with SHA-512. */
function passwordLine(user: string, password: string): string {
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, 101, 64, 'sha512');
  return `${user}:$7$101$${salt.toString('base64')}$${hash.toString('base64')}`;
}

function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

describe('the live sink and the MQTT source with mosquitto', () => {
  const closing: (() => Promise<unknown>)[] = [];
  let authority: Authority;
  beforeAll(async () => {
    authority = await createAuthority('Test works CA');
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  async function start(options: Parameters<typeof startMosquitto>[0]): Promise<Mosquitto> {
    const broker = await startMosquitto(options);
    closing.push(broker.stop);
    return broker;
  }

  function edge(url: string, more: Partial<LiveClientOptions> = {}): LiveClient & { readonly logged: string[] } {
    const logged: string[] = [];
    const options: LiveClientOptions = {
      url,
      credentials: {},
      edge: 'main',
      epoch: 1,
      clientId: `edge-${closing.length}`,
      healthTopic: 'linewatt/v1/s/edges/main/health',
      birthTopic: 'linewatt/v1/s/edges/main/birth',
      birth: () => ({ plantHash: 'h', edgeVersion: '0', startedAt: 1 }),
      ...more,
    };
    const client = createLiveClient(options, (line) => logged.push(line));
    closing.push(() => client.close());
    return Object.assign(client, { logged });
  }

  async function reader(url: string, options: IClientOptions = {}) {
    const client = await connectAsync(url, { reconnectPeriod: 50, ...options });
    closing.push(() => client.endAsync(true));
    const heard = new Set<number>();
    client.on('message', (_topic, bytes) => heard.add(Number(JSON.parse(bytes.toString()).n)));
    await client.subscribeAsync('linewatt/v1/s/facts', { qos: 1 });
    return heard;
  }

  it('respects users and the access list, and says what was refused', async () => {
    const broker = await start({
      config: ['allow_anonymous false', 'password_file DIR/users', 'acl_file DIR/acl'],
      files: {
        users: `${passwordLine('edge', 'e')}\n${passwordLine('reader', 'r')}\n${passwordLine('plc', 'p')}\n`,
        acl: `${ACL}\nuser plc\ntopic write plc/#\n`,
      },
    });
    const heard = await reader(broker.url, { username: 'reader', password: 'r' });
    const client = edge(broker.url, { credentials: { username: 'edge', password: 'e' } });
    await expect.poll(() => client.connected).toBe(true);
    await client.deliver('linewatt/v1/s/facts', { n: 1 });
    await expect.poll(() => heard.has(1)).toBe(true);
    await expect(client.deliver('elsewhere', { n: 2 })).rejects.toThrow(/not authorized/i);
    const stranger = edge(broker.url, { credentials: { username: 'edge', password: 'wrong' } });
    await expect.poll(() => stranger.message).toMatch(/not authorized|refused/i);

    const host = createRecorder();
    const options = { url: broker.url, userName: 'edge', password: 'e' };
    const source = await createMqttSource(dir).start(
      { id: 'uns', options },
      [{ signal: 'm.total', address: { topic: 'plc/n' } }],
      host,
    );
    closing.push(() => source.stop());
    const plc = await connectAsync(broker.url, { username: 'plc', password: 'p' });
    closing.push(() => plc.endAsync(true));
    await plc.publishAsync('plc/n', '5', { qos: 1 });
    await host.until('the value', () => host.all('m.total').length === 1);
    const wrong = { ...options, password: 'wrong' };
    await expect(
      createMqttSource(dir).start({ id: 'uns', options: wrong }, [], createRecorder()),
    ).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/check userName, password or certificate/),
    });
  });

  it('checks the certificate of the broker, and shows its own', async () => {
    const own = await authority.server('broker');
    const [client, stranger] = [await authority.client('edge'), await createAuthority('Somebody else')];
    const ca = file('ca.pem', authority.cert);
    const otherCa = file('other-ca.pem', stranger.cert);
    const [certFile, keyFile] = [file('edge.pem', client.cert), file('edge.key', client.key)];
    const broker = await start({
      config: [
        'cafile DIR/ca.pem',
        'certfile DIR/server.pem',
        'keyfile DIR/server.key',
        'require_certificate true',
        'use_identity_as_username true',
        'acl_file DIR/acl',
      ],
      files: {
        'ca.pem': authority.cert,
        'server.pem': own.cert,
        'server.key': own.key,
        acl: `${ACL}\nuser edge\ntopic readwrite linewatt/#\n`,
      },
    });
    const url = broker.url.replace('mqtt:', 'mqtts:');
    const tls = brokerTls({
      LINEWATT_BROKER_CA_FILE: ca,
      LINEWATT_BROKER_CERT_FILE: certFile,
      LINEWATT_BROKER_KEY_FILE: keyFile,
    });
    const live = edge(url, { tls });
    await expect.poll(() => live.connected).toBe(true);

    const host = createRecorder();
    const items = [{ signal: 'm.total', address: { topic: 'linewatt/x', path: '$.n' } }];
    const start_ = (options: Record<string, unknown>) =>
      createMqttSource(dir).start({ id: 'uns', options: { url, ...options } }, items, host);
    const source = await start_({ caFile: ca, certFile, keyFile });
    closing.push(() => source.stop());
    await live.deliver('linewatt/x', { n: 3 });
    await host.until('the value', () => host.all('m.total').length === 1);
    expect(host.details).toMatchObject({
      securityMode: 'TLS',
      identity: 'certificate',
      certificateSubject: 'CN=broker',
      weaknesses: [],
    });
    expect(host.details!.certificateExpiresAt).toBeGreaterThan(Date.now());

    await expect(start_({ caFile: otherCa, certFile, keyFile })).rejects.toThrow(
      /certificate is not trusted; check caFile/,
    );
    await expect(start_({ certFile, keyFile })).rejects.toThrow(/certificate is not trusted/);
    await expect(start_({ caFile: ca })).rejects.toThrow(/wants one; check certFile and keyFile/);
    await expect(start_({ url: url.replace('mqtts:', 'mqtt:'), mqttVersion: '3.1.1' })).rejects.toThrow(
      /cannot be reached|closed/,
    );
    const blind = edge(url, { tls: brokerTls({ LINEWATT_BROKER_CA_FILE: otherCa }) });
    await expect.poll(() => blind.message).toMatch(/certificate|issuer/i);
    expect(() => brokerTls({ LINEWATT_BROKER_CERT_FILE: certFile })).toThrow(/needs both/);
  });

  it.each([5, 4] as const)('delivers each fact through kills of the broker, MQTT level %i', async (mqttVersion) => {
    const broker = await start({});
    const heard = await reader(broker.url, { clientId: 'reader', clean: false });
    const client = edge(broker.url, { mqttVersion });
    let last = 0;
    const upTo = async (n: number) => {
      while (last < n) {
        last += 1;
        // As the outbox does: again, until it is acknowledged.
        while (
          !(await client.deliver('linewatt/v1/s/facts', { n: last }).then(
            () => true,
            () => false,
          ))
        ) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    };
    for (let round = 1; round <= 2; round++) {
      const sending = upTo(last + 150);
      await expect.poll(() => last, { interval: 1 }).toBeGreaterThan(150 * round - 100);
      await broker.kill();
      await broker.start();
      await sending;
    }
    const missing = () => Array.from({ length: last }, (_, i) => i + 1).filter((n) => !heard.has(n));
    await expect.poll(missing, { timeout: 10_000 }).toEqual([]);
  });
});
