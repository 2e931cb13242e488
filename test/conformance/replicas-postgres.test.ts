import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openAlertStore } from '../../api/alerts/store.ts';
import { openPostgresSql } from '../../api/auth/postgres.ts';
import { prepareAccounts } from '../../api/auth/schema.ts';
import { agreeOnSecrets, type Secrets } from '../../api/auth/secrets.ts';
import type { Sql } from '../../api/auth/sql.ts';
import { openOutbox } from '../../api/delivery/outbox.ts';
import { openPostgresLedger } from '../../api/ledger/postgres.ts';
import { createCounters } from '../../api/metrics/counters.ts';
import { type Duty, openDuty } from '../../api/replicas/duty.ts';
import { openReportRegister } from '../../api/reports/register.ts';
import { createWallRegister, type WallRegister } from '../../api/walls/register.ts';
import { openSharedWalls, type SharedWalls } from '../../api/walls/shared-walls.ts';
import { WALL_DARK_MS } from '../../shared/contract/wall-times.ts';
import type { WallPulse } from '../../shared/contract/walls.ts';
import { type Postgres, startPostgres } from '../servers/postgres.ts';

/* What several servers on one real PostgreSQL must agree on: who is on duty, which walls there are, which secrets are theirs. */
let postgres: Postgres;
let database = 0;
let url = '';
const opened: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const fresh = (): void => {
  url = postgres.database(`replicas${++database}`);
};
function sql(): Sql {
  const one = openPostgresSql({ url, credentials: postgres.credentials }, () => {});
  opened.push(one.close);
  return one;
}

it('makes its tables once, however many servers start at the same moment', async () => {
  fresh();
  const clock = Date.now;
  const start = async (): Promise<void> => {
    const one = sql();
    const ledger = await openPostgresLedger({ url, credentials: postgres.credentials, clock, log: () => {} });
    opened.push(ledger.close);
    await prepareAccounts(one);
    const outbox = await openOutbox({
      sql: one,
      channel: () => null,
      send: async () => {},
      clock,
      counters: createCounters(),
      log: () => {},
      everyMs: null,
    });
    await openReportRegister(one, clock);
    await openAlertStore(one);
    const walls = await openSharedWalls({ sql: one, log: () => {}, everyMs: null });
    const duty = await openDuty({ sql: one, log: () => {}, everyMs: null });
    await outbox.close();
    await walls.work();
    await duty.close();
  };
  await expect(Promise.all(Array.from({ length: 6 }, start))).resolves.toHaveLength(6);
});

describe('the duty', () => {
  /** Two servers whose clocks the test turns; the database's goes on by itself. */
  async function pair() {
    fresh();
    const at = { a: 0, b: 0 };
    const log: string[] = [];
    const open = (name: 'a' | 'b'): Promise<Duty> =>
      openDuty({ sql: sql(), log: (line) => log.push(`${name}: ${line}`), monotonic: () => at[name], everyMs: null });
    return { at, log, a: await open('a'), b: await open('b') };
  }
  const expire = () => sql().run('UPDATE duty SET endsat = endsat - 60000');

  it('has one server on duty, which stays', async () => {
    const { a, b, log } = await pair();
    expect([a.held, b.held]).toEqual([true, false]);
    for (let n = 0; n < 3; n++) await Promise.all([b.work(), a.work()]);
    expect([a.held, b.held]).toEqual([true, false]);
    expect(log).toEqual(['a: this server watches alerts and sends messages']);
  });

  it('is handed over at once by a server that stops, and taken from one that is silent', async () => {
    const { a, b } = await pair();
    await a.close();
    await b.work();
    expect([a.held, b.held]).toEqual([false, true]);
    await expire();
    const c = await openDuty({ sql: sql(), log: () => {}, everyMs: null });
    expect(c.held).toBe(true);
    // It was taken: what the sleeper still believes ends with its own clock, and it cannot write any more.
    await expect(sql().transaction((inside) => b.holdsIn(inside))).resolves.toBe(false);
    await expect(sql().transaction((inside) => c.holdsIn(inside))).resolves.toBe(true);
    await b.work();
    expect(b.held).toBe(false);
  });

  it('ends by itself for a server that cannot renew it', async () => {
    const { at, a } = await pair();
    at.a = 4_999;
    expect(a.held).toBe(true);
    at.a = 5_000;
    expect(a.held).toBe(false);
  });

  it('lets no server write alerts that is not on duty any more', async () => {
    const { a, b } = await pair();
    const store = await openAlertStore(sql(), a);
    const alert = {
      id: 'x',
      rule: 'long-stop',
      about: 'machine:filler',
      when: 'stopLongerThan',
      openedAt: 1,
      closedAt: null,
      since: null,
      headline: 'h',
      detail: '',
      value: null,
      limit: null,
      unit: null,
      acknowledgedAt: null,
      acknowledgedBy: null,
      notifiedAt: null,
    };
    await store.save([alert]);
    await expire();
    await b.work();
    await expect(store.save([{ ...alert, headline: 'late' }])).rejects.toThrow(/another server/);
    expect((await store.list(9)).map(({ headline }) => headline)).toEqual(['h']);
    // Who takes care of it may be said anywhere, and the first one counts.
    const there = await openAlertStore(sql(), b);
    expect([await store.acknowledge('x', 'kim', 5), await there.acknowledge('x', 'sam', 6)]).toEqual([true, false]);
    await there.save([{ ...alert, headline: 'again' }]);
    expect(await store.recent(0)).toMatchObject([{ headline: 'again', acknowledgedBy: 'kim', acknowledgedAt: 5 }]);
  });
});

it('shares walls: the newest pulse wins, and what one forgets is gone everywhere', async () => {
  fresh();
  let now = 1_000_000;
  const open = async (): Promise<[SharedWalls, WallRegister]> => {
    const shelf = await openSharedWalls({ sql: sql(), log: () => {}, everyMs: null });
    return [shelf, createWallRegister(shelf, () => now)];
  };
  const [[hereShelf, here], [thereShelf, there]] = [await open(), await open()];
  const share = async (): Promise<void> => {
    await hereShelf.work();
    await thereShelf.work();
    await hereShelf.work();
  };
  const pulse = (id: string): WallPulse => ({
    id,
    page: '/wall/filling',
    lines: ['filling'],
    build: 'b',
    width: 1920,
    height: 1080,
    shows: 'live',
  });
  const from = { name: null, address: '10.0.0.7', since: 1 };
  here.pulse(pulse('wall-aaaa'), from);
  await share();
  expect(there.list()).toMatchObject([{ id: 'wall-aaaa', lastPulseAt: 1_000_000 }]);
  // Its server is gone, and it hangs at the other one now.
  now += 900_000;
  there.pulse(pulse('wall-aaaa'), from);
  expect(here.seenAt('filling')).toBe(1_000_000);
  await share();
  expect(here.list()).toMatchObject([{ id: 'wall-aaaa', dark: false, firstSeenAt: 1_000_000, lastPulseAt: 1_900_000 }]);
  now += WALL_DARK_MS;
  expect([here.list()[0]?.dark, there.list()[0]?.dark]).toEqual([true, true]);
  expect(here.forget('wall-aaaa')).toBe(true);
  await share();
  expect([here.list(), there.list()]).toEqual([[], []]);
  // Away and back: what was heard meanwhile is not lost, and nothing throws.
  await postgres.kill();
  here.pulse(pulse('wall-bbbb'), from);
  await hereShelf.work();
  expect(here.list()).toMatchObject([{ id: 'wall-bbbb' }]);
  await postgres.start();
  await share();
  expect(there.list()).toMatchObject([{ id: 'wall-bbbb' }]);
});

it('refuses a server whose secrets are not those of the others', async () => {
  fresh();
  const made = (): Secrets => ({ audit: randomBytes(32).toString('hex'), pepper: randomBytes(32).toString('hex') });
  const [ours, theirs] = [made(), made()];
  await agreeOnSecrets(sql(), ours, 'a/secrets.json');
  await agreeOnSecrets(sql(), ours, 'b/secrets.json');
  await expect(agreeOnSecrets(sql(), theirs, 'c/secrets.json')).rejects.toThrow(
    /c\/secrets\.json are not those .* LINEWATT_SECRETS_FILE/,
  );
});
