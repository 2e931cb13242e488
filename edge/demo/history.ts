import { bindReading } from '#edge/core/bind.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { PlantSignal } from '#shared/plant/signals.ts';
import { signalsOf } from '#shared/plant/signals.ts';
import type { Sample } from '#shared/signal/sample.ts';
import type { Instant } from '#shared/time/instant.ts';
import { SECOND } from '#shared/time/instant.ts';
import { createDemoPlant } from './plant-model.ts';
import type { WireReader } from './wire.ts';
import { createWire } from './wire.ts';

/*
 * The past of the demo, as the edge would have recorded it.
 *
 * - The same values as the live servers give: raw numbers with their roll-overs, resets and rounding, states and products
 *   as mapped ids, a bad status as a bad sample without a value.
 * - In time order. State, reason, product and order at each change; counters when they change, at most every 10 s and
 *   at each change of the machine's state; meters and conditions every 30 s, a power that tells a state every 10 s.
 */

const COUNTER_MS = 10 * SECOND;
const METER_MS = 30 * SECOND;
const STATE_POWER_MS = 10 * SECOND;

type Emit = (sample: Sample) => void;

/** Which simulation: `start` is the simulation's own beginning, in which `from` and `to` lie. */
export interface DemoRun {
  readonly seed: number;
  readonly start: Instant;
}

interface Feed {
  readonly signal: PlantSignal;
  readonly reader: WireReader;
  last: number | string | null;
  nextAt: Instant;
  readonly everyMs: number;
}

/** Emits every sample with `from <= t < to`; the first ones carry what held at `from`. Takes about 0.2 s a day. */
export function simulateSamples(plant: Plant, demo: DemoRun, from: Instant, to: Instant, emit: Emit): void {
  const model = createDemoPlant({ seed: demo.seed, start: demo.start, timezone: plant.site.timezone });
  const wire = createWire(model);
  const first = Math.ceil(Math.max(from, demo.start) / SECOND) * SECOND;
  const statePower = new Set<string>();
  for (const { state } of plant.machines.values()) if (state?.from === 'power') statePower.add(`${state.meter}.powerW`);

  const feeds: Feed[] = signalsOf(plant).flatMap((signal) => {
    const reader = wire.readerOf(signal);
    if (!reader) return [];
    const everyMs = statePower.has(signal.signal) ? STATE_POWER_MS : signal.kind === 'counter' ? COUNTER_MS : METER_MS;
    return [{ signal, reader, last: null, nextAt: first, everyMs }];
  });
  const timed = feeds.filter(({ signal }) => ['register', 'power', 'condition'].includes(signal.kind));
  const machines = [...model.machines.values()].map((machine) => {
    const own = feeds.filter(({ signal }) => signal.owner === machine.spec.id);
    const counters = own.filter(({ signal }) => signal.kind === 'counter');
    const events = own.filter(({ signal }) => ['state', 'reason', 'product', 'order'].includes(signal.kind));
    return { station: machine.station, seen: -1, counters, events };
  });

  model.advanceTo(first);
  for (let t = first; t < to; t += SECOND) {
    model.advanceTo(t);
    for (const machine of machines) {
      const changed = machine.seen !== machine.station.events;
      for (const feed of machine.counters) if (changed || t >= feed.nextAt) emitCount(feed, t, emit);
      if (!changed) continue;
      machine.seen = machine.station.events;
      for (const feed of machine.events) emitEvent(feed, t, emit);
    }
    if (t % COUNTER_MS !== 0 && t !== first) continue;
    for (const feed of timed) {
      if (t !== first && t % feed.everyMs !== 0) continue;
      const { signal } = feed.signal;
      emit({ t, signal, value: feed.reader.read(), quality: 'good', received: t });
    }
  }
}

function emitCount(feed: Feed, t: Instant, emit: Emit): void {
  const value = feed.reader.read();
  if (value === feed.last) return;
  feed.last = value;
  feed.nextAt = t + feed.everyMs;
  emit({ t, signal: feed.signal.signal, value, quality: 'good', received: t });
}

/** States, reasons, products and orders, mapped as the edge maps them. */
function emitEvent(feed: Feed, t: Instant, emit: Emit): void {
  const { signal, reader } = feed;
  const good = reader.good();
  const value = good ? reader.read() : null;
  const known = value ?? 'bad status';
  if (known === feed.last) return;
  feed.last = known;
  const reading = { signal: signal.signal, value, quality: good ? 'good' : 'bad', t, received: t } as const;
  emit(bindReading(signal, reading, ignoreFinding));
}

/** What the live edge finds in the same values it tells people when it sees them. */
function ignoreFinding(): void {}
