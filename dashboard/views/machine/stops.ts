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
  const drawn = shownMinor.concat(big).map((stop) => ({ ...stop, kWh: kWhOf(stop, energy) }));
  const restKWh = rest.map((stop) => kWhOf(stop, energy));
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

/** kWh of what the server calls stops inside this stretch; one stretch may hold several, one for each reason. */
function kWhOf(stretch: Stretch, energy: readonly StopEnergy[]): number | null {
  let sum: number | null = null;
  for (const stop of energy) {
    const start = instant(stop.start);
    if (start === null || stop.kWh === null || start < stretch.start - 1000 || start >= stretch.end) continue;
    sum = (sum ?? 0) + stop.kWh;
  }
  return sum;
}
