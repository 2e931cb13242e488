import type { Evidence } from '#shared/contract/operator.ts';
import type { MachineState } from '#shared/state/state.ts';
import { DAY, type Instant } from '#shared/time/instant.ts';
import type { PastStop } from './past-stops.ts';

/*
 * Which reasons a person will most likely choose, each with its evidence.
 *
 * - What the controller says about this stop comes first, then a machine of the line that this one visibly waits for.
 * - Then what this machine's own past says: each stop with a reason counts, half as much every three days; double in the same
 *   hour of the day; half again as much where the machine was in the same state.
 * - A reason without any evidence is never suggested.
 */
export interface LikelyInput {
  /** Stops of the machine with their reasons, not the one that is asked about. */
  readonly past: readonly PastStop[];
  readonly asked: { readonly start: Instant; readonly state: MachineState; readonly measured: string | null };
  /** The reason of waiting for a neighbour, and the neighbour's name. */
  readonly neighbour: { readonly reason: string; readonly name: string } | null;
  /** Start of the local day, for "today". */
  readonly today: Instant;
  /** Seconds since local midnight. */
  readonly secondOfDay: (t: Instant) => number;
  readonly dateLabel: (t: Instant) => string;
  /** The same as YYYY-MM-DD, for who writes dates another way. */
  readonly date?: (t: Instant) => string;
  /** Whether a reason may be suggested at all. */
  readonly may: (reason: string) => boolean;
}

export interface LikelyReason {
  readonly reason: string;
  readonly evidence: Evidence;
}

const HALF_LIFE_MS = 3 * DAY;
/** Stops within this much of the same time of day are "about this hour". */
const ABOUT_SECONDS = 3600;

interface Tally {
  score: number;
  today: { count: number; seconds: number };
  hour: { count: number; seconds: number };
  all: { count: number; seconds: number };
  last: Instant;
}

export function likelyReasons(input: LikelyInput, most = 3): LikelyReason[] {
  const { asked, neighbour, may } = input;
  const found: LikelyReason[] = [];
  const tallies = tally(input);
  const add = (reason: string, evidence: Evidence): void => {
    if (may(reason) && !found.some((f) => f.reason === reason)) found.push({ reason, evidence });
  };
  if (asked.measured !== null) {
    const today = tallies.get(asked.measured)?.today ?? { count: 0, seconds: 0 };
    add(asked.measured, { kind: 'controller', ...today, label: null });
  }
  if (neighbour) {
    const today = tallies.get(neighbour.reason)?.today ?? { count: 0, seconds: 0 };
    add(neighbour.reason, { kind: 'neighbour', ...today, label: neighbour.name });
  }
  const ranked = [...tallies].sort(([a, x], [b, y]) => y.score - x.score || a.localeCompare(b, 'en'));
  for (const [reason, t] of ranked) add(reason, evidenceOf(t, input));
  return found.slice(0, most);
}

function tally({ past, asked, today, secondOfDay }: LikelyInput): Map<string, Tally> {
  const found = new Map<string, Tally>();
  const second = secondOfDay(asked.start);
  for (const stop of past) {
    if (stop.reason === null || stop.start === asked.start || stop.category === 'scheduleLoss') continue;
    let t = found.get(stop.reason);
    if (!t) {
      const none = () => ({ count: 0, seconds: 0 });
      t = { score: 0, today: none(), hour: none(), all: none(), last: Number.NEGATIVE_INFINITY };
      found.set(stop.reason, t);
    }
    const away = Math.abs(secondOfDay(stop.start) - second);
    const sameHour = Math.min(away, DAY / 1000 - away) <= ABOUT_SECONDS;
    const age = Math.max(0, asked.start - stop.start);
    t.score += 2 ** (-age / HALF_LIFE_MS) * (sameHour ? 2 : 1) * (stop.state === asked.state ? 1.5 : 1);
    t.last = Math.max(t.last, stop.start);
    const seconds = (stop.end - stop.start) / 1000;
    const isToday = stop.start >= today && asked.start - stop.start < DAY;
    for (const kind of [t.all, isToday ? t.today : null, sameHour ? t.hour : null]) {
      if (!kind) continue;
      kind.count += 1;
      kind.seconds += seconds;
    }
  }
  return found;
}

function evidenceOf(t: Tally, { dateLabel, date }: LikelyInput): Evidence {
  if (t.today.count > 0) return { kind: 'today', ...t.today, label: null };
  if (t.hour.count > 1) return { kind: 'hour', ...t.hour, label: null };
  return { kind: 'before', ...t.all, label: dateLabel(t.last), ...(date && { date: date(t.last) }) };
}

/** How far back the past is looked at. */
export const PAST_MS = 14 * DAY;
