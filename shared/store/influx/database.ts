import { httpStatus, type InfluxTarget } from './client.ts';

/** Minutes are kept this long in a database that Linewatt makes; in one that was there before, its own policy holds. */
export const RETENTION = { name: 'three_years', duration: '156w' } as const;

/**
 * Makes the database with its retention policy where it is missing. A user who may only write may not ask; then it was made by
 * whoever made the user, and the first write says so if it was not. `retention` null: kept for ever.
 */
export async function createDatabase(
  { client, database, call }: InfluxTarget,
  retention: typeof RETENTION | null = RETENTION,
): Promise<void> {
  const name = `"${database.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  try {
    const known = await call(() => client.getDatabaseNames());
    if (known.includes(database)) return;
    const policy =
      retention === null ? '' : ` WITH DURATION ${retention.duration} REPLICATION 1 NAME "${retention.name}"`;
    await call(() => client.query(`CREATE DATABASE ${name}${policy}`));
  } catch (error) {
    const status = httpStatus(error);
    if (status !== 401 && status !== 403) throw error;
  }
}

/** What the api judged is kept beside the facts, in a database of its own: in 1.x rights are per database. */
export function judgedDatabase(facts: string): string {
  return `${facts}_judged`;
}
