import { join } from 'node:path';
import { UserError } from '#shared/contract/command.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { Ledger } from './ledger.ts';
import { openPostgresLedger } from './postgres.ts';
import { openSqliteLedger } from './sqlite.ts';

export interface LedgerOptions {
  /** `sqlite:` in the data directory, `sqlite:FILE`, or postgres://host:5432/database. */
  readonly url: string;
  readonly dataDir: string;
  readonly credentials: { readonly user?: string; readonly password?: string };
  readonly clock: () => Instant;
  readonly log: (line: string) => void;
}

/** @throws UserError for an address of neither engine, and when it cannot be opened. */
export async function openLedger({ url, dataDir, credentials, clock, log }: LedgerOptions): Promise<Ledger> {
  if (url === 'sqlite:') return openSqliteLedger(join(dataDir, 'ledger.sqlite'), clock);
  if (url.startsWith('sqlite:')) return openSqliteLedger(url.slice('sqlite:'.length), clock);
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new UserError(`the ledger "${url}" must be sqlite:, sqlite:/path/to/file or postgres://host:5432/database`);
  }
  if (/^\w+:\/\/[^@/]*:[^@/]*@/.test(url)) {
    throw new UserError(
      'the ledger address must not hold a password, which others on this machine could read; give it as LINEWATT_LEDGER_PASSWORD',
    );
  }
  return openPostgresLedger({ url, credentials, clock, log });
}
