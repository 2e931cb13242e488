import type { StopsAnswer } from '#shared/contract/rest-answers.ts';
import type { Stretch } from '../../charts/ribbon.ts';
import { instant } from '../../format/clock.ts';

export interface StopList {
  readonly count: number;
  /** Newest first. */
  readonly shown: readonly ListedStop[];
  /** The minor stops that found no room, added up. */
  readonly moreMinor: { readonly count: number; readonly seconds: number; readonly kWh: number | null };
}

export interface ListedStop extends Stretch {
  /** Null where it is not known (yet). */
  readonly kWh: number | null;
}

export type StopEnergy = Pick<StopsAnswer['items'][number], 'start' | 'end' | 'kWh'>;

/** Stops of the shift: every one that is not minor, then the newest minor ones, as far as `rows` go. */
export function stopList(stretches: readonly Stretch[], energy: readonly StopEnergy[], rows: number): StopList {
  const stops = stretches.filter(
    ({ look }) => look === 'idle' || look === 'setup' || look === 'down' || look === 'minor',
  );
  const newestFirst = [...stops].sort((a, b) => b.start - a.start);
  const big = newestFirst.filter((stop) => stop.look !== 'minor').slice(0, rows);
  const minor = newestFirst.filter((stop) => stop.look === 'minor');
  const shownMinor = minor.slice(0, Math.max(0, rows - big.length - 1));
  const rest = minor.slice(shownMinor.length);
  const placed = place(energy, stops);
  const drawn = shownMinor.concat(big).map((stop) => ({ ...stop, kWh: kWhOf(stop, placed) }));
  const restKWh = rest.map((stop) => kWhOf(stop, placed));
  return {
    count: stops.length,
    shown: drawn.sort((a, b) => b.start - a.start),
    moreMinor: {
      count: rest.length,
      seconds: rest.reduce((sum, stop) => sum + (stop.end - stop.start) / 1000, 0),
      kWh: restKWh.reduce<number | null>((sum, kWh) => (sum === null || kWh === null ? null : sum + kWh), 0),
    },
  };
}

interface PlacedEnergy {
  readonly stretch: number;
  readonly kWh: number;
}

/** Each of the server's stops belongs to the first stretch that it touches: a break may hide the start or the middle of one. */
function place(energy: readonly StopEnergy[], stops: readonly Stretch[]): PlacedEnergy[] {
  const inOrder = [...stops].sort((a, b) => a.start - b.start);
  return energy.flatMap(({ start, end, kWh }) => {
    const from = instant(start);
    const to = instant(end) ?? Number.POSITIVE_INFINITY;
    const stretch = from === null ? undefined : inOrder.find((s) => s.end > from && s.start < to);
    return stretch && kWh !== null ? [{ stretch: stretch.start, kWh }] : [];
  });
}

/** kWh of what the server calls stops inside this stretch; one stretch may hold several, one for each reason. */
function kWhOf(stretch: Stretch, energy: readonly PlacedEnergy[]): number | null {
  let sum: number | null = null;
  for (const stop of energy) if (stop.stretch === stretch.start) sum = (sum ?? 0) + stop.kWh;
  return sum;
}
