import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DemoRun, simulateSamples } from '#edge/demo/history.ts';
import { createDemoPlant } from '#edge/demo/plant-model.ts';
import { createWire } from '#edge/demo/wire.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { signalsOf } from '#shared/plant/signals.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { Linewatt } from './linewatt.ts';

/** Every counter and register of the simulated plant as it stands at an instant, raw, by signal. */
export type PlantCounts = ReadonlyMap<string, number>;

/**
 * The simulated plant once more, from its seed: what its registers say at any instant, past ones too. It shares the
 * simulation with the servers under test and nothing with what collects from them; `registersAt` reads the real servers,
 * and a test that holds both against each other knows that this is the same plant.
 */
export async function plantTruth({ plantFile, dataDir }: Pick<Linewatt, 'plantFile' | 'dataDir'>) {
  const { plant } = parsePlant(await readFile(plantFile, 'utf8'), { hash: 'truth' });
  const run = JSON.parse(await readFile(join(dataDir, 'demo', 'run.json'), 'utf8')) as DemoRun;
  const model = createDemoPlant({ ...run, timezone: plant.site.timezone });
  const wire = createWire(model);
  const counting = signalsOf(plant).filter(({ kind }) => kind === 'counter' || kind === 'register');
  return {
    /**
     * As the generated history has it at an instant from before the product was started: it takes counters down every ten
     * seconds, and what was made since then is booked to what comes after.
     */
    recordedAt(t: Instant): PlantCounts {
      const last = new Map<string, number>();
      simulateSamples(plant, run, run.start, t + 1, ({ signal, value }) => {
        if (typeof value === 'number') last.set(signal, value);
      });
      return last;
    },
    /** Instants must rise from call to call: the plant does not run backwards. */
    at(t: Instant): PlantCounts {
      model.advanceTo(t);
      const readers = counting.map((signal) => [signal.signal, wire.readerOf(signal)] as const);
      return new Map(readers.flatMap(([signal, reader]) => (reader ? [[signal, Number(reader.read())]] : [])));
    },
  };
}
