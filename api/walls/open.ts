import { join } from 'node:path';
import type { Instant } from '#shared/time/instant.ts';
import { openPostgresSql } from '../auth/postgres.ts';
import { createWallRegister, type WallRegister } from './register.ts';
import { openSharedWalls } from './shared-walls.ts';
import { openWallFile } from './wall-file.ts';

export interface WallPlaces {
  readonly dataDir: string;
  readonly ledgerUrl: string;
  readonly ledgerCredentials: { readonly user?: string; readonly password?: string };
  readonly clock: () => Instant;
  readonly log: (line: string) => void;
}

/** Walls stand in the ledger's database where several servers share one, else in a file. */
export async function openWalls({
  dataDir,
  ledgerUrl,
  ledgerCredentials,
  clock,
  log,
}: WallPlaces): Promise<WallRegister> {
  if (!/^postgres(ql)?:/.test(ledgerUrl)) return createWallRegister(openWallFile(join(dataDir, 'walls.sqlite')), clock);
  const sql = openPostgresSql({ url: ledgerUrl, credentials: ledgerCredentials }, log);
  try {
    return createWallRegister(await openSharedWalls({ sql, log }), clock);
  } catch (error) {
    await sql.close();
    throw error;
  }
}
