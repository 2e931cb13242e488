import type { MeterPiece } from '#shared/oee/facts.ts';
import { meterPiecePlace } from '#shared/store/fact-key.ts';
import { type Instant, MINUTE, minuteOf } from '#shared/time/instant.ts';
import type { Changed } from './machine-facts.ts';

/** What is known of one meter since a held instant; merged as machine-facts.ts merges. */
export interface MeterFacts {
  merge(pieces: readonly MeterPiece[]): Changed | null;
  setOpen(pieces: readonly MeterPiece[]): void;
  /** Rows of the meter itself and of each machine it feeds, minute >= from, in time order. */
  known(from: Instant): MeterPiece[];
  readonly lastClosed: Instant | null;
  holes(from: Instant, to: Instant): Instant[];
  takeChangedFrom(): Instant | null;
  forgetBefore(t: Instant): void;
}

export function createMeterFacts(): MeterFacts {
  const minutes = new Map<Instant, Map<string, MeterPiece>>();
  let open: readonly MeterPiece[] = [];
  let lastClosed: Instant | null = null;
  let changedFrom: Instant | null = null;
  return {
    get lastClosed() {
      return lastClosed;
    },
    merge(pieces) {
      let span: Changed | null = null;
      for (const piece of pieces) {
        const key = meterPiecePlace(piece).key;
        let rows = minutes.get(piece.minute);
        if (!rows) {
          rows = new Map();
          minutes.set(piece.minute, rows);
        }
        const held = rows.get(key);
        if (held && held.revision >= piece.revision) continue;
        rows.set(key, piece);
        if (lastClosed === null || piece.minute > lastClosed) lastClosed = piece.minute;
        changedFrom = changedFrom === null ? piece.minute : Math.min(changedFrom, piece.minute);
        const end = piece.minute + MINUTE;
        span = span
          ? { from: Math.min(span.from, piece.minute), to: Math.max(span.to, end) }
          : { from: piece.minute, to: end };
      }
      return span;
    },
    setOpen(pieces) {
      open = pieces;
    },
    known(from) {
      const out: MeterPiece[] = [];
      if (lastClosed !== null) {
        for (let minute = minuteOf(from); minute <= lastClosed; minute += MINUTE) {
          const rows = minutes.get(minute);
          if (rows) for (const piece of rows.values()) if (piece.void !== true) out.push(piece);
        }
      }
      for (const piece of open) {
        if (piece.minute >= from && (lastClosed === null || piece.minute > lastClosed)) out.push(piece);
      }
      return out;
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
    },
  };
}
