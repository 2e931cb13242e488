import { bindReading } from '#edge/core/bind.ts';
import type { Plant } from '#shared/plant/model.ts';
import { signalsOf } from '#shared/plant/signals.ts';
import type { Sample } from '#shared/signal/sample.ts';

/** A journalled sample as this plant file reads it: what the source said goes through the maps of now. */
export function rebinderOf(plant: Plant): (sample: Sample) => Sample {
  const meanings = new Map(signalsOf(plant).map((signal) => [signal.signal, signal]));
  return (sample) => {
    const meaning = meanings.get(sample.signal);
    if (!sample.raw || !meaning) return sample;
    const { t, received, id, raw } = sample;
    const bound = bindReading(meaning, { signal: sample.signal, t, received, ...raw }, () => {});
    return id === undefined ? bound : { ...bound, id };
  };
}
