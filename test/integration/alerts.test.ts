import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { at, FILLER, meterPieces, PACKER, PLANT } from '#api/fixture.ts';
import { type Api, startApi } from '#api/main.ts';
import { DEFAULT_SETTINGS } from '#api/settings/server-file.ts';
import { emptyBatch } from '#shared/oee/facts.ts';
import { factsOf } from '#shared/oee/fixture.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { MINUTE } from '#shared/time/instant.ts';

/*
 * An alert from the machine to people: the api as a whole, its broker over TCP, a mail server and a webhook that listen, and a
 * restart in the middle.
 */
const WITHIN = { timeout: 15_000, interval: 50 };
let dir: string;
let now: number;
let api: Api;
let edge: MqttClient;
let heard: { alert: string; event: string; headline: string; delivery: string }[];
let mails: string[];
let smtp: SMTPServer;
let hook: Server;
let hooked: string[];
let hookAnswers: number;
let revision: number;

const options = () => ({
  plantFile: join(dir, 'plant.yaml'),
  dataDir: dir,
  host: '127.0.0.1',
  port: 0,
  historianUrl: 'sqlite:',
  brokerUrl: 'aedes:0',
  ledgerUrl: 'sqlite:',
  dashboardDir: dir,
  settings: {
    ...DEFAULT_SETTINGS,
    mail: { host: '127.0.0.1', port: (smtp.server.address() as AddressInfo).port, from: 'linewatt@works.example' },
  },
  env: { HOOK_SECRET: 'shared' },
  clock: () => now,
  log: () => {},
});

async function start(): Promise<void> {
  api = await startApi(options());
  edge = await connectAsync(api.brokerUrl);
  edge.on('message', (_topic, body) => heard.push(JSON.parse(body.toString())));
  await edge.subscribeAsync('site/alerts');
}
async function stop(): Promise<void> {
  await edge.endAsync(true);
  await api.close();
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'linewatt-alerts-'));
  now = at(150);
  revision = 0;
  heard = [];
  mails = [];
  hooked = [];
  hookAnswers = 503;
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString());
        done();
      });
    },
  });
  await new Promise<void>((ready) => smtp.listen(0, '127.0.0.1', ready));
  hook = createServer((request, response) => {
    hooked.push(String(request.headers['x-linewatt-delivery']));
    request.resume();
    response.writeHead(hookAnswers).end();
  });
  await new Promise<void>((ready) => hook.listen(0, '127.0.0.1', ready));
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  writeFileSync(
    join(dir, 'plant.yaml'),
    `${PLANT}
alerts:
  - { id: long-stop, when: stopLongerThan, minutes: 5, scope: "line:filling", notify: [ uns, mail, hook ] }
channels:
  - { id: uns, type: mqtt, topic: site/alerts }
  - { id: mail, type: email, to: [ shift@works.example ] }
  - { id: hook, type: webhook, url: "${url}", secret: "\${HOOK_SECRET}" }
`,
  );
  const writer = openSqliteWriter(join(dir, 'historian.sqlite'));
  const lists = [factsOf('filler', FILLER, now, true), factsOf('packer', PACKER, now, true)];
  const batch = { intervals: lists.flatMap((l) => l.intervals), pieces: lists.flatMap((l) => l.pieces) };
  await writer.write({ ...emptyBatch(), ...batch, meterPieces: meterPieces(at(-24 * 60), now) });
  await writer.close();
  await start();
});
afterEach(async () => {
  await stop();
  await new Promise<void>((done) => smtp.close(() => done()));
  hook.closeAllConnections();
  hook.close();
  rmSync(dir, { recursive: true, force: true });
});

async function state(word: string, since: number): Promise<void> {
  revision += 1;
  const body = { version: 1, edge: 'main', epoch: 1000, revision, machine: 'filler', state: word, since };
  const message = JSON.stringify({ ...body, reason: word === 'down' ? 'jam' : null, product: 'A', order: '' });
  await edge.publishAsync('linewatt/v1/leeds/Packaging/filling/filler/state', message, { qos: 1 });
}
const ask = async (path: string, method: 'GET' | 'POST' = 'GET') => {
  const answer = await fetch(`${api.url}/api/v1/${path}`, {
    method,
    ...(method === 'POST' && { headers: { 'content-type': 'application/json' }, body: '{"by":"kim"}' }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const open = async () => (await ask('alerts')).body['items'] as { id: string; acknowledgedBy: string | null }[];
const events = () => heard.map((h) => h.event);

it('rings once over every channel, is acknowledged, outlives a restart, and tells its end', async () => {
  await state('down', now);
  now += 4 * MINUTE;
  await new Promise((done) => setTimeout(done, 2_500));
  expect(await open()).toEqual([]);

  now += MINUTE;
  await vi.waitFor(() => expect(events()).toEqual(['opened']), WITHIN);
  expect(heard[0]?.headline).toBe('Filler: down for more than 5 min');
  await vi.waitFor(() => expect(mails).toHaveLength(1), WITHIN);
  expect(mails[0]).toContain('Subject: Leeds works: Filler: down for more than 5 min');
  // Its link leads to the runbook itself. A mail breaks lines, and says so with a sign of equality at the end.
  const runbook = /http:\S+\/api\/v1\/runbooks\/[a-z-]+\.md/.exec(mails[0]?.replaceAll(/=\r?\n/g, '') ?? '')?.[0] ?? '';
  const page = await fetch(`${api.url}${new URL(runbook).pathname}`);
  expect(await page.text()).toMatch(/^# Stop longer than/);
  expect(page.headers.get('content-type')).toContain('text/plain');
  expect((await ask('runbooks/..%2Fsecurity.md')).status).toBe(404);
  const [alert] = await open();
  const taken = await ask(`alerts/${alert?.id}/acknowledge`, 'POST');
  expect([taken.status, taken.body['acknowledgedBy']]).toEqual([200, 'kim']);
  expect((await ask('alerts/nope/acknowledge', 'POST')).status).toBe(404);
  // The webhook refuses; the delivery waits, and says why.
  await vi.waitFor(() => expect(hooked).toHaveLength(1), WITHIN);
  const waiting = async () =>
    ((await ask('deliveries')).body['items'] as { channel: string; state: string; error: string }[]).filter(
      (d) => d.state === 'waiting',
    );
  await vi.waitFor(async () => expect(await waiting()).toMatchObject([{ channel: 'hook' }]), WITHIN);
  expect((await waiting())[0]?.error).toMatch(/^127\.0\.0\.1:\d+ answered 503$/);

  await stop();
  hookAnswers = 200;
  now += MINUTE;
  await start();
  await state('down', at(150));
  expect(await open()).toMatchObject([{ id: alert?.id, acknowledgedBy: 'kim' }]);
  // The same delivery, tried again by the new process.
  await vi.waitFor(() => expect(hooked).toHaveLength(2), WITHIN);
  expect(new Set(hooked).size).toBe(1);

  // It ran again a minute ago: the edge tells the minutes since.
  const course = [
    ...FILLER,
    { start: at(150), state: 'down', reason: 'jam', product: 'A' },
    { start: now - MINUTE, state: 'running', product: 'A', good: 59, reject: 1 },
  ] as const;
  const { intervals, pieces } = factsOf('filler', course, now, true);
  const since = { intervals: intervals.slice(-2), pieces: pieces.filter((piece) => piece.minute >= at(149)) };
  const minute = { version: 1, edge: 'main', epoch: 1000, revision: 99, facts: since };
  await edge.publishAsync('linewatt/v1/leeds/Packaging/filling/filler/minute', JSON.stringify(minute), { qos: 1 });
  await state('running', now - MINUTE);
  // Views follow the clock, which stands still here.
  now += 5_000;
  await vi.waitFor(() => expect(events()).toEqual(['opened', 'closed']), WITHIN);
  await vi.waitFor(() => expect(mails).toHaveLength(2), WITHIN);
  expect(await open()).toEqual([]);
  const all = (await ask('alerts?state=all')).body['items'] as { id: string; closedAt: string | null }[];
  expect(all).toMatchObject([{ id: alert?.id, closedAt: new Date(now).toISOString() }]);
}, 60_000);
