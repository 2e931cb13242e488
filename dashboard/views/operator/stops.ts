import type { OperatorStop } from '#shared/contract/operator.ts';
import type { Look } from '#shared/contract/socket.ts';
import type { QueuedEntry } from '../../offline/queue.ts';

/** A part of a stop as the tablet shows it: what the server says, and what was tapped since. */
export interface ShownStop {
  readonly start: string;
  /** Null while it goes on. */
  readonly end: string | null;
  readonly startLabel: string;
  readonly seconds: number;
  readonly look: Look;
  readonly reason: string | null;
  readonly reasonName: string | null;
  readonly byPerson: boolean;
  readonly unexplained: boolean;
  readonly stretchStart: string;
  /** Tapped here, and not yet in the ledger. */
  readonly waiting: boolean;
}

/** What was tapped about stops, oldest first: what still waits, and what the server's answer does not hold yet. */
export interface Tapped {
  readonly id: string;
  readonly at: string;
  readonly reason: string;
  readonly name: string;
  readonly enteredAt: number;
}

export function tappedOf(queue: readonly QueuedEntry[]): Tapped[] {
  return queue.flatMap(({ id, body, label, enteredAt, refusal }) => {
    const { type, at, reason } = body;
    const isReason = type === 'stopReason' && typeof at === 'string' && typeof reason === 'string';
    return isReason && refusal === null ? [{ id, at, reason, name: label, enteredAt }] : [];
  });
}

/** Labels the stops with what was tapped about them. The times of a stop are those of its whole stretch. */
export function withTapped(
  stops: readonly OperatorStop[],
  tapped: readonly Tapped[],
  waiting: ReadonlySet<string>,
): ShownStop[] {
  const ends = new Map<string, number>();
  for (const s of stops) {
    const end = s.end === null ? Number.POSITIVE_INFINITY : Date.parse(s.end);
    ends.set(s.stretchStart, Math.max(ends.get(s.stretchStart) ?? 0, end));
  }
  return stops.map((stop) => {
    const start = Date.parse(stop.stretchStart);
    const last = tapped.findLast(
      (t) => Date.parse(t.at) >= start && Date.parse(t.at) < (ends.get(stop.stretchStart) ?? 0),
    );
    if (!last) return { ...stop, waiting: false };
    return {
      ...stop,
      reason: last.reason,
      reasonName: last.name,
      byPerson: true,
      unexplained: false,
      waiting: waiting.has(last.id),
    };
  });
}

/** The oldest stop without a reason, but the one that is asked about anyway. */
export function oldestUnexplained(stops: readonly ShownStop[], askedStart: string | null): ShownStop | null {
  return stops.findLast((s) => s.unexplained && s.stretchStart !== askedStart) ?? null;
}

/** Instants at which a stop may be split, whole minutes strictly inside it; the middle one first chosen. */
export function splitMinutes(
  startMs: number,
  endMs: number,
): { readonly first: number; readonly last: number; readonly middle: number } | null {
  const minute = 60_000;
  const first = Math.floor(startMs / minute + 1) * minute;
  const last = Math.ceil(endMs / minute - 1) * minute;
  if (last < first) return null;
  return { first, last, middle: first + Math.round((last - first) / 2 / minute) * minute };
}
