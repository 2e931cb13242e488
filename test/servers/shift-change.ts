import { readFile, writeFile } from 'node:fs/promises';
import { getJson, type Linewatt, until } from './linewatt.ts';

const MINUTE = 60_000;

/**
 * Moves the demo plant's change from its early to its late shift to a minute that begins soon, by a new version of its plant
 * file, and waits until the server follows. Resolves with the instant of the change.
 */
export async function changeShiftSoon(plant: Linewatt, leastMs: number): Promise<number> {
  const before = await hashOf(plant);
  const text = await readFile(plant.plantFile, 'utf8');
  const zone = /timezone: ([\w/+-]+)/.exec(text)?.[1] ?? 'Etc/UTC';
  const change = Math.ceil((Date.now() + leastMs) / MINUTE) * MINUTE;
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(change);
  await writeFile(
    plant.plantFile,
    text
      .replaceAll('end: "14:00"', `end: "${clock}"`)
      .replaceAll('start: "14:00"', `start: "${clock}"`)
      .replaceAll(/breaks: \[ \{[^}]*\} \]/g, 'breaks: []'),
  );
  await until(
    async () => (await hashOf(plant)) !== before,
    20_000,
    () => 'the server does not follow its plant file',
  );
  return change;
}

async function hashOf(plant: Linewatt): Promise<string> {
  return (await getJson<{ hash: string }>(`${plant.url}/api/v1/plant`)).hash;
}
