import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LedgerUnavailable } from '#api/ledger/ledger.ts';
import { openLedger } from '#api/ledger/open.ts';
import { openPostgresLedger, withCredentials } from '#api/ledger/postgres.ts';
import { UserError } from '#shared/contract/command.ts';
import { freePort } from '../servers/free-port.ts';
import { until } from '../servers/linewatt.ts';
import { type Postgres, startPostgres } from '../servers/postgres.ts';
import { ledgerSuite } from './ledger-suite.ts';

let server: Postgres;
let count = 0;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server?.stop());

const log = (): void => {};
const open = (url: string, clock = () => 5000, pollMs = 60_000) =>
  openPostgresLedger({ url, credentials: server.credentials, clock, log, pollMs });
const content = { type: 'scrap', machine: 'filler', at: 1000, count: 1 } as const;

describe('the ledger on PostgreSQL', () => {
  ledgerSuite(() => {
    const url = server.database(`suite${++count}`);
    return {
      open: (clock) => open(url, clock),
      async tamper(sql) {
        const client = new pg.Client({ connectionString: withCredentials(url, server.credentials) });
        await client.connect();
        try {
          await client.query(sql);
        } finally {
          await client.end();
        }
      },
      clear: async () => {},
    };
  });

  it('lets two replicas write at once, without a gap, and each reads what the other wrote', async () => {
    const url = server.database('two');
    const [a, b] = await Promise.all([open(url), open(url)]);
    const told: number[] = [];
    b.onAppend((entry) => told.push(entry.seq));
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        (i % 2 ? a : b).append({ idempotencyKey: `k${i}`, by: 'ann', content: { ...content, at: i } }),
      ),
    );
    await Promise.all([a.catchUp(30), b.catchUp(30)]);
    expect(a.entries()).toEqual(b.entries());
    expect(told).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    await Promise.all([a.close(), b.close()]);
  });

  it('shows a guard what the other replica wrote a moment ago', async () => {
    const url = server.database('guard');
    const [a, b] = await Promise.all([open(url), open(url)]);
    await a.append({ idempotencyKey: 'a', by: 'ann', content });
    const guard = (entries: readonly unknown[]): void => {
      if (entries.length > 0) throw new RangeError('stale');
    };
    await expect(b.append({ idempotencyKey: 'b', by: 'bob', content, guard })).rejects.toThrow(RangeError);
    await Promise.all([a.close(), b.close()]);
  });

  it('refuses entries while the database is away, keeps serving what it knows, and takes them again after', async () => {
    const url = server.database('away');
    const ledger = await open(url, () => 5000, 100);
    await ledger.append({ idempotencyKey: 'a', by: 'ann', content });
    await server.kill();
    await expect(ledger.append({ idempotencyKey: 'b', by: 'ann', content })).rejects.toThrow(LedgerUnavailable);
    expect(ledger.entries()).toHaveLength(1);
    expect(ledger.message).not.toBeNull();
    await server.start();
    await until(
      () => ledger.message === null,
      10_000,
      () => `still away: ${ledger.message}`,
    );
    expect((await ledger.append({ idempotencyKey: 'b', by: 'ann', content })).entry.seq).toBe(2);
    await ledger.close();
  });

  it('says in a sentence what is wrong with an address', async () => {
    const port = await freePort();
    await expect(open(`postgres://127.0.0.1:${port}/postgres`)).rejects.toThrow(UserError);
    await expect(open(server.url.replace('/postgres', '/nowhere'))).rejects.toThrow(UserError);
    const options = { dataDir: '/tmp', credentials: {}, clock: () => 1, log };
    await expect(openLedger({ ...options, url: 'postgres://me:secret@127.0.0.1/x' })).rejects.toThrow(
      /LEDGER_PASSWORD/,
    );
    await expect(openLedger({ ...options, url: 'mysql://127.0.0.1/x' })).rejects.toThrow(/must be sqlite:/);
  });
});
