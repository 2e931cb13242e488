import type { CountsAnswer, EnergyAnswer, StatesAnswer } from '#shared/contract/rest-answers.ts';
import type { PowerSample } from '../../charts/shift-power.ts';
import type { PartsBin } from '../../charts/shift-stack.ts';
import { instant } from '../../format/clock.ts';

export type CountsItem = Pick<CountsAnswer['items'][number], 'start' | 'end' | 'total'>;
export type EnergyItem = Pick<EnergyAnswer['items'][number], 'window' | 'state' | 'kWh'>;
export type StateItem = Pick<StatesAnswer['items'][number], 'start' | 'end' | 'state' | 'look'>;

/** Shorter than this a bucket that still runs has no rate worth drawing. */
const LEAST_BIN_MS = 60_000;

/** Buckets cut at what is known: the running one ends there, so that its height stays a rate. No data is no bucket, not 0. */
export function partsBins(items: readonly CountsItem[], states: readonly StateItem[], until: number): PartsBin[] {
  return items.flatMap((item) => {
    const start = instant(item.start);
    const end = instant(item.end);
    if (start === null || end === null) return [];
    const cut = Math.min(end, until);
    const heard = states.some(
      (item) => item.look !== 'unknown' && (instant(item.start) ?? cut) < cut && (instant(item.end) ?? until) > start,
    );
    return heard && cut - start >= LEAST_BIN_MS ? [{ start, end: cut, count: Math.round(item.total) }] : [];
  });
}

/**
 * Mean power of each state within each interval of the answer, drawn over the time that the machine was in it: waiting
 * keeps its own level. In time order.
 */
export function powerSamples(items: readonly EnergyItem[], states: readonly StateItem[], until: number): PowerSample[] {
  const samples: PowerSample[] = [];
  for (const { window, state, kWh } of items) {
    const from = instant(window.start);
    const to = Math.min(instant(window.end) ?? 0, until);
    if (from === null || to <= from) continue;
    const spans = states.flatMap((item) => {
      const start = Math.max(instant(item.start) ?? to, from);
      const end = Math.min(instant(item.end) ?? until, to);
      return item.state === state && end > start ? [{ start, end, look: item.look }] : [];
    });
    const hours = spans.reduce((sum, span) => sum + span.end - span.start, 0) / 3_600_000;
    for (const span of spans) samples.push({ ...span, kW: kWh / hours });
  }
  return samples.sort((a, b) => a.start - b.start);
}
