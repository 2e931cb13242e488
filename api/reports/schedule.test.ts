import { createHmac } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readXlsx from 'read-excel-file/node';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Plant } from '#shared/plant/model.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { HOUR, MINUTE, SECOND, toIso } from '#shared/time/instant.ts';
import { openSqliteSql, type Sql } from '../auth/sql.ts';
import { sendOver } from '../delivery/channels.ts';
import { readMailSettings } from '../delivery/mail-settings.ts';
import { type Outbox, openOutbox } from '../delivery/outbox.ts';
import { at, type Fixture, makeFixture, PLANT } from '../fixture.ts';
import { duePeriods } from './periods.ts';
import { openReportRegister, type ReportRegister } from './register.ts';
import { type ReportSchedule, startSchedule } from './schedule.ts';
import { type SupersededWatch, watchSuperseded } from './superseded.ts';

const SHIFT_END = at(480);
const config = (extra: string): Plant =>
  parsePlant(
    `${PLANT}
channels:
  - { id: boss, type: email, to: [ boss@works.example, desk@works.example ] }
  - { id: hook, type: webhook, url: "\${HOOK_URL}", secret: "\${HOOK_SECRET}" }
  - { id: uns, type: mqtt, topic: reports/made }
reports:
${extra}`,
    { file: 'plant.yaml', hash: 'ab'.repeat(32) },
  ).plant;

let site: Fixture;
let dir: string;
let sql: Sql;
let now: number;
let plant: Plant;
let outbox: Outbox;
let register: ReportRegister;
let schedule: ReportSchedule;
let watch: SupersededWatch;
let published: [string, unknown][];
let smtpPort: number;
let env: Record<string, string>;
const log: string[] = [];

async function open(): Promise<void> {
  sql = openSqliteSql(join(dir, 'ledger.sqlite'));
  const clock = () => now;
  const { kpi, ledger, live, counters } = site.deps;
  const deps = {
    mail: readMailSettings({ host: '127.0.0.1', port: smtpPort, from: 'Linewatt <linewatt@works.example>' }),
    env,
    publish: async (topic: string, body: string) => void published.push([topic, JSON.parse(body)]),
    clock,
  };
  outbox = await openOutbox({
    sql,
    channel: (id) => plant.channels?.find((c) => c.id === id) ?? null,
    send: (channel, id, message) => sendOver(deps, channel, id, message),
    clock,
    counters,
    log: (line) => log.push(line),
    everyMs: null,
  });
  register = await openReportRegister(sql, clock);
  const common = { kpi, ledger, clock, register, counters, log: (line: string) => void log.push(line), everyMs: null };
  schedule = startSchedule({ ...common, plant: () => plant, outbox, dataDir: dir, ready: () => true });
  watch = watchSuperseded({ ...common, plant: () => site.deps.plant.current, onPlantChange: () => {}, live });
}
async function close(): Promise<void> {
  await Promise.all([schedule.close(), watch.close(), outbox.close()]);
  await sql.close();
}

beforeEach(async () => {
  site = await makeFixture({ until: SHIFT_END });
  dir = mkdtempSync(join(tmpdir(), 'linewatt-office-'));
  now = SHIFT_END + 20 * MINUTE;
  site.setNow(now);
  published = [];
  log.length = 0;
  smtpPort = 1;
  env = {};
});
afterEach(async () => {
  await close();
  await site.close();
  rmSync(dir, { recursive: true });
});

describe('a schedule', () => {
  it('makes a period once, over restarts, and makes up for what it missed', async () => {
    plant = config(
      '  - { id: each-shift, type: shift, scope: "line:filling", every: shift, format: csv, folder: out }',
    );
    now = SHIFT_END + 10 * MINUTE;
    await open();
    // Not settled yet: the newest that is over is yesterday's.
    await schedule.work();
    expect((await register.list(9)).map((r) => toIso(r.from))).toEqual([toIso(at(-24 * 60))]);
    now = SHIFT_END + 16 * MINUTE;
    await schedule.work();
    await schedule.work();
    await close();
    await open();
    await schedule.work();
    expect((await register.list(9)).map((r) => [toIso(r.from), r.provisional])).toEqual([
      [toIso(at(0)), false],
      [toIso(at(-24 * 60)), false],
    ]);
    expect(readdirSync(join(dir, 'out')).sort()).toEqual([
      'each-shift-leeds-shift-line-filling-2026-06-01.csv',
      'each-shift-leeds-shift-line-filling-2026-06-02.csv',
    ]);
    now = SHIFT_END + 3 * 24 * HOUR + 16 * MINUTE;
    await schedule.work();
    expect(await register.list(9)).toHaveLength(5);
    expect([...schedule.problems]).toEqual([]);
  });
  it('knows days, weeks and months by the local calendar, an hour short in spring', async () => {
    await open();
    plant = config(
      '  - { id: m, type: tariff, every: month, format: xlsx }\n  - { id: w, type: tariff, every: week, format: pdf }\n  - { id: d, type: energy, every: day, format: json }',
    );
    const [month, week, day] = plant.reports ?? [];
    const t = Date.parse('2026-03-30T12:00:00Z');
    const spans = (of: typeof month, last: number | null) =>
      of ? duePeriods(plant, of, last, t).map(({ start, end }) => [toIso(start), toIso(end)]) : [];
    expect(spans(month, null)).toEqual([['2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z']]);
    expect(spans(week, null)).toEqual([['2026-03-23T00:00:00.000Z', '2026-03-29T23:00:00.000Z']]);
    expect(spans(day, null)).toEqual([['2026-03-29T00:00:00.000Z', '2026-03-29T23:00:00.000Z']]);
    expect(spans(day, Date.parse('2026-03-28T00:00:00Z'))).toEqual([
      ['2026-03-28T00:00:00.000Z', '2026-03-29T00:00:00.000Z'],
      ['2026-03-29T00:00:00.000Z', '2026-03-29T23:00:00.000Z'],
    ]);
    expect(spans(day, Date.parse('2026-03-29T23:00:00Z'))).toEqual([]);
  });
  it('says why a report is not made, and makes it when it can', async () => {
    plant = config(`  - { id: broken, type: shift, scope: "meter:m-main", every: day, format: csv }`);
    await open();
    await schedule.work();
    expect(schedule.problems.get('broken')).toMatch(/is of machines/);
    expect(log.join()).toContain('report broken is not made for now');
    plant = config(`  - { id: broken, type: energy, scope: "meter:m-main", every: day, format: csv }`);
    await schedule.work();
    expect([...schedule.problems]).toEqual([]);
    expect(await register.list(9)).toHaveLength(1);
  });
});

interface Mail {
  readonly to: string[];
  readonly text: string;
}
async function mailServer(port = 0): Promise<{ mails: Mail[]; port: number; close(): Promise<void> }> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map((r) => r.address);
        mails.push({ to, text: Buffer.concat(chunks).toString() });
        done();
      });
    },
  });
  await new Promise<void>((ready) => server.listen(port, '127.0.0.1', ready));
  const { port: own } = server.server.address() as AddressInfo;
  return { mails, port: own, close: () => new Promise((done) => server.close(() => done())) };
}

describe('delivery', () => {
  const monthly =
    '  - { id: day-energy, type: tariff, scope: site, every: day, format: xlsx, to: [ boss, hook, uns ] }';
  const states = async () =>
    Object.fromEntries((await outbox.list(9)).map((d) => [d.channel, [d.state, d.attempts, d.error]]));

  it('reaches mail, webhook and broker with the same figures, signed, the file with it', async () => {
    const mail = await mailServer();
    smtpPort = mail.port;
    const hooks: { headers: Record<string, string | string[] | undefined>; body: string }[] = [];
    const hook: Server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        hooks.push({ headers: request.headers, body });
        response.end();
      });
    });
    await new Promise<void>((ready) => hook.listen(0, '127.0.0.1', ready));
    env = { HOOK_URL: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/in?token=x`, HOOK_SECRET: 'shared' };
    plant = config(monthly);
    now = at(24 * 60);
    await open();
    await schedule.work();
    await outbox.work();
    expect(await states()).toEqual({ boss: ['sent', 1, null], hook: ['sent', 1, null], uns: ['sent', 1, null] });

    const [made] = await register.list(1);
    const kWh = (published[0]?.[1] as { figures: { kWh: number } } | undefined)?.figures.kWh ?? Number.NaN;
    expect(published[0]).toEqual(['reports/made', expect.objectContaining({ kind: 'report', report: made?.id })]);
    expect(mail.mails[0]?.to).toEqual(['boss@works.example', 'desk@works.example']);
    expect(mail.mails[0]?.text).toContain('Subject: Leeds works: Tariff report, 2 June 2026');
    expect(mail.mails[0]?.text).toContain('Energy: ');
    expect(mail.mails[0]?.text).toContain('day-energy-leeds-tariff-2026-06-02.xlsx');
    const [sent] = hooks;
    const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(sent?.headers['x-linewatt-signature'])) ?? [];
    expect(v1).toBe(createHmac('sha256', 'shared').update(`${t}.${sent?.body}`).digest('hex'));
    expect(Number(t)).toBe(Math.floor(now / 1000));
    const { file, figures } = JSON.parse(sent?.body ?? '{}');
    expect(figures.kWh).toBe(kWh);
    const book = await readXlsx(Buffer.from(file.contentBase64, 'base64'));
    expect(book.find((s) => s.sheet === 'Breakdown')?.data.at(-1)).toContain(kWh);
    expect(readFileSync(made?.file ?? '').equals(Buffer.from(file.contentBase64, 'base64'))).toBe(true);
    await mail.close();
    hook.close();
  });

  it('is tried again later and later, over a restart, until it is taken; and is given up after three days', async () => {
    plant = config(monthly.replace('boss, hook, uns', 'boss, hook'));
    now = at(24 * 60);
    await open();
    await schedule.work();
    await outbox.work();
    const first = await states();
    expect(first['hook']).toEqual([
      'waiting',
      1,
      'the environment variable HOOK_URL is not set; set it where the api starts',
    ]);
    expect(first['boss']?.slice(0, 2)).toEqual(['waiting', 1]);
    expect(first['boss']?.[2]).toMatch(/mail server 127\.0\.0\.1:1 did not take it: .*ECONNREFUSED/);
    // Not due yet: no second try.
    now += 9 * SECOND;
    await outbox.work();
    expect((await states())['boss']?.[1]).toBe(1);
    now += 1 * SECOND;
    await outbox.work();
    expect((await states())['boss']?.[1]).toBe(2);
    const mail = await mailServer();
    smtpPort = mail.port;
    await close();
    now += 30 * SECOND;
    await open();
    await outbox.work();
    expect((await states())['boss']).toEqual(['sent', 3, null]);
    expect(mail.mails).toHaveLength(1);
    now += 73 * HOUR;
    await outbox.work();
    expect((await states())['hook']?.[0]).toBe('failed');
    const { id = '' } = (await outbox.list(9)).find((d) => d.channel === 'hook') ?? {};
    expect([await outbox.retry(id), await outbox.retry('nope')]).toEqual([true, false]);
    expect((await states())['hook']?.[0]).toBe('waiting');
    await mail.close();
  });
});

describe('a made report', () => {
  it('is marked superseded by what changes its figures, and by nothing else', async () => {
    // Made in German: compared in another language it would differ in every word.
    plant = config(
      '  - { id: s, type: shift, scope: "machine:filler", every: shift, format: json, to: [], language: de }',
    );
    await open();
    await schedule.work();
    await watch.work();
    const standing = async () => (await register.list(9)).map((r) => r.supersededWhy);
    expect(await standing()).toEqual([null]);
    const [made] = await register.list(1);
    expect([made?.title, made?.language, made?.period]).toEqual([
      'Schichtbericht',
      'de',
      expect.stringContaining('bis'),
    ]);
    const append = (key: string, content: object) =>
      site.deps.ledger.append({ idempotencyKey: key, by: 'sam', content: content as never });
    await append('1', { type: 'stopReason', machine: 'filler', at: at(105), reason: 'jam' });
    await watch.work();
    expect(await standing()).toEqual([null]);
    await append('2', { type: 'scrap', machine: 'packer', at: at(50), count: 3 });
    await watch.work();
    expect(await standing()).toEqual([null]);
    await append('3', { type: 'stopReason', machine: 'filler', at: at(105), reason: 'changeover' });
    await watch.work();
    expect(await standing()).toEqual(['entry no. 3 (stopReason) by sam']);
  });
});
