import type { Machine, Plant } from '#shared/plant/model.ts';
import type { MachineState } from '#shared/state/state.ts';
import { CountState } from './count-state.ts';
import type { MachineCounters } from './pieces.ts';
import { PowerState } from './power-state.ts';
import { StepSeries } from './step-series.ts';
import type { Steps } from './stretches.ts';

/** Where the state of a machine comes from. */
export type StateFeed =
  | { readonly from: 'signal'; readonly series: StepSeries<MachineState> }
  | { readonly from: 'power'; readonly series: PowerState; readonly meter: string }
  | { readonly from: 'counts'; readonly series: CountState }
  | { readonly from: 'none' };

export function stateFeedOf(plant: Plant, { state }: Machine, counters: MachineCounters): StateFeed {
  if (!state) return { from: 'none' };
  if (state.from === 'signal') {
    return { from: 'signal', series: new StepSeries<MachineState>('unknown', { keep: false, value: 'unknown' }) };
  }
  if (state.from === 'counts') {
    const { total, cycles, good, reject } = counters;
    const counted = total ? [total] : cycles ? [cycles] : [good, reject].filter((c) => c !== null);
    return { from: 'counts', series: new CountState(state.stoppedAfterSeconds, counted) };
  }
  const scale = plant.meters.get(state.meter)?.powerW?.scale ?? 1;
  return { from: 'power', series: new PowerState(state, scale), meter: state.meter };
}

/** The states in order of time. */
export function stepsOf(feed: StateFeed): Steps<MachineState> {
  if (feed.from === 'none') return { t: [], force: [] };
  return feed.from === 'signal' ? feed.series : feed.series.steps;
}

/** The signals that a machine's state and reason come from. */
export function stateSignalsOf(machine: string, feed: StateFeed, counters: MachineCounters): string[] {
  const reason = `${machine}.reason`;
  if (feed.from === 'signal') return [`${machine}.state`, reason];
  if (feed.from === 'power') return [`${feed.meter}.powerW`, reason];
  if (feed.from === 'none') return [];
  const counted = Object.entries(counters).flatMap(([name, series]) => (series ? [`${machine}.${name}`] : []));
  return [...counted, reason];
}

/** How long after the fact a derived state may still be decided. */
export function decidesAfterMs({ state }: Machine): number {
  if (state?.from === 'counts') return state.stoppedAfterSeconds * 1000;
  return state?.from === 'power' ? state.holdSeconds * 1000 : 0;
}
