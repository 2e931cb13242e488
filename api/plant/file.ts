import type { Plant } from '#shared/plant/model.ts';
import type { Doubt } from '#shared/plant/problem.ts';
import { siteTopic } from '#shared/plant/topics.ts';
import { type PlantReading, plantFingerprint, requirePlantFile, watchPlantFile } from '#shared/store/plant-file.ts';
import type { PlantHistoryWriter } from '#shared/store/plant-history.ts';
import type { Instant } from '#shared/time/instant.ts';
import { keepVersions } from './history.ts';

/*
 * The plant file, read once and again whenever it changes. An invalid new file leaves the old one running and says so.
 */
export interface PlantFile {
  readonly current: Plant;
  /** The plant in force at `asOf`; the current one without it. @throws UserError for one that can no longer be read. */
  at(asOf?: Instant): Plant;
  /** Instants after `since` at which another version came into force, in order. */
  changesSince(since: Instant): readonly Instant[];
  /** Why the newest file on disk is not the one that runs; null when it is. */
  readonly refused: string | null;
  /** Why the version that runs is missing in the history; null when it is there. */
  readonly notKept: string | null;
  /** What the file in force says that is allowed and perhaps not meant. */
  readonly doubts: readonly Doubt[];
  onChange(listener: (plant: Plant) => void): void;
  close(): void;
}

export interface PlantFileOptions {
  readonly history: PlantHistoryWriter;
  readonly clock: () => Instant;
  readonly log: (line: string) => void;
  readonly pollMs?: number;
}

/** @throws UserError with one sentence per problem when the file cannot be read or is not a plant. */
export function openPlantFile(path: string, { history, clock, log, pollMs }: PlantFileOptions): PlantFile {
  // The api connects to no source, so `${SECRETS}` stay unresolved here.
  const first = requirePlantFile(path);
  let current = first.plant;
  let doubts = first.doubts;
  let print = plantFingerprint(first);
  let refused: string | null = null;
  const versions = keepVersions(history, clock, first);
  const listeners: ((plant: Plant) => void)[] = [];

  const refuse = (why: string): void => {
    if (why === refused) return;
    refused = why;
    log(`plant file ${path} changed but is not taken; the old one stays in force. ${why}`);
  };
  const take = (reading: PlantReading): void => {
    if (siteTopic(reading.plant) !== siteTopic(current)) {
      refuse(`${path} has another site or enterprise; restart linewatt for that`);
      return;
    }
    refused = null;
    const next = plantFingerprint(reading);
    if (next === print) return;
    print = next;
    current = reading.plant;
    doubts = reading.doubts;
    versions.run(reading);
    log(`plant file ${path} changed: ${current.machines.size} machines, ${current.meters.size} meters`);
    if (versions.notKept !== null) log(`this version of the plant file could not be kept: ${versions.notKept}`);
    for (const listener of listeners) listener(current);
  };
  const unwatch = watchPlantFile(path, undefined, { changed: take, refused: refuse }, pollMs);
  return {
    get current() {
      return current;
    },
    at: (asOf) => (asOf === undefined ? current : versions.at(asOf)),
    changesSince: (since) =>
      history
        .versions()
        .map((v) => v.appliedFrom)
        .filter((t) => t > since),
    get refused() {
      return refused;
    },
    get notKept() {
      return versions.notKept;
    },
    get doubts() {
      return doubts;
    },
    onChange: (listener) => void listeners.push(listener),
    close: unwatch,
  };
}
