import { type InfluxTarget, influxError } from './client.ts';
import { createDatabase } from './database.ts';

export interface InfluxUser {
  readonly name: string;
  readonly password: string;
  /** `linewatt` is what the edge writes and the api reads. */
  readonly may: 'write' | 'read';
}

/**
 * Makes the database and users who may do one thing in it each; a user who is there gets a new password. `target` signs in as
 * an administrator. @throws HistorianError
 */
export async function createInfluxUsers(target: InfluxTarget, users: readonly InfluxUser[]): Promise<void> {
  try {
    await createDatabase(target);
    const known = new Set((await target.client.getUsers()).map(({ user }) => user));
    for (const { name, password, may } of users) {
      if (known.has(name)) await target.client.setPassword(name, password);
      else await target.client.createUser(name, password, false);
      await target.client.grantPrivilege(name, may === 'write' ? 'WRITE' : 'READ', target.database);
    }
  } catch (cause) {
    throw influxError(target, cause);
  }
}
