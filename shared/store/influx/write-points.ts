import type { IPoint } from 'influx';
import { httpStatus, type InfluxTarget } from './client.ts';

/*
 * One request's points, told apart where the server takes only some.
 *
 * - 413 (too large) and 400 (something in it is wrong) are never sent again whole: they are halved until what is wrong stands
 *   alone. Sending the others twice is sending them once.
 * - Points older than the retention policy are dropped by the server, which stores the rest: nothing is wrong with them, and
 *   nothing is left to send.
 * - Anything else (no answer, 5xx, refused user) is thrown: the caller tries the whole batch again.
 */
export interface RefusedPoint {
  /** Measurement, tags and time, for people. */
  readonly line: string;
  readonly why: string;
}

export async function writePoints(target: InfluxTarget, points: readonly IPoint[]): Promise<RefusedPoint[]> {
  if (points.length === 0) return [];
  try {
    await target.call(() => target.client.writePoints([...points], { precision: 'ms' }));
    return [];
  } catch (error) {
    const status = httpStatus(error);
    if (status !== 400 && status !== 413) throw error;
    const message = error instanceof Error ? error.message : String(error);
    if (/beyond retention policy/.test(message)) return [];
    const [only] = points;
    if (points.length === 1 && only) return [{ line: lineOf(only), why: reasonOf(message) }];
    const middle = points.length >> 1;
    const left = await writePoints(target, points.slice(0, middle));
    return [...left, ...(await writePoints(target, points.slice(middle)))];
  }
}

function lineOf({ measurement = '', tags = {}, timestamp }: IPoint): string {
  const named = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  const at = typeof timestamp === 'number' ? new Date(timestamp).toISOString() : '';
  return [measurement, ...named, at].join(' ').trim();
}

/** The server's own words, without its JSON. */
function reasonOf(message: string): string {
  return /"error"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(message)?.[1] ?? message;
}
