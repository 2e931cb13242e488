import { UserError } from '#shared/contract/command.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import { parseEntry } from '#shared/ledger/schema.ts';
import type { Plant } from '#shared/plant/model.ts';
import { readLines } from './lines.ts';

/**
 * Reads the ledger from NDJSON, one entry a line, in the order in which it was written.
 * @throws UserError naming file, line and what to do.
 */
export async function readEntries(plant: Plant, file: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  const lines = new Map<string, number>();
  for await (const { text, number } of readLines(file)) {
    const line = number === 1 ? text.replace(/^\uFEFF/, '') : text;
    if (line.trim() === '') continue;
    const refuse = (message: string) => new UserError(`${file}:${number}: ${message}`);
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw refuse('is not JSON: the file may be cut off; give one entry a line');
    }
    const parsed = parseEntry(value, entries.length + 1);
    if ('problem' in parsed) throw refuse(parsed.problem);
    const { entry } = parsed;
    const before = lines.get(entry.id);
    if (before !== undefined)
      throw refuse(`id: "${entry.id}" was used in line ${before}; every entry has an id of its own`);
    const unknown = unknownName(plant, entry, lines);
    if (unknown !== null) throw refuse(unknown);
    lines.set(entry.id, number);
    entries.push(entry);
  }
  return entries;
}

function unknownName(plant: Plant, entry: Entry, ids: ReadonlyMap<string, number>): string | null {
  if ('machine' in entry && !plant.machines.has(entry.machine))
    return `machine: the plant has no machine "${entry.machine}"`;
  if ('meter' in entry && !plant.meters.has(entry.meter)) return `meter: the plant has no meter "${entry.meter}"`;
  if (entry.type === 'void' && !ids.has(entry.entry))
    return `entry: there is no entry "${entry.entry}" before it to take back`;
  if (entry.type === 'stopReason' && !plant.reasons.has(entry.reason)) {
    return `reason: the plant has no reason "${entry.reason}"; add it under reasons`;
  }
  return null;
}
