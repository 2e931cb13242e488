import type { FiguresView, Look, MachineView, RibbonSegment } from '#shared/contract/socket.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { lookOf, wordOf } from '#shared/oee/look.ts';
import type { Stop } from '#shared/oee/stops.ts';
import type { Plant } from '#shared/plant/model.ts';
import { HOUR, type Instant, toIso } from '#shared/time/instant.ts';
import { clockLabel } from '#shared/time/zone.ts';
import { isoOf } from './iso.ts';
import { lossPerHour } from './loss-rate.ts';
import { LOOK_BACK_MS, type MachineNow } from './machine-now.ts';
import { waitingWords } from './waiting.ts';

/**
 * One machine as a tile, a ribbon row and a banner show it. `line` are the machines of its line in flow order, itself in
 * it; `figures` those of its running shift, which may change less often than its state.
 */
export function machineView(
  plant: Plant,
  now: MachineNow,
  line: readonly MachineNow[],
  figures: FiguresView | null,
): MachineView {
  const { machine, last, look } = now;
  const stop = openStop(now);
  const since = sinceOf(now.spans, look);
  const reason = last ? reasonOf(last) : null;
  const words = reason === null ? null : (plant.reasons.get(reason)?.name ?? reason);
  return {
    id: machine.id,
    name: machine.name,
    line: machine.line,
    look,
    word: wordOf(look, last?.state ?? 'unknown'),
    detail:
      look === 'run' || look === 'unknown'
        ? null
        : last?.category === 'break'
          ? 'Break'
          : (waitingWords(plant, now, line) ?? words),
    reason,
    since: since === null ? null : toIso(since),
    sinceLabel: since === null ? null : clockLabel(plant.site.timezone, since),
    occurrence: stop?.occurrence ?? 0,
    product: last?.product ? last.product : null,
    productName: last?.product ? (plant.products.get(last.product)?.name ?? last.product) : null,
    order: last?.order ? last.order : null,
    figures,
    lossPerHour: lossPerHour(plant, now, line),
    ribbon: ribbonOf(plant, now.spans, ribbonFrom(now)),
    powerKw: now.powerKw === null ? null : Math.round(now.powerKw * 1000) / 1000,
    minorStopsLastHour: last ? minorStops(now.stops, last.end - HOUR) : 0,
  };
}

/** The stop that goes on now. */
export function openStop(now: MachineNow): Stop | null {
  const stop = now.stops.at(-1);
  return stop && stop.end === null ? stop : null;
}

/** Stops and waiting are felt as one; a setup, a pause in the plan and missing data are not. */
const FELT: Readonly<Record<Look, string>> = {
  run: 'run',
  idle: 'stop',
  down: 'stop',
  minor: 'stop',
  setup: 'setup',
  plan: 'plan',
  unknown: 'unknown',
};

function sinceOf(spans: readonly JudgedSpan[], look: Look): Instant | null {
  let since: Instant | null = null;
  for (let i = spans.length - 1; i >= 0; i--) {
    const span = spans[i] as JudgedSpan;
    if (FELT[lookOf(span)] !== FELT[look]) return since;
    since = span.start;
  }
  const first = spans[0];
  if (!first) return null;
  // It began before what is held here: the interval or the stretch remembers.
  return FELT[look] === 'run' ? first.intervalStart : (first.stretchStart ?? first.start);
}

/** Since the start of the shift and at least the last two hours; it moves in steps of ten minutes, so that patches stay small. */
function ribbonFrom({ shift, last }: MachineNow): Instant {
  const step = HOUR / 6;
  const twoHours = Math.floor(((last?.end ?? 0) - LOOK_BACK_MS) / step) * step;
  return shift ? Math.min(shift.start, twoHours) : twoHours;
}

function ribbonOf(plant: Plant, spans: readonly JudgedSpan[], from: Instant): Record<string, RibbonSegment> {
  const ribbon: Record<string, RibbonSegment> = {};
  let start = Number.NaN;
  let look: Look | null = null;
  let reason: string | null = null;
  const close = (end: Instant | null): void => {
    if (look === null) return;
    const name = reason === null ? null : (plant.reasons.get(reason)?.name ?? reason);
    ribbon[isoOf(start)] = { end: end === null ? null : isoOf(end), look, reason: name };
  };
  for (const span of spans) {
    if (span.end <= from) continue;
    const next = lookOf(span);
    const why = reasonOf(span);
    if (next === look && why === reason) continue;
    close(span.start);
    start = Math.max(span.start, from);
    look = next;
    reason = why;
  }
  close(null);
  return ribbon;
}

/** A break is a break, whatever the machine stopped for when it began. */
function reasonOf({ category, reason }: JudgedSpan): string | null {
  return category === 'break' || category === 'offShift' ? null : reason;
}

function minorStops(stops: readonly Stop[], from: Instant): number {
  let count = 0;
  for (const stop of stops) if (stop.look === 'minor' && stop.start >= from) count += 1;
  return count;
}
