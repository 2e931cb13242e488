import type { Stretch } from '../../charts/ribbon.ts';

export interface StopList {
  readonly count: number;
  /** Newest first. */
  readonly shown: readonly Stretch[];
  /** The minor stops that found no room, added up. */
  readonly moreMinor: { readonly count: number; readonly seconds: number };
}

/** Stops of the shift: every one that is not minor, then the newest minor ones, as far as `rows` go. */
export function stopList(stretches: readonly Stretch[], rows: number): StopList {
  const stops = stretches.filter(
    ({ look }) => look === 'idle' || look === 'setup' || look === 'down' || look === 'minor',
  );
  const newestFirst = [...stops].sort((a, b) => b.start - a.start);
  const big = newestFirst.filter((stop) => stop.look !== 'minor').slice(0, rows);
  const minor = newestFirst.filter((stop) => stop.look === 'minor');
  const shownMinor = minor.slice(0, Math.max(0, rows - big.length - 1));
  const rest = minor.slice(shownMinor.length);
  return {
    count: stops.length,
    shown: [...big, ...shownMinor].sort((a, b) => b.start - a.start),
    moreMinor: { count: rest.length, seconds: rest.reduce((sum, stop) => sum + (stop.end - stop.start) / 1000, 0) },
  };
}
