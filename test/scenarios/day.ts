import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Query, readQueries } from '#edge/replay/queries.ts';
import { readEntries } from '#edge/replay/read-entries.ts';
import { readSamples } from '#edge/replay/read-samples.ts';
import { windowOf } from '#edge/replay/windows.ts';
import { effectiveEntries } from '#shared/ledger/effective.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import type { Plant } from '#shared/plant/model.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { type Instant, MINUTE } from '#shared/time/instant.ts';

/** Recorded samples, what people entered, and what is asked about them. */
export interface Day {
  readonly plant: Plant;
  /** Of one signal and instant the later line counts; a repeated id is ignored. */
  readonly samples: readonly Sample[];
  readonly entries: readonly Entry[];
  readonly queries: readonly Query[];
}

/** A day as somebody would have known it at `asOf`: all of its queries ask as of the same instant. */
export interface KnownDay extends Day {
  readonly asOf: Instant;
  readonly since: Instant;
  /** The last instant of queries and samples, and the whole minute up to which facts are made. */
  readonly last: Instant;
  readonly to: Instant;
  /** Bounds of queries and entries. */
  readonly cuts: readonly Instant[];
}

export async function readDay(folder: string): Promise<Day> {
  const file = (leaf: string) => join(folder, leaf);
  const text = readFileSync(file('plant.yaml'), 'utf8');
  const { plant } = parsePlant(text, { hash: folder, readFile: (name) => readFileSync(file(name), 'utf8') });
  const table = await readSamples(plant, file('samples.ndjson'), () => {});
  const entries = existsSync(file('entries.ndjson')) ? await readEntries(plant, file('entries.ndjson')) : [];
  const queries = await readQueries(plant, file('queries.json'));
  return { plant, samples: [...table.inOrder(Number.POSITIVE_INFINITY)], entries, queries };
}

/** The day once for each instant as of which it is asked about. */
export function knownDays(day: Day): KnownDay[] {
  const byAsOf = Map.groupBy(day.queries, (query) => query.asOf ?? Number.POSITIVE_INFINITY);
  return [...byAsOf].map(([asOf, queries]) => {
    const { plant } = day;
    const entries = effectiveEntries(day.entries, asOf);
    const samples = day.samples.filter((sample) => sample.received <= asOf);
    const windows = queries.flatMap((query) =>
      linesOf(plant, query).flatMap((line) => windowOf(plant, query, line) ?? []),
    );
    const cuts = new Set(windows.flatMap((window) => [window.from, window.to]));
    for (const entry of entries) {
      if ('at' in entry) cuts.add(entry.at);
      if ('from' in entry) cuts.add(entry.from).add(entry.to);
    }
    const last = Math.max(...windows.map((window) => window.to), ...samples.map((sample) => sample.t));
    return {
      plant,
      entries,
      samples,
      queries,
      asOf,
      since: Math.min(...windows.map((window) => window.from)),
      last,
      to: Math.ceil(last / MINUTE) * MINUTE,
      cuts: [...cuts].sort((a, b) => a - b),
    };
  });
}

/** Lines whose calendars place a query; null where none does. */
function linesOf(plant: Plant, query: Query): (string | null)[] {
  if ('line' in query) return [query.line];
  if (!('machines' in query)) return [null];
  return [...new Set(query.machines.map((machine) => plant.machines.get(machine)?.line ?? null))];
}

/** Lines that are asked about: their constraint decides which second of one machine meets which of another. */
export function constraintsOf({ plant, queries }: Pick<Day, 'plant' | 'queries'>): string[] {
  return queries.flatMap((query) => {
    const line = query.kind === 'line' ? plant.lines.get(query.line) : undefined;
    return line && line.machines.length > 1 ? (line.constraint ?? []).map(({ value }) => value) : [];
  });
}
