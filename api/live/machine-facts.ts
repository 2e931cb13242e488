import type { MachinePiece, StateInterval } from '#shared/oee/facts.ts';
import type { MachineState } from '#shared/state/state.ts';
import { piecePlace } from '#shared/store/fact-key.ts';
import { type Instant, MINUTE, minuteOf } from '#shared/time/instant.ts';

/*
 * What is known of one machine since a held instant: closed facts from the historian and from messages, open facts from
 * `live`, and the newest state.
 *
 * - Closed facts merge by key; the higher revision wins, whichever way it came. A void one stays as a tombstone.
 * - Open facts are replaced whole and never hide a closed minute.
 * - Nothing is invented: knowledge ends where the last piece ends, or at the newest state change.
 */
export interface StateNow {
  readonly state: MachineState;
  readonly since: Instant;
  readonly reason: string | null;
  readonly product: string;
  readonly order: string;
}

export interface KnownFacts {
  /** In time order; only the last may be open (`end` null). */
  readonly intervals: readonly StateInterval[];
  /** In time order. */
  readonly pieces: readonly MachinePiece[];
  /** End of knowledge; `null` where there is none. */
  readonly to: Instant | null;
}

export interface MachineFacts {
  /** Merges closed facts. Returns the span whose judgement they may change, or null where nothing was new. */
  merge(pieces: readonly MachinePiece[], intervals: readonly StateInterval[]): Changed | null;
  setOpen(pieces: readonly MachinePiece[], intervals: readonly StateInterval[]): void;
  setState(state: StateNow): void;
  readonly state: StateNow | null;
  /** Facts from `from` on; intervals reach back over it. */
  known(from: Instant): KnownFacts;
  /** Last closed minute; null before the first. */
  readonly lastClosed: Instant | null;
  /** Whole closed minutes in [from, to) without any piece. */
  holes(from: Instant, to: Instant): Instant[];
  /** Earliest instant that a merge changed since the last call; null where none did. */
  takeChangedFrom(): Instant | null;
  forgetBefore(t: Instant): void;
}

export interface Changed {
  readonly from: Instant;
  readonly to: Instant;
}

/** A change of state is published before the piece it lies in; a longer gap than this is not filled with the old state. */
const BRIDGE_MS = 5000;

export function createMachineFacts(machine: string): MachineFacts {
  const minutes = new Map<Instant, Map<string, MachinePiece>>();
  const intervals = new Map<Instant, StateInterval>();
  let open: { pieces: readonly MachinePiece[]; intervals: readonly StateInterval[] } = { pieces: [], intervals: [] };
  let state: StateNow | null = null;
  let lastClosed: Instant | null = null;
  let changedFrom: Instant | null = null;
  let ordered: StateInterval[] | null = null;

  const note = (span: Changed | null, from: Instant, to: Instant): Changed => {
    changedFrom = changedFrom === null ? from : Math.min(changedFrom, from);
    return span ? { from: Math.min(span.from, from), to: Math.max(span.to, to) } : { from, to };
  };

  const orderedIntervals = (): StateInterval[] => {
    if (ordered) return ordered;
    const byStart = new Map(intervals);
    for (const i of open.intervals) {
      const held = byStart.get(i.start);
      if (!held || held.end === null || i.revision > held.revision) byStart.set(i.start, i);
    }
    const rows = [...byStart.values()].filter((i) => i.void !== true).sort((a, b) => a.start - b.start);
    if (state && state.since > (rows.at(-1)?.start ?? Number.NEGATIVE_INFINITY)) {
      const { since, reason } = state;
      rows.push({ machine, start: since, end: null, state: state.state, reason, revision: 0 });
    }
    ordered = rows.map((row, i) => {
      const next = rows[i + 1];
      return next && (row.end === null || row.end > next.start) ? { ...row, end: next.start } : row;
    });
    return ordered;
  };

  const closedPieces = (from: Instant): MachinePiece[] => {
    const out: MachinePiece[] = [];
    if (lastClosed === null) return out;
    for (let minute = minuteOf(from); minute <= lastClosed; minute += MINUTE) {
      const rows = minutes.get(minute);
      if (!rows) continue;
      const start = out.length;
      for (const piece of rows.values()) if (piece.void !== true) out.push(piece);
      if (out.length - start > 1) sortFrom(out, start);
    }
    return out;
  };

  return {
    get state() {
      return state;
    },
    get lastClosed() {
      return lastClosed;
    },
    merge(pieces, changed) {
      let span: Changed | null = null;
      for (const piece of pieces) {
        const key = piecePlace(piece).key;
        let rows = minutes.get(piece.minute);
        if (!rows) {
          rows = new Map();
          minutes.set(piece.minute, rows);
        }
        const held = rows.get(key);
        if (held && held.revision >= piece.revision) continue;
        rows.set(key, piece);
        if (lastClosed === null || piece.minute > lastClosed) lastClosed = piece.minute;
        span = note(span, piece.minute, piece.minute + MINUTE);
      }
      for (const interval of changed) {
        const held = intervals.get(interval.start);
        if (held && held.revision >= interval.revision) continue;
        intervals.set(interval.start, interval);
        const end = Math.max(interval.end ?? interval.start, held?.end ?? interval.start);
        // An open interval grew to its end: nothing before that end reads differently.
        const grew = held?.end === null && held.state === interval.state && held.reason === interval.reason;
        span = note(span, grew ? Math.max(interval.start, minuteOf(end)) : interval.start, end);
        ordered = null;
      }
      return span;
    },
    setOpen(pieces, openIntervals) {
      open = { pieces: [...pieces].sort(byStart), intervals: openIntervals };
      ordered = null;
    },
    setState(next) {
      state = next;
      ordered = null;
    },
    known(from) {
      const rows = orderedIntervals();
      const pieces = closedPieces(from);
      for (const piece of open.pieces) {
        if (piece.minute >= from && (lastClosed === null || piece.minute > lastClosed)) pieces.push(piece);
      }
      const last = pieces.at(-1);
      if (state && (!last || state.since >= last.end)) bridge(machine, pieces, last ?? null, state);
      return { intervals: rows, pieces, to: pieces.at(-1)?.end ?? null };
    },
    holes(from, to) {
      const found: Instant[] = [];
      for (let minute = minuteOf(from); minute < to; minute += MINUTE) if (!minutes.has(minute)) found.push(minute);
      return found;
    },
    takeChangedFrom() {
      const was = changedFrom;
      changedFrom = null;
      return was;
    },
    forgetBefore(t) {
      for (const minute of minutes.keys()) if (minute < t) minutes.delete(minute);
      // One that is still open ended where the next begins, whether or not a message said so.
      let next: Instant | null = null;
      for (const interval of [...intervals.values()].sort((a, b) => b.start - a.start)) {
        const end = interval.end ?? next;
        if (end !== null && end < t) intervals.delete(interval.start);
        if (interval.void !== true) next = interval.start;
      }
      ordered = null;
    },
  };
}

/** The old state held until the new one began; the new one is known for one millisecond. */
function bridge(machine: string, pieces: MachinePiece[], last: MachinePiece | null, state: StateNow): void {
  const none = { totalCount: 0, goodCount: 0, rejectCount: 0, revision: 0 };
  if (last && state.since > last.end && state.since - last.end <= BRIDGE_MS) {
    let start = last.end;
    while (start < state.since) {
      const minute = minuteOf(start);
      const end = Math.min(state.since, minute + MINUTE);
      pieces.push({ ...last, ...none, minute, start, end });
      start = end;
    }
  }
  pieces.push({
    ...none,
    machine,
    minute: minuteOf(state.since),
    state: state.state,
    product: state.product,
    order: state.order,
    slot: 0,
    intervalStart: state.since,
    start: state.since,
    end: state.since + 1,
  });
}

function sortFrom(pieces: MachinePiece[], start: number): void {
  const tail = pieces.splice(start).sort(byStart);
  pieces.push(...tail);
}

function byStart(a: MachinePiece, b: MachinePiece): number {
  return a.start - b.start;
}
