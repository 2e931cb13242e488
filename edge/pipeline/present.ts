import type { Meter, Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { isMachineState, type MachineState } from '#shared/state/state.ts';
import { HOUR, type Instant, MINUTE } from '#shared/time/instant.ts';

/*
 * The newest value of each signal by event time: what a screen shows at once, ahead of the facts, which follow when their
 * second is complete. Nothing is counted from it.
 */
export interface Present {
  readonly held: ReadonlyMap<string, Held>;
  take(sample: Sample): void;
  /** State of a machine that has a state signal; null for derived states, which only the facts know. */
  state(machine: string): { readonly state: MachineState; readonly since: Instant } | null;
  text(signal: string): string | null;
  /** Null when it is not known now. */
  number(signal: string): number | null;
  /** Watts of a meter: its power reading, else what its register rose by in the last minute; virtual meters add up. */
  powerW(meter: string, now: Instant): number | null;
  /** Watts drawn by a machine: its share of the meters that feed it. */
  machinePowerW(machine: string, now: Instant): number | null;
}

export interface Held {
  readonly t: Instant;
  readonly value: Sample['value'];
  /** When the value became what it is. */
  readonly since: Instant;
}

/** A register's steps are coarse: its rise is taken over at least this long. */
const RISE_MS = MINUTE;
const STALE_MS = 5 * MINUTE;

/** `before`: what was known under the plant file that this one replaces. */
export function createPresent(plant: Plant, before: Present | null = null): Present {
  const held = new Map<string, Held>(before?.held);
  const rises = new Map<string, { t: Instant; value: number }[]>();
  for (const meter of plant.meters.values()) {
    if (meter.importWh && !meter.powerW) rises.set(`${meter.id}.importWh`, []);
  }
  const feeding = new Map<string, { meter: string; share: number }[]>();
  for (const meter of plant.meters.values()) {
    for (const { machine, share } of meter.feeds.at(-1)?.value ?? []) {
      feeding.set(machine, [...(feeding.get(machine) ?? []), { meter: meter.id, share }]);
    }
  }

  function number(signal: string): number | null {
    const value = held.get(signal)?.value;
    return typeof value === 'number' ? value : null;
  }

  function powerOf(meter: Meter, now: Instant, depth: number): number | null {
    if (meter.sum) {
      return depth > plant.meters.size ? null : addUp(meter.sum.map((part) => signed(part, now, depth)));
    }
    if (meter.powerW) {
      const watts = number(`${meter.id}.powerW`);
      return watts === null ? null : watts * meter.powerW.scale;
    }
    const readings = rises.get(`${meter.id}.importWh`) ?? [];
    const [first, last] = [readings[0], readings.at(-1)];
    if (!meter.importWh || !first || !last || last.t <= first.t || now - last.t > STALE_MS) return null;
    return ((last.value - first.value) * meter.importWh.scale * HOUR) / (last.t - first.t);
  }

  function signed(part: { readonly meter: string; readonly sign: 1 | -1 }, now: Instant, depth: number): number | null {
    const meter = plant.meters.get(part.meter);
    const watts = meter ? powerOf(meter, now, depth + 1) : null;
    return watts === null ? null : part.sign * watts;
  }

  function powerW(id: string, now: Instant): number | null {
    const meter = plant.meters.get(id);
    return meter ? powerOf(meter, now, 0) : null;
  }

  return {
    held,
    take({ signal, t, value, quality }) {
      const last = held.get(signal);
      if (last && t < last.t) return;
      const known = quality === 'bad' ? null : value;
      held.set(signal, { t, value: known, since: last?.value === known ? last.since : t });
      const rise = rises.get(signal);
      if (rise && typeof known === 'number') keepRise(rise, t, known);
    },
    state(machine) {
      if (plant.machines.get(machine)?.state?.from !== 'signal') return null;
      const now = held.get(`${machine}.state`);
      if (!now) return null;
      return { state: isMachineState(now.value) ? now.value : 'unknown', since: now.since };
    },
    text(signal) {
      const value = held.get(signal)?.value ?? null;
      return value === null || value === '' ? null : String(value);
    },
    number,
    powerW,
    machinePowerW(machine, now) {
      const parts = feeding.get(machine);
      if (!parts) return null;
      return addUp(
        parts.map(({ meter, share }) => {
          const watts = powerW(meter, now);
          return watts === null ? null : watts * share;
        }),
      );
    },
  };
}

/** Keeps one reading that is at least a minute old, and those after it; a step back (roll-over, reset) begins anew. */
function keepRise(readings: { t: Instant; value: number }[], t: Instant, value: number): void {
  const last = readings.at(-1);
  if (last && value < last.value) readings.length = 0;
  readings.push({ t, value });
  while (readings.length > 2 && (readings[1]?.t ?? t) <= t - RISE_MS) readings.shift();
}

/** A sum of which a part is not known is not known. */
function addUp(parts: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const part of parts) {
    if (part === null) return null;
    sum += part;
  }
  return sum;
}
