import type { Finding } from '#shared/oee/judged.ts';
import { type Instant, SECOND } from '#shared/time/instant.ts';
import type { HistorianLink } from './historian/link.ts';
import type { LiveStore } from './live/store.ts';
import type { PlantFile } from './plant/file.ts';

const short = (hash: string): string => hash.slice(0, 12);

/** An edge that says nothing for this long is silent. */
export const EDGE_SILENT_MS = 5 * SECOND;

/** Doubts about the plant file that figures suffer from; all of them are told by `linewatt check`. */
const CALENDAR_DOUBTS: readonly string[] = ['shiftsOverlap', 'shiftsGap', 'breakOutsideShift'];

/** What people should know about the site that no figure shows: edges, sources, plant file, historian. */
export function siteFindings(
  plant: PlantFile,
  live: LiveStore,
  historian: HistorianLink,
  now: Instant,
): readonly Finding[] {
  const found: Finding[] = [];
  const add = (code: string, about: string, t: Instant | null, message: string): void => {
    found.push({ id: `${code}:${about}`, code, scope: about, t, message });
  };
  if (plant.refused !== null) {
    add(
      'plantFileRefused',
      'site',
      null,
      `The plant file on disk is not taken, the one before it stays in force. ${plant.refused}`,
    );
  }
  if (plant.notKept !== null) {
    add(
      'plantNotKept',
      'site',
      null,
      `The plant file that runs could not be kept in the history, so asOf cannot go back to it: ${plant.notKept}. Check the disk of the data directory.`,
    );
  }
  for (const doubt of plant.doubts) {
    if (!CALENDAR_DOUBTS.includes(doubt.code)) continue;
    found.push({
      id: `${doubt.code}:${doubt.message}`,
      code: doubt.code,
      scope: 'site',
      t: null,
      message: `Plant file, line ${doubt.line}: ${doubt.message}. If that is not meant, change it there.`,
    });
  }
  if (historian.message !== null) {
    add(
      'historianAway',
      'site',
      null,
      `The historian does not answer: ${historian.message}. Live figures go on; reports wait.`,
    );
  }
  const edges = live.edges();
  if (edges.length === 0) add('noEdge', 'site', null, 'No edge has been heard yet. Start one with `linewatt edge`.');
  for (const { id, birth, health, heardAt } of edges) {
    if (health?.state === 'offline' || now - heardAt > EDGE_SILENT_MS) {
      add(
        'edgeSilent',
        id,
        heardAt,
        `Edge ${id} is silent: no figure is current. Check that it runs and reaches the broker.`,
      );
    }
    if (birth && birth.plantHash !== plant.current.hash) {
      add(
        'plantDiffers',
        id,
        birth.startedAt,
        `Edge ${id} runs the plant file ${short(birth.plantHash)}, the server ${short(plant.current.hash)}. Give both the same file.`,
      );
    }
    for (const source of health?.sources ?? []) {
      if (source.state === 'connected' || source.state === 'connecting') continue;
      const why = source.message ?? `source ${source.id} is ${source.state}`;
      add('source', source.id, source.since, why);
    }
    for (const f of health?.findings ?? []) add(f.code, f.signal, f.t, f.message);
  }
  return found;
}
