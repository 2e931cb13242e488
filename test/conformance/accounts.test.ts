import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAudit } from '../../api/audit/audit.ts';
import { createAccounts } from '../../api/auth/accounts.ts';
import { createKiosks } from '../../api/auth/kiosks.ts';
import { openPostgresSql } from '../../api/auth/postgres.ts';
import { prepareAccounts } from '../../api/auth/schema.ts';
import { createSessions } from '../../api/auth/sessions.ts';
import { openSqliteSql, type Sql } from '../../api/auth/sql.ts';
import { type Postgres, startPostgres } from '../servers/postgres.ts';

/* Accounts, sessions, tokens and audit ask the same of SQLite and of a real PostgreSQL. */
let postgres: Postgres;
let dir = '';
beforeAll(async () => {
  [postgres, dir] = await Promise.all([startPostgres(), mkdtemp(join(tmpdir(), 'linewatt-accounts-'))]);
});
afterAll(async () => {
  await postgres?.stop();
  await rm(dir, { recursive: true, force: true });
});

const openOnPostgres = (): Sql => openPostgresSql({ url: postgres.url, credentials: postgres.credentials }, () => {});

const engines: readonly [string, () => Sql][] = [
  ['SQLite', () => openSqliteSql(join(dir, 'accounts.sqlite'))],
  ['PostgreSQL', () => openOnPostgres()],
];

describe.each(engines)('accounts on %s', (_engine, open) => {
  it('are one and the same for two servers', async () => {
    const [one, two] = [open(), open()];
    await prepareAccounts(one);
    await prepareAccounts(two);
    const clock = Date.now;
    const here = createAccounts(one, 'p'.repeat(43), clock);
    const there = createAccounts(two, 'p'.repeat(43), clock);
    const kim = await here.add({ name: 'kim', role: 'admin', password: 'three green bottles', badge: '04A2' });
    expect(await there.byName('KIM')).toEqual(kim);
    await expect(there.add({ name: 'Kim', role: 'viewer' })).rejects.toThrow(/already/);
    expect(await there.withBadge('04a2')).toMatchObject({ account: { name: 'kim' } });
    expect(await there.withPassword('kim', 'three green bottles')).toMatchObject({ account: { id: kim.id } });
    expect(await there.addFirst({ name: 'second', role: 'admin' })).toBeNull();
    await expect(there.change(kim.id, { disabled: true })).rejects.toThrow(/only administrator/);

    const [sessions, others] = [createSessions(one, clock), createSessions(two, clock)];
    const wish = {
      account: kim.id,
      kind: 'user',
      via: 'password',
      lifeMs: 60_000,
      idleMs: 60_000,
      address: '::1',
      device: 'x',
    } as const;
    const { session, token } = await sessions.start(wish);
    expect(await others.byToken(token)).toEqual(session);
    expect(await others.alive([session.id, 'gone'])).toEqual(new Set([session.id]));
    for (let n = 0; n < 10; n++) await sessions.start(wish);
    expect(await others.list()).toHaveLength(10);
    const [last] = await others.list();
    await others.end(last?.id ?? '');
    expect(await sessions.alive([last?.id ?? ''])).toEqual(new Set());

    const kiosks = createKiosks(one, clock);
    const made = await kiosks.add({ name: 'w', kind: 'wall', scope: 'line:a', createdBy: 'kim', endsAt: null });
    expect(await createKiosks(two, clock).byToken(made.token)).toEqual(made.kiosk);
    await createKiosks(two, clock).revoke(made.kiosk.id);
    expect(await kiosks.byToken(made.token)).toBeNull();

    const audits = [createAudit(one, 'k'.repeat(43), clock), createAudit(two, 'k'.repeat(43), clock)];
    const event = { kind: 'signIn', actor: null, name: 'kim', address: null, details: { list: [1, 'ä'] } } as const;
    for (let n = 0; n < 20; n++) await audits[n % 2]?.record(event);
    expect(await audits[0]?.verify()).toMatchObject({ records: 20, faults: [] });
    const isThere = (record: { details: Readonly<Record<string, unknown>> }) => record.details['seq'] === 1;
    const entry = { ...event, kind: 'entry', details: { seq: 1 } } as const;
    for (const audit of audits) await audit.noteOnce(entry, isThere);
    expect(await audits[1]?.list({ limit: 10, kind: 'entry' })).toHaveLength(1);
    await one.close();
    await two.close();
  });
});

it('two servers on one PostgreSQL write at the same time into one chain', async () => {
  const [one, two] = [openOnPostgres(), openOnPostgres()];
  await Promise.all([prepareAccounts(one), prepareAccounts(two)]);
  const audits = [createAudit(one, 'k'.repeat(43), Date.now), createAudit(two, 'k'.repeat(43), Date.now)];
  const event = { kind: 'refused', actor: null, name: 'n', address: null, details: {} } as const;
  await Promise.all(Array.from({ length: 40 }, (_, n) => audits[n % 2]?.record(event)));
  expect((await audits[0]?.verify())?.faults).toEqual([]);
  await one.close();
  await two.close();
});
