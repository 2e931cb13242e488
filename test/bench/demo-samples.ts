import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindReading } from '#edge/core/bind.ts';
import { createDemoPlant } from '#edge/demo/plant-model.ts';
import { createWire } from '#edge/demo/wire.ts';
import type { Plant } from '#shared/plant/model.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { signalsOf } from '#shared/plant/signals.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { type Instant, SECOND } from '#shared/time/instant.ts';
import { ROOT } from '../servers/linewatt.ts';

export function demoPlant(): Plant {
  return parsePlant(readFileSync(join(ROOT, 'config/demo.plant.yaml'), 'utf8'), { hash: 'bench' }).plant;
}

/**
 * What the edge gets from the simulated servers while it runs: each second every node that changed, as a subscription tells
 * it, and every register, as a poll reads it. About forty times as dense as the history that the demo begins with.
 */
export function liveSamples(plant: Plant, from: Instant, to: Instant, emit: (sample: Sample) => void): void {
  const model = createDemoPlant({ seed: 7, start: from, timezone: plant.site.timezone });
  const wire = createWire(model);
  const feeds = signalsOf(plant).flatMap((signal) => {
    const reader = wire.readerOf(signal);
    const isPolled = signal.kind === 'register' || signal.kind === 'power';
    return reader ? [{ signal, reader, isPolled, last: undefined as unknown }] : [];
  });
  for (let t = from; t < to; t += SECOND) {
    model.advanceTo(t);
    for (const feed of feeds) {
      const { signal, reader, isPolled } = feed;
      const good = reader.good();
      const value = good ? reader.read() : null;
      if (!isPolled && value === feed.last) continue;
      feed.last = value;
      const reading = { signal: signal.signal, value, quality: good ? 'good' : 'bad', t, received: t } as const;
      emit(bindReading(signal, reading, () => {}));
    }
  }
}
