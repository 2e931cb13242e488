import { pbkdf2Sync, randomBytes } from 'node:crypto';
import type { Plant } from '#shared/plant/model.ts';
import { partOfEdge } from '#shared/plant/signals.ts';
import { edgeTopic, ledgerTopic, machineTopic, meterTopic, siteFilter } from '#shared/plant/topics.ts';

/*
 * Who may say and hear what on the broker, in mosquitto's words.
 *
 * - An edge writes the topics of its own machines and meters and its own birth and health, and reads nothing.
 * - The api reads the site and writes nothing but that the ledger grew.
 */
export const API_USER = 'linewatt-api';

export function edgeUser(edge: string | null): string {
  return edge === null ? 'linewatt-edge' : `linewatt-edge-${edge}`;
}

/** Lines of an access list for one user. @throws RangeError for an edge that the plant has not. */
export function edgeAccess(plant: Plant, edge: string | null): string[] {
  const part = partOfEdge(plant, edge);
  if (!part) throw new RangeError(`the plant has no edge "${edge}"`);
  const below = (topic: string): string => topic.replace(/\/[^/]+$/, '/#');
  return [
    `user ${edgeUser(edge)}`,
    ...[...part.machines].map((id) => `topic write ${below(machineTopic(plant, id, 'state'))}`),
    ...[...part.meters].map((id) => `topic write ${below(meterTopic(plant, id, 'live'))}`),
    `topic write ${below(edgeTopic(plant, edge ?? 'main', 'health'))}`,
  ];
}

export function apiAccess(plant: Plant): string[] {
  return [`user ${API_USER}`, `topic read ${siteFilter(plant)}`, `topic write ${ledgerTopic(plant)}`];
}

const ITERATIONS = 20_000;

/** A line of mosquitto's password file (PBKDF2 with SHA-512), which `mosquitto_passwd` would make. */
export function passwordLine(user: string, password: string, salt = randomBytes(12)): string {
  const hash = pbkdf2Sync(password, salt, ITERATIONS, 64, 'sha512');
  return `${user}:$7$${ITERATIONS}$${salt.toString('base64')}$${hash.toString('base64')}`;
}
