import type { Plant } from '#shared/plant/model.ts';
import type { PlantReading } from '#shared/store/plant-file.ts';
import { type PlantHistoryWriter, type PlantVersion, versionAt } from '#shared/store/plant-history.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * The plant as it was in force at an instant.
 *
 * - The version in force now is the plant that runs, the same object: `asOf` a moment ago is no second reading of it.
 * - A version that cannot be kept (a full disk) does not stop the plant; it is said in `notKept` until one is kept again.
 */
export interface PlantVersions {
  /** @throws UserError for a version that this Linewatt can no longer read. */
  at(t: Instant): Plant;
  /** The plant that runs from now on. */
  run(reading: PlantReading): void;
  /** Why the version that runs is not in the history; null when it is. */
  readonly notKept: string | null;
}

/** Questions about the past come in bursts about one instant; a plant of a thousand machines is some megabytes. */
const MOST_PARSED = 4;

export function keepVersions(history: PlantHistoryWriter, clock: () => Instant, first: PlantReading): PlantVersions {
  const parsed = new Map<number, Plant>();
  let running = first.plant;
  let inForce: PlantVersion | null = null;
  let notKept: string | null = null;
  const run = (reading: PlantReading): void => {
    running = reading.plant;
    try {
      inForce = history.record(reading, clock());
      notKept = null;
    } catch (error) {
      inForce = null;
      notKept = error instanceof Error ? error.message : String(error);
    }
  };
  run(first);
  return {
    run,
    at(t) {
      const version = versionAt(history.versions(), t);
      if (version === null || version.seq === inForce?.seq) return running;
      const held = parsed.get(version.seq);
      if (held) return held;
      const { plant } = history.read(version);
      if (parsed.size >= MOST_PARSED) parsed.delete(parsed.keys().next().value ?? 0);
      parsed.set(version.seq, plant);
      return plant;
    },
    get notKept() {
      return notKept;
    },
  };
}
