import type { Plant } from '#shared/plant/model.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { Counters } from '../metrics/counters.ts';
import { createHostRule } from '../security.ts';
import { type AuthLimits, createAuth } from './auth.ts';
import type { AuthDeps } from './deps.ts';
import { cookieNames } from './gate.ts';
import { prepareAccounts } from './schema.ts';
import { openSqliteSql } from './sql.ts';

/** Accounts in memory, none of them made yet: everything is open, as on a first start. For the tests of this room. */
export async function makeAuth(
  plant: () => Plant,
  clock: () => Instant,
  counters: Counters,
  limits: Partial<AuthLimits> = {},
): Promise<AuthDeps> {
  const sql = openSqliteSql(':memory:');
  await prepareAccounts(sql);
  const secrets = { audit: 'a'.repeat(43), pepper: 'p'.repeat(43) };
  return {
    auth: createAuth({ sql, secrets, plant, clock, counters, loopback: true, limits }),
    cookies: cookieNames(false),
    isOwnHost: createHostRule({ names: [] }),
    enrolUrl: () => 'http://127.0.0.1:8080/enrol',
    publicUrl: () => 'http://127.0.0.1:8080',
    certificate: () => null,
    caFile: null,
    singleSignOn: null,
    screensOf: () => 0,
  };
}
