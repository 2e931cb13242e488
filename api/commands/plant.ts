import { resolve } from 'node:path';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import { plantChanges } from '#shared/plant/changes.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { PlantReading } from '#shared/store/plant-file.ts';
import { openPlantHistoryReader, type PlantHistory, type PlantVersion } from '#shared/store/plant-history.ts';
import { type Instant, toIso } from '#shared/time/instant.ts';
import { clockLabel, localDate } from '#shared/time/zone.ts';
import { readWords } from './options.ts';

const usage = `linewatt plant: the plant files that ran

Usage: linewatt plant history [--data DIR] [--json]
       linewatt plant show HASH [--data DIR]

history   every version with the time it applied from, and by what it differs from the one before, oldest first
show      the text of the version whose hash begins with HASH, to stdout

  --data DIR   data directory of the api (default ./data)
  --json       as JSON, instants in UTC

Exit code 0: done, 1: no history there, or no such version, 2: wrong usage.`;

export const plantCommand: Command = {
  name: 'plant',
  summary: 'the plant files that ran: history, and the text of each',
  usage,
  run,
};

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const { verb, hash, data, json } = readArguments(args);
  const history = openPlantHistoryReader(data);
  try {
    if (history.versions().length === 0) throw new UserError(`the plant history of ${data} is empty`);
    if (verb === 'history') tellHistory(history, json, io);
    else show(history, hash, io);
    return 0;
  } finally {
    history.close();
  }
}

function readArguments(args: readonly string[]) {
  const { values, positionals } = readWords(
    args,
    { data: { type: 'string', default: './data' }, json: { type: 'boolean', default: false } },
    'plant',
  );
  const [verb, hash = '', ...more] = positionals;
  const isHistory = verb === 'history' && positionals.length === 1;
  const isShow = verb === 'show' && hash !== '' && more.length === 0 && !values.json;
  if (isHistory || isShow) return { verb, hash, data: resolve(values.data), json: values.json };
  throw new UserError('say linewatt plant history, or linewatt plant show HASH; linewatt plant --help tells more', 2);
}

interface Told {
  readonly version: PlantVersion;
  readonly differences: readonly string[];
}

function tellHistory(history: PlantHistory, json: boolean, io: CommandIo): void {
  const told: Told[] = [];
  let before: PlantReading | null = null;
  let zone = 'UTC';
  for (const version of history.versions()) {
    const reading = readable(history, version);
    zone = reading?.plant.site.timezone ?? zone;
    told.push({
      version,
      differences: reading ? differencesOf(before, reading) : ['this Linewatt can no longer read it'],
    });
    before = reading;
  }
  if (json) {
    const items = told.map(({ version: { seq, hash, appliedFrom }, differences }) => ({
      seq,
      hash,
      appliedFrom: toIso(appliedFrom),
      differences,
    }));
    io.out(`${JSON.stringify(items, null, 2)}\n`);
    return;
  }
  for (const { version, differences } of told) {
    io.out(`${localTime(zone, version.appliedFrom)}  ${version.hash.slice(0, 12)}\n`);
    for (const line of differences) io.out(`  ${line}\n`);
  }
  io.out(`${told.length} ${told.length === 1 ? 'version' : 'versions'}; times are those of ${zone}\n`);
}

function readable(history: PlantHistory, version: PlantVersion): PlantReading | null {
  try {
    return history.read(version);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

function differencesOf(before: PlantReading | null, now: PlantReading): string[] {
  if (!before) return [contentOf(now.plant)];
  const changes = plantChanges(before.plant, now.plant);
  if (changes.length > 0) return changes.map(({ about, text }) => `${about}: ${text}`);
  return ['nothing that has a meaning: layout or comments'];
}

function contentOf({ site, lines, machines, meters }: Plant): string {
  const many = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  return `${site.name} (${site.id}): ${many(lines.size, 'line')}, ${many(machines.size, 'machine')}, ${many(meters.size, 'meter')}`;
}

function localTime(zone: string, t: Instant): string {
  return `${localDate(zone, t)} ${clockLabel(zone, t)}`;
}

function show(history: PlantHistory, prefix: string, io: CommandIo): void {
  const found = history.versions().filter(({ hash }) => hash.startsWith(prefix.toLowerCase()));
  const hashes = [...new Set(found.map(({ hash }) => hash.slice(0, 12)))];
  const newest = found.at(-1);
  if (!newest)
    throw new UserError(`no version has a hash that begins with ${prefix}; linewatt plant history lists them`);
  if (hashes.length > 1) throw new UserError(`${prefix} begins the hashes of ${hashes.join(', ')}; give more of it`);
  const { text, attachments } = history.text(newest);
  io.out(text.endsWith('\n') ? text : `${text}\n`);
  const names = [...attachments.keys()];
  if (names.length > 0) io.err(`it was read with ${names.join(', ')}, which the history keeps too\n`);
}
