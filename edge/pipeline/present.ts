import type { Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { isMachineState, type MachineState } from '#shared/state/state.ts';
import type { Instant } from '#shared/time/instant.ts';

/**
 * The newest value of each signal by event time: what a screen shows at once, ahead of the facts, which follow when their
 * second is complete.
 */
export interface Present {
  take(sample: Sample): void;
  /** State of a machine that has a state signal; null for derived states, which only the facts know. */
  state(machine: string): { readonly state: MachineState; readonly since: Instant } | null;
  text(signal: string): string | null;
  /** Null when it is not known now. */
  number(signal: string): number | null;
}

interface Held {
  readonly t: Instant;
  readonly value: Sample['value'];
  /** When the value became what it is. */
  readonly since: Instant;
}

export function createPresent(plant: Plant): Present {
  const held = new Map<string, Held>();
  return {
    take({ signal, t, value, quality }) {
      const before = held.get(signal);
      if (before && t < before.t) return;
      const known = quality === 'bad' ? null : value;
      held.set(signal, { t, value: known, since: before?.value === known ? before.since : t });
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
    number(signal) {
      const value = held.get(signal)?.value;
      return typeof value === 'number' ? value : null;
    },
  };
}
