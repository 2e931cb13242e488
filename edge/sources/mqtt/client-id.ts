import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * A broker keeps a session under its client id, and throws out whoever had that id before. So ours is the same after each
 * start, and another one in each data directory.
 */

const KNOWN = /^[0-9a-f]{10}$/;

export function clientIdOf(dataDir: string, source: string): string {
  return `linewatt-${source}-${installationId(dataDir)}`;
}

function installationId(dataDir: string): string {
  const file = join(dataDir, 'mqtt-client-id');
  try {
    const known = readFileSync(file, 'utf8').trim();
    if (KNOWN.test(known)) return known;
  } catch {
    // Not made yet.
  }
  const made = randomBytes(5).toString('hex');
  writeFileSync(file, `${made}\n`);
  return made;
}
