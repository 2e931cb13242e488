import type { Instant } from '#shared/time/instant.ts';

/**
 * Says the first of equal things at once and the rest once per `everyMs`: the answer is null while one keeps quiet, else how
 * often it was kept quiet since the last time. Knows `most` things; beyond them it forgets the oldest.
 */
export function createThrottle(clock: () => Instant, everyMs: number, most: number): (key: string) => number | null {
  const told = new Map<string, { at: Instant; quiet: number }>();
  return (key) => {
    const now = clock();
    const held = told.get(key);
    if (held && now - held.at < everyMs) {
      held.quiet += 1;
      return null;
    }
    told.delete(key);
    told.set(key, { at: now, quiet: 0 });
    const [oldest] = told.keys();
    if (told.size > most && oldest !== undefined) told.delete(oldest);
    return held?.quiet ?? 0;
  };
}
