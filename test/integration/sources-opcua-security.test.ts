import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageSecurityMode, SecurityPolicy } from 'node-opcua';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOpcuaSource } from '#edge/sources/opcua/source.ts';
import { openTrustStore } from '#edge/trust/store.ts';
import { DAY } from '#shared/time/instant.ts';
import { freePort } from '../servers/free-port.ts';
import { type Plc, startPlc } from '../servers/opcua-plc.ts';
import { startProxy } from './sources-proxy.ts';
import { createRecorder } from './sources-recorder.ts';

/* Against a real server: every mode and policy, every way to log in, and servers whose certificates do not do. */
const PORT = 21410;
const folder = mkdtempSync(join(tmpdir(), 'linewatt-opcua-security-'));
const items = [{ signal: 'm.state', address: { node: 'ns=1;s=State' } }];
const endpoint = `opc.tcp://127.0.0.1:${PORT}`;

const store = openTrustStore(folder);
const trustAll = () => {
  for (const certificate of store.rejected()) store.trust(certificate);
};
const start = (options: Record<string, unknown>, host = createRecorder(), now?: number) => {
  const at = now === undefined ? host : { ...host, now: () => now };
  const nodes = items.map((item) => ({ ...item, address: { node: 'nsu=http://linewatt.test/plc;s=State' } }));
  return createOpcuaSource(folder).start({ id: 'plc1', options: { endpoint, ...options } }, nodes, at);
};

/** First value, and what was told of the connection. */
async function connects(options: Record<string, unknown>) {
  const host = createRecorder();
  const connection = await start(options, host);
  await host.until('a value', () => host.all('m.state').length > 0);
  await connection.stop();
  return host;
}

describe('the OPC UA source, secured', () => {
  let plc: Plc;
  const policies = [
    SecurityPolicy.Basic256Sha256,
    SecurityPolicy.Aes128_Sha256_RsaOaep,
    SecurityPolicy.Aes256_Sha256_RsaPss,
  ];
  const modes = [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt];
  beforeAll(async () => {
    plc = await startPlc({
      port: PORT,
      folder,
      securityModes: modes,
      securityPolicies: [SecurityPolicy.None, ...policies],
      server: {
        maxConnectionsPerEndpoint: 40,
        userManager: { isValidUser: (user: string, password: string) => user === 'linewatt' && password === 'right' },
        buildInfo: { manufacturerName: 'Acme', productName: 'PLC 7', softwareVersion: '4.1', buildNumber: '17' },
      },
    });
  });
  afterAll(async () => {
    await plc.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('refuses an unknown server, and connects with every mode and policy once a person has trusted it', async () => {
    const secured = { securityMode: 'SignAndEncrypt' };
    await expect(start(secured)).rejects.toThrow(/is not trusted yet.*linewatt trust add [0-9a-f]{40}/);
    await expect(start(secured)).rejects.toMatchObject({ code: 'refused', retryable: true });
    expect(plc.requests.get('CreateSessionRequest')).toBeUndefined();
    expect(store.rejected()).toHaveLength(1);
    trustAll();
    for (const securityMode of ['Sign', 'SignAndEncrypt']) {
      for (const securityPolicy of ['Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss']) {
        const { details } = await connects({ securityMode, securityPolicy });
        expect(details).toMatchObject({
          securityMode,
          securityPolicy,
          identity: 'anonymous',
          certificateThumbprint: store.trusted()[0]!.thumbprint,
        });
      }
    }
  });

  it('logs in by user name and by certificate, tells a wrong password, and says what is weak', async () => {
    const user = { userName: 'linewatt', password: 'right' };
    const good = await connects({ securityMode: 'SignAndEncrypt', ...user });
    expect(good.details).toMatchObject({ identity: 'userName', weaknesses: [] });
    await expect(start({ securityMode: 'SignAndEncrypt', ...user, password: 'wrong' })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/refused the user \(Bad\w+\); check userName and password/),
    });
    const own = readdirSync(join(folder, 'pki/opcua/own/private')).map((name) =>
      join(folder, 'pki/opcua/own/private', name),
    );
    const byCertificate = await connects({
      securityMode: 'SignAndEncrypt',
      userCertFile: join(folder, 'pki/opcua/own/certs/client_certificate.pem'),
      userKeyFile: own[0],
    });
    expect(byCertificate.details).toMatchObject({ identity: 'certificate', weaknesses: [] });
    const open = await connects({});
    expect(open.details?.weaknesses).toEqual([
      expect.stringMatching(/not encrypted and not signed.*set securityMode: SignAndEncrypt/),
      expect.stringMatching(/^anonymous: .*give us a user/),
    ]);
    expect(open.details?.certificateThumbprint).toBeUndefined();
  });

  it('tells who made the server, and what it granted', async () => {
    const host = createRecorder();
    const connection = await start({ queueSize: 9000, samplingIntervalMs: 10, publishingIntervalMs: 100 }, host);
    await host.until('the nameplate', () => host.details?.manufacturer !== undefined);
    expect(host.details).toMatchObject({
      manufacturer: 'Acme',
      model: 'PLC 7',
      softwareVersion: '4.1 build 17',
      publishingIntervalMs: 100,
      queueSize: 5000,
    });
    const covered = host.details!.coveredOutageSeconds!;
    expect(host.findings.find(({ code }) => code === 'queueRevised')?.message).toContain(
      `the server keeps 5000 values a node, sampled every ${host.details!.samplingIntervalMs} ms (asked for were 9000`,
    );
    expect(covered).toBe(Math.floor(Math.min((5000 * Math.max(10, host.details!.samplingIntervalMs!)) / 1000, 90)));
    await connection.stop();
  });

  it('takes a signed and encrypted session up again over a new connection', async () => {
    const proxy = await startProxy(await freePort(), PORT);
    const host = createRecorder();
    const options = {
      endpoint: `opc.tcp://127.0.0.1:${proxy.port}`,
      securityMode: 'SignAndEncrypt',
      userName: 'linewatt',
      password: 'right',
    };
    const nodes = [{ signal: 'm.state', address: { node: 'nsu=http://linewatt.test/plc;s=State' } }];
    const type = createOpcuaSource(folder);
    const first = await type.start({ id: 'plc1', options }, nodes, host);
    await host.until('a value', () => host.all('m.state').length > 0);
    const subscriptions = plc.requests.get('CreateSubscriptionRequest');
    proxy.reset();
    await expect(first.closed).resolves.toMatchObject({ code: 'lost' });
    const second = await type.start({ id: 'plc1', options }, nodes, host);
    await host.until('bridged', () => host.bridges.flat().includes('m.state'));
    expect(plc.requests.get('CreateSubscriptionRequest')).toBe(subscriptions);
    await second.stop();
    await proxy.stop();
  });

  it('says what the server offers when it does not offer what the plant file asks for', async () => {
    await expect(start({ securityMode: 'Sign', securityPolicy: 'Basic256' })).rejects.toThrow(
      /does not offer Sign with Basic256; it offers .*SignAndEncrypt Aes256_Sha256_RsaPss/,
    );
    await expect(start({ securityPolicy: 'Basic256Sha256' })).rejects.toThrow(
      'sources.plc1.securityPolicy is Basic256Sha256, which needs securityMode: Sign or SignAndEncrypt',
    );
    await expect(start({ userCertFile: 'a.pem' })).rejects.toThrow('sources.plc1.userKeyFile must name');
  });

  it('tells an end that is near, and refuses a certificate that has ended, that has changed, or is not valid yet', async () => {
    const secured = { securityMode: 'Sign' };
    const [leaf] = store.trusted();
    const soon = createRecorder();
    const connection = await start(secured, soon, leaf!.notAfter - 3 * DAY - 1);
    expect(soon.findings.find(({ code }) => code === 'certificateExpires')?.message).toMatch(
      /expires in 3 days \(\d{4}-.*renew it on the server/,
    );
    await connection.stop();
    await expect(start(secured, createRecorder(), leaf!.notAfter)).rejects.toThrow(/expired on \d{4}-/);
    await expect(start(secured, createRecorder(), leaf!.notBefore - DAY)).rejects.toThrow(/is not valid before \d{4}-/);
    await plc.stop();
    const other = join(folder, 'other');
    plc = await startPlc({ port: PORT, folder: other, securityModes: modes, securityPolicies: policies });
    await expect(start(secured)).rejects.toThrow(
      new RegExp(`has changed: it was ${leaf!.thumbprint}, now it is [0-9a-f]{40}`),
    );
    trustAll();
    await connects(secured);
  });
});
