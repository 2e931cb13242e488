import type { Look } from '../contract/socket.ts';
import type { Plant } from '../plant/model.ts';
import type { MachineState, TimeCategory } from '../state/state.ts';
import type { ShiftInstance } from '../time/calendar.ts';
import type { Instant } from '../time/instant.ts';
import type { JudgedSpan } from './judged.ts';
import { lookOf } from './look.ts';

/*
 * - A stop is the part of one stretch that has one reason and one category. Breaks and off-shift time inside it belong to
 *   it and add no seconds; a stretch that lies wholly outside shifts is no stop. Unknown time is not a stop either.
 * - So the seconds of all stops of a category add up to the category, second by second.
 */
export interface Stop {
  /** Start of the stretch that it is a part of: names the stop when people explain it. */
  readonly stretchStart: Instant;
  /** Before the window where the stretch began before it. */
  readonly start: Instant;
  /** Null while it goes on; at the window's end where it is cut there. */
  readonly end: Instant | null;
  /** In its category, inside the window. */
  readonly seconds: number;
  readonly category: TimeCategory;
  /** The state it was in longest; of an open stop the state now. */
  readonly state: MachineState;
  readonly look: Look;
  readonly reason: string | null;
  /** Name of the reason in the plant file, its id where the file does not know it, null without one. */
  readonly reasonName: string | null;
  readonly external: boolean;
  readonly shift: ShiftInstance | null;
  readonly product: string;
  readonly order: string;
  /** The how manyth stop of this reason in its shift, as far as the window shows; 0 without a reason. */
  readonly occurrence: number;
  /** An unplanned stop, not small, for which nobody and nothing gave a reason. */
  readonly unexplained: boolean;
}

interface Draft {
  readonly stretchStart: Instant;
  readonly start: Instant;
  end: Instant;
  seconds: number;
  category: TimeCategory | null;
  readonly reason: string | null;
  first: JudgedSpan | null;
  last: JudgedSpan;
  open: boolean;
  readonly secondsByState: Map<MachineState, number>;
}

/** Stops in judged spans of one machine (contiguous, in the order of time), by start. */
export function stopsOf(spans: readonly JudgedSpan[], plant: Plant): Stop[] {
  const drafts: Draft[] = [];
  let draft: Draft | null = null;
  for (const span of spans) {
    if (span.stretchStart === null || span.state === 'unknown') {
      draft = null;
      continue;
    }
    const placed = span.category !== 'break' && span.category !== 'offShift';
    const category = placed ? span.category : null;
    const same: boolean =
      draft !== null &&
      draft.stretchStart === span.stretchStart &&
      draft.reason === span.reason &&
      (category === null || draft.category === null || draft.category === category);
    if (!draft || !same) {
      // Only the first part of a stretch in the window can have begun before it.
      const before = span === spans[0] ? span.stretchStart : span.start;
      draft = {
        stretchStart: span.stretchStart,
        start: before,
        end: span.end,
        seconds: 0,
        category,
        reason: span.reason,
        first: null,
        last: span,
        open: false,
        secondsByState: new Map(),
      };
      drafts.push(draft);
    }
    draft.end = span.end;
    draft.last = span;
    draft.open = span.open === true && span === spans.at(-1);
    if (!placed) continue;
    const seconds = (span.end - span.start) / 1000;
    draft.category = category;
    draft.first ??= span;
    draft.seconds += seconds;
    draft.secondsByState.set(span.state, (draft.secondsByState.get(span.state) ?? 0) + seconds);
  }
  return numbered(drafts, plant);
}

function numbered(drafts: readonly Draft[], plant: Plant): Stop[] {
  const seen = new Map<string, number>();
  const stops: Stop[] = [];
  for (const d of drafts) {
    if (d.category === null || d.first === null) continue;
    const { reason, category, open } = d;
    const known = reason === null ? undefined : plant.reasons.get(reason);
    const key = `${d.first.shift?.start ?? ''}|${reason}`;
    const occurrence = reason === null ? 0 : (seen.get(key) ?? 0) + 1;
    seen.set(key, occurrence);
    const state = open ? d.last.state : longest(d.secondsByState);
    stops.push({
      stretchStart: d.stretchStart,
      start: d.start,
      end: open ? null : d.end,
      seconds: d.seconds,
      category,
      state,
      look: lookOf({ state, category, open }),
      reason,
      reasonName: known?.name ?? reason,
      external: known?.external ?? false,
      shift: d.first.shift,
      product: d.first.product,
      order: d.first.order,
      occurrence,
      unexplained: reason === null && category === 'unplannedStop',
    });
  }
  return stops;
}

function longest(seconds: ReadonlyMap<MachineState, number>): MachineState {
  let found: MachineState = 'idle';
  let most = -1;
  for (const [state, value] of seconds) {
    if (value <= most) continue;
    found = state;
    most = value;
  }
  return found;
}
