import type { Instant, Span } from '#shared/time/instant.ts';
import type { EnergySlice, EnergySlices } from '../kpi/energy-slices.ts';

/**
 * The same slices asked for several times are read once: a report asks for one chunk in five breakdowns. `forget` lets a chunk
 * go, so that a year takes no more memory than a month.
 */
export interface ChunkSlices extends EnergySlices {
  forget(): void;
}

export function rememberChunk(energy: EnergySlices): ChunkSlices {
  const held = new Map<string, EnergySlice>();
  const keyOf = (meter: string, { start, end }: Span, asOf?: Instant): string => `${meter} ${start} ${end} ${asOf}`;
  return {
    async of(meter, slices, asOf) {
      for (const run of withoutHoles(slices.filter((slice) => !held.has(keyOf(meter, slice, asOf))))) {
        const read = await energy.of(meter, run, asOf);
        run.forEach((slice, i) => {
          const value = read[i];
          if (value) held.set(keyOf(meter, slice, asOf), value);
        });
      }
      return slices.flatMap((slice) => held.get(keyOf(meter, slice, asOf)) ?? []);
    },
    itemsOf: energy.itemsOf,
    forget: () => held.clear(),
  };
}

/** Energy is shared out over slices that follow each other; one that is held already leaves a hole. */
function withoutHoles(slices: readonly Span[]): Span[][] {
  const runs: Span[][] = [];
  for (const slice of slices) {
    const run = runs.at(-1);
    if (run?.at(-1)?.end === slice.start) run.push(slice);
    else runs.push([slice]);
  }
  return runs;
}
