import { effectiveEntries } from '../ledger/effective.ts';
import type { Entry } from '../ledger/entry.ts';
import { type Machine, type Plant, type Versioned, valueAt } from '../plant/model.ts';
import type { TimeCategory } from '../state/state.ts';
import { type ScheduleSegment, scheduleSegments } from '../time/calendar.ts';
import { type Instant, MINUTE, minuteOf } from '../time/instant.ts';
import { applyScrap, applyVerdicts, createProductView, type ProductView, productEntries } from './corrections.ts';
import type { CounterEvent, MachinePiece, StateInterval } from './facts.ts';
import { idealSecondsPerPiece } from './ideal.ts';
import type { JudgedSpan, MutableSpan } from './judged.ts';
import { categoryOf, type Labelled, labelStretches } from './stretches.ts';

/*
 * Facts -> judged spans. One pass over the pieces, against three ordered lists: stretches (state, reasons, entries),
 * schedule, products.
 *
 * - The spans are contiguous and cover [from, to) exactly; time without a piece is unknown, and says so.
 * - Layers, in this order: state and reason over the whole stretch, small stops, entries, and last the calendar
 *   (offShift > break > scheduleLoss > the rest).
 * - A piece cut elsewhere than at its own bounds is shared out by seconds and marked `estimated`.
 * - Nothing here depends on the window but what is inside it, given the facts that `JudgeInput` asks for.
 */

export interface JudgeInput {
  readonly plant: Plant;
  /** Id of a machine of the plant. */
  readonly machine: string;
  /** Those that overlap the window, and before and after it all that belong to the same non-running stretches. */
  readonly intervals: readonly StateInterval[];
  /** Those that overlap the window; with product entries, back to `piecesNeededFrom` (corrections.ts). */
  readonly pieces: readonly MachinePiece[];
  /** The ledger as far as it is to count; voids and other machines' entries may be in it. */
  readonly entries: readonly Entry[];
  /** Where verdicts on counter steps may be among the entries: the events they speak of. */
  readonly counterEvents?: readonly CounterEvent[];
  readonly from: Instant;
  readonly to: Instant;
  /**
   * How far time has gone: an open interval reaches up to here. Left out: the latest instant that the facts given speak of,
   * which is right while the window ends now; for a window in the past give it, else a stop still open looks shorter.
   */
  readonly knownUntil?: Instant;
}

/** Throws RangeError for a machine that the plant does not have. */
export function judge(input: JudgeInput): JudgedSpan[] {
  const { plant, from, to } = input;
  const machine = plant.machines.get(input.machine);
  if (!machine) throw new RangeError(`the plant has no machine "${input.machine}"`);
  if (!(from < to)) return [];
  const effective = effectiveEntries(input.entries);
  const entries = effective.filter((e) => 'machine' in e && e.machine === machine.id);
  const pieces = ordered(input.pieces, machine.id);
  const labels = labelStretches({
    plant,
    machine,
    intervals: input.intervals,
    entries: entries.filter((e) => e.type === 'stopReason' || e.type === 'merge'),
    from,
    to,
    knownUntil: input.knownUntil ?? latestKnown(input.intervals, pieces, machine.id),
  });
  const spans = walk({
    plant,
    machine,
    labels,
    pieces,
    schedule: scheduleOf(plant, machine, from, to),
    products: createProductView(productEntries(entries)),
    versionCuts: versionCuts(plant, machine, from, to),
    from,
    to,
  });
  applyScrap(spans, entries);
  if (input.counterEvents) applyVerdicts(plant, machine, spans, effective, input.counterEvents);
  return spans;
}

/** The calendar of the machine's line over [from, to). */
export function scheduleOf(plant: Plant, machine: Machine, from: Instant, to: Instant): readonly ScheduleSegment[] {
  const line = plant.lines.get(machine.line);
  const calendar = line && plant.calendars.get(line.calendar);
  if (!calendar) return [{ start: from, end: to, kind: 'offShift', shifts: [] }];
  return scheduleSegments(calendar, plant.site.timezone, from, to);
}

interface Walk {
  readonly plant: Plant;
  readonly machine: Machine;
  readonly labels: readonly Labelled[];
  readonly pieces: readonly MachinePiece[];
  readonly schedule: readonly ScheduleSegment[];
  readonly products: ProductView;
  readonly versionCuts: readonly Instant[];
  readonly from: Instant;
  readonly to: Instant;
}

function walk({ plant, machine, labels, pieces, schedule, products, versionCuts, from, to }: Walk): MutableSpan[] {
  const spans: MutableSpan[] = [];
  const ideals = new Map<string, { until: Instant; value: number | null }>();
  let label = 0;
  let segment = 0;
  let version = 0;

  const idealOf = (product: string, t: Instant): number | null => {
    const known = ideals.get(product);
    if (known && t < known.until) return known.value;
    const value = idealSecondsPerPiece(plant, machine.id, product, t);
    ideals.set(product, { until: versionCuts[version] ?? Number.POSITIVE_INFINITY, value });
    return value;
  };

  const emit = (start: Instant, end: Instant, piece: MachinePiece | null) => {
    const whole = piece ? piece.end - piece.start : 0;
    let cursor = start;
    while (cursor < end) {
      while ((labels[label]?.end ?? end) <= cursor) label++;
      while ((schedule[segment]?.end ?? end) <= cursor) segment++;
      while ((versionCuts[version] ?? end) <= cursor) version++;
      products.moveTo(cursor);
      const at = labels[label];
      const slot = schedule[segment];
      const stop = Math.min(
        end,
        at?.end ?? end,
        slot?.end ?? end,
        versionCuts[version] ?? end,
        products.nextChange,
        piece ? end : minuteOf(cursor) + MINUTE,
      );
      const known = piece !== null && at !== undefined && at.state !== 'unknown';
      const state = piece === null ? 'unknown' : known ? at.state : piece.state;
      const before = piece === null ? 'unknown' : known ? at.category : categoryOf(plant, piece.state, null, cursor);
      const product = products.product ?? piece?.product ?? '';
      const share = piece && whole > 0 ? (stop - cursor) / whole : 0;
      spans.push({
        start: cursor,
        end: stop,
        minute: minuteOf(cursor),
        intervalStart: at?.intervalStart ?? piece?.intervalStart ?? cursor,
        stretchStart: state === 'running' ? null : (at?.stretchStart ?? cursor),
        state,
        category: onCalendar(before, slot, machine.breakPolicy, cursor),
        reason: known ? at.reason : null,
        product,
        order: products.order ?? piece?.order ?? '',
        shift: slot?.shifts[0] ?? null,
        totalCount: piece ? piece.totalCount * share : 0,
        goodCount: piece ? piece.goodCount * share : 0,
        rejectCount: piece ? piece.rejectCount * share : 0,
        idealSecondsPerPiece: idealOf(product, cursor),
        estimated: piece !== null && share !== 1,
        open: at?.open === true && state !== 'running',
      });
      cursor = stop;
    }
  };

  let cursor = from;
  for (const piece of pieces) {
    if (piece.start >= to) break;
    products.measured(piece.product, piece.order, piece.start);
    const start = Math.max(piece.start, cursor);
    const end = Math.min(piece.end, to);
    if (end <= start) continue;
    if (start > cursor) emit(cursor, start, null);
    emit(start, end, piece);
    cursor = end;
  }
  if (cursor < to) emit(cursor, to, null);
  return spans;
}

function onCalendar(
  category: TimeCategory,
  slot: ScheduleSegment | undefined,
  policy: Versioned<'exclude' | 'runThrough'>,
  t: Instant,
): TimeCategory {
  if (!slot || slot.kind === 'offShift') return 'offShift';
  if (slot.kind === 'shift') return category;
  return category === 'run' && valueAt(policy, t) === 'runThrough' ? 'run' : 'break';
}

function ordered(pieces: readonly MachinePiece[], machine: string): readonly MachinePiece[] {
  let clean = true;
  let inOrder = true;
  let last = Number.NEGATIVE_INFINITY;
  for (const p of pieces) {
    if (p.machine !== machine || p.void) clean = false;
    else {
      if (p.start < last) inOrder = false;
      last = p.start;
    }
  }
  const own = clean ? pieces : pieces.filter((p) => p.machine === machine && !p.void);
  return inOrder ? own : [...own].sort((a, b) => a.start - b.start);
}

function latestKnown(intervals: readonly StateInterval[], pieces: readonly MachinePiece[], machine: string): Instant {
  let latest = pieces.at(-1)?.end ?? Number.NEGATIVE_INFINITY;
  for (const i of intervals) if (i.machine === machine && !i.void) latest = Math.max(latest, i.end ?? i.start);
  return latest;
}

/** Instants inside the window from which another version of a judged value holds. */
function versionCuts(plant: Plant, machine: Machine, from: Instant, to: Instant): Instant[] {
  const cuts = new Set<Instant>();
  const add = (versions: Versioned<unknown> | null) => {
    if (!versions || versions.length < 2) return;
    for (const { validFrom } of versions) if (validFrom > from && validFrom < to) cuts.add(validFrom);
  };
  add(machine.idealCycleSeconds);
  add(machine.breakPolicy);
  for (const product of plant.products.values()) add(product.idealCycleSeconds);
  return [...cuts].sort((a, b) => a - b);
}
