import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccounts } from '../../api/auth/accounts.ts';
import { prepareAccounts } from '../../api/auth/schema.ts';
import { openSecrets, secretsFile } from '../../api/auth/secrets.ts';
import { openSqliteSql } from '../../api/auth/sql.ts';
import { parseServerFile } from '../../api/settings/server-file.ts';
import { tlsFiles } from '../../api/tls/files.ts';
import { makeServerCertificate, makeSiteCa } from '../../api/tls/site-ca.ts';
import { type RunningApi, startRealApi } from '../servers/api.ts';
import { freePort } from '../servers/free-port.ts';
import { until } from '../servers/linewatt.ts';

const NAMES = ['linewatt.test', 'localhost', '127.0.0.1'];
let dataDir = '';
let api: RunningApi;
let ca = '';
let enrolPort = 0;

async function addAdmin(dir: string): Promise<void> {
  const sql = openSqliteSql(join(dir, 'accounts.sqlite'));
  await prepareAccounts(sql);
  const accounts = createAccounts(sql, openSecrets(secretsFile(dir)).pepper, Date.now);
  await accounts.add({ name: 'kim', role: 'admin', password: 'three green bottles' });
  await sql.close();
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'linewatt-tls-'));
  const files = tlsFiles(dataDir);
  await makeSiteCa(files, 'Leeds works', Date.now());
  await makeServerCertificate(files, NAMES, Date.now());
  ca = readFileSync(files.ca, 'utf8');
  enrolPort = await freePort();
  const settings = parseServerFile(`listen: { enrolPort: ${enrolPort} }`, 'server.yaml', {});
  api = await startRealApi({ dataDir, settings });
});
afterAll(async () => {
  await api?.dispose();
});

function handshake(options: { servername?: string; maxVersion?: SecureVersion; minVersion?: SecureVersion } = {}) {
  return new Promise<TLSSocket>((done, fail) => {
    const socket = connect({ host: '127.0.0.1', port: api.port, ca, servername: 'linewatt.test', ...options });
    socket.once('secureConnect', () => done(socket));
    socket.once('error', fail);
  });
}

function ask(path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>((done, fail) => {
    const options = {
      ca,
      servername: 'linewatt.test',
      headers: { host: `linewatt.test:${api.port}`, ...headers },
      agent: false as const,
    };
    get(`https://127.0.0.1:${api.port}${path}`, options, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, body }));
    }).once('error', fail);
  });
}

describe('TLS', () => {
  it('serves a certificate that a device with the CA accepts for its name and its address', async () => {
    for (const servername of ['linewatt.test', 'localhost']) {
      const socket = await handshake({ servername });
      expect(socket.authorized).toBe(true);
      socket.destroy();
    }
    await expect(handshake({ servername: 'evil.example' })).rejects.toThrow(/altnames/);
    expect((await ask('/api/v1/health')).status).toBe(200);
  });

  it('speaks 1.2 and 1.3, and nothing older', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await handshake({ minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
      socket.destroy();
    }
    await expect(handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })).rejects.toThrow();
  });

  it('keeps its cookies to TLS and to itself, and tells browsers to stay', async () => {
    const { headers } = await ask('/api/v1/health');
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
    const token = /first#(\S+)/.exec(api.log())?.[1] ?? '';
    const agent = new Agent({ ca, servername: 'linewatt.test' });
    const { request } = await import('node:https');
    const cookie = await new Promise<string>((done, fail) => {
      const asked = request(
        `https://127.0.0.1:${api.port}/api/v1/auth/first`,
        { method: 'POST', agent, headers: { 'content-type': 'application/json', host: `linewatt.test:${api.port}` } },
        (response) => {
          response.resume();
          done(String(response.headers['set-cookie']));
        },
      );
      asked.once('error', fail);
      asked.end(JSON.stringify({ token, name: 'kim', password: 'three green bottles' }));
    });
    agent.destroy();
    expect(cookie).toMatch(/^__Host-linewatt-session=[\w-]{43};.*Path=\/; HttpOnly; Secure; SameSite=Strict/);
  });

  it('takes a renewed certificate without a restart: new links get it, open ones stay', async () => {
    const before = await handshake();
    const serial = before.getPeerCertificate().serialNumber;
    await makeServerCertificate(tlsFiles(dataDir), NAMES, Date.now());
    let now = serial;
    await until(
      async () => {
        const socket = await handshake();
        now = socket.getPeerCertificate().serialNumber;
        socket.destroy();
        return now !== serial;
      },
      5000,
      () => `still ${serial}`,
    );
    const answered = new Promise<string>((done) => before.once('data', (chunk) => done(chunk.toString())));
    before.write(`GET /api/v1/health HTTP/1.1\r\nHost: linewatt.test:${api.port}\r\nConnection: close\r\n\r\n`);
    expect(await answered).toMatch(/^HTTP\/1.1 200/);
    before.destroy();
  });

  it('keeps the old certificate, and says why, when the new one cannot be used', async () => {
    const files = tlsFiles(dataDir);
    const good = readFileSync(files.certificate, 'utf8');
    writeFileSync(files.certificate, 'nonsense');
    await until(
      () => api.log().includes('the one before it stays in use'),
      5000,
      () => api.log(),
    );
    const socket = await handshake();
    expect(socket.authorized).toBe(true);
    socket.destroy();
    writeFileSync(files.certificate, good);
  });

  it('gives the CA to devices over plain HTTP, and leads everything else to https', async () => {
    const url = `http://127.0.0.1:${enrolPort}`;
    const page = await (await fetch(`${url}/enrol`)).text();
    const socket = await handshake();
    const { issuerCertificate } = socket.getPeerCertificate(true);
    socket.destroy();
    expect(page.replace(/\s/g, '')).toContain(
      issuerCertificate.fingerprint256.replace(/((?:..:){7}..):?/g, '$1 ').replace(/\s/g, ''),
    );
    const file = await fetch(`${url}/enrol/ca.crt`);
    expect(file.headers.get('content-type')).toBe('application/x-x509-ca-cert');
    expect(await file.text()).toBe(ca);
    for (const [method, path] of [
      ['GET', '/api/v1/plant'],
      ['POST', '/api/v1/auth/sign-in'],
      ['GET', '//evil.example'],
    ] as const) {
      const answer = await fetch(url + path, { method, redirect: 'manual' });
      expect(answer.status).toBe(308);
      expect(answer.headers.get('location')).toMatch(/^https:\/\/127\.0\.0\.1:\d+\//);
    }
  });

  it('carries live links', async () => {
    const socket = io(`wss://localhost:${api.port}/live`, {
      transports: ['websocket'],
      reconnection: false,
      ca,
    } as never);
    const message = await new Promise<string>((done) => {
      socket.once('connect_error', ({ message: why }) => done(why));
      socket.once('connect', () => done('connected'));
    });
    // Somebody is the administrator by now, so this one has to sign in; that it says so shows that the link works.
    expect(message).toMatch(/^signIn/);
    socket.disconnect();
  });
});

describe('an address that the network reaches', () => {
  it('takes an administrator and a certificate, or a long option in words', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'linewatt-open-'));
    const start = (more: object = {}) => startRealApi({ dataDir: dir, host: '0.0.0.0', ...more });
    await expect(start()).rejects.toThrow(/linewatt user add.*linewatt tls init.*--open-to-the-network/s);
    await addAdmin(dir);
    await expect(start()).rejects.toThrow(/linewatt tls init/);
    const files = tlsFiles(dir);
    await makeSiteCa(files, 'x', Date.now());
    await makeServerCertificate(files, NAMES, Date.now());
    const protectedApi = await start();
    expect(protectedApi.url).toMatch(/^https:/);
    await protectedApi.close();
    const open = await mkdtemp(join(tmpdir(), 'linewatt-open-'));
    const unprotected = await startRealApi({ dataDir: open, host: '0.0.0.0', unprotected: true });
    expect((await fetch(`${unprotected.url}/api/v1/plant`)).status).toBe(200);
    await unprotected.dispose();
    await rm(dir, { recursive: true, force: true });
  });
});
