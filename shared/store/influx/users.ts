import { type InfluxTarget, influxError } from './client.ts';
import { createDatabase, judgedDatabase } from './database.ts';

export interface InfluxUser {
  readonly name: string;
  readonly password: string;
  /** The edge writes facts; the api reads them, and writes what it judged beside them. */
  readonly may: 'write' | 'read';
}

/**
 * Makes the database and users who may do one thing in it each; a user who is there gets a new password. `target` signs in as
 * an administrator. @throws HistorianError
 */
export async function createInfluxUsers(target: InfluxTarget, users: readonly InfluxUser[]): Promise<void> {
  try {
    await createDatabase(target);
    const judged = { ...target, database: judgedDatabase(target.database) };
    await createDatabase(judged, null);
    const known = new Set((await target.client.getUsers()).map(({ user }) => user));
    for (const { name, password, may } of users) {
      if (known.has(name)) await target.client.setPassword(name, password);
      else await target.client.createUser(name, password, false);
      await target.client.grantPrivilege(name, may === 'write' ? 'WRITE' : 'READ', target.database);
      if (may === 'read') await target.client.grantPrivilege(name, 'WRITE', judged.database);
    }
  } catch (cause) {
    throw influxError(target, cause);
  }
}
