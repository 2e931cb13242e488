import type { LineView, Look, LossView } from '#shared/contract/socket.ts';
import { isCounted, isLineCounted } from '#shared/oee/counted.ts';
import { isPlanned, sumSpans } from '#shared/oee/figures.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { constraintAt, lineSpans, lineSums } from '#shared/oee/line.ts';
import { topLosses } from '#shared/oee/losses.ts';
import { sumCurves, targetCurve } from '#shared/oee/target.ts';
import { type LineLoss, lineLosses } from '#shared/oee/waiting.ts';
import type { Line, Plant } from '#shared/plant/model.ts';
import type { ShiftInstance } from '#shared/time/calendar.ts';
import { type Instant, MINUTE, toIso } from '#shared/time/instant.ts';
import { isoOf } from './iso.ts';
import type { MachineNow } from './machine-now.ts';
import { figuresView, NO_TARGETS, type Targets, targetsOf } from './view-figures.ts';
import { shiftView } from './view-header.ts';

/** A line as the wall and a row of the plant page show it. `machines` in flow order. */
export function lineView(plant: Plant, line: Line, machines: readonly MachineNow[], now: Instant): LineView {
  const shift = machines[0]?.shift ?? null;
  const constraint = constraintAt(plant, line.id, now);
  const at = machines.find((m) => m.machine.id === constraint) ?? null;
  const lead = at ?? machines.find((m) => m.last?.product) ?? machines[0] ?? null;
  const product = lead?.last?.product ? lead.last.product : null;
  const inShift = shift !== null && machines.some((m) => m.shiftSpans.length > 0);
  const bySpans = new Map(machines.map((m) => [m.machine.id, m.shiftSpans]));
  // With a constraint the line is one machine; the last two hours before the shift are in, for the rate of the last hour.
  const whole = at ? lineSpans(plant, line.id, new Map(machines.map((m) => [m.machine.id, m.spans])), now) : [];
  const own = shift ? whole.filter((s) => s.start >= shift.start) : [];
  const counted = isLineCounted(plant, line.id);
  const powers = machines.flatMap((m) => (m.powerKw === null ? [] : [m.powerKw]));
  return {
    id: line.id,
    name: line.name,
    area: line.area,
    product,
    productName: product === null ? null : (plant.products.get(product)?.name ?? product),
    order: lead?.last?.order ? lead.last.order : null,
    constraint,
    shift: shift && shiftView(plant.site.timezone, shift),
    machines: line.machines,
    figures:
      shift && inShift
        ? at
          ? figuresView(sumSpans(own), counted ? targetsOf(plant, at.machine, shift, own, whole) : NO_TARGETS, counted)
          : figuresView(lineSums(plant, line.id, bySpans), sumOfTargets(plant, machines), counted)
        : null,
    machinesWithData: machines.filter((m) => m.look !== 'unknown').length,
    curve: shift ? curveOf(at ? [own] : machines.map((m) => m.shiftSpans)) : {},
    targetCurve: shift && inShift && counted ? cornersOf(plant, at, own, machines, shift, now) : [],
    losses: at
      ? named(plant, lineLosses(plant, line.id, bySpans, now))
      : mergeLosses(machines.flatMap((m) => topLosses(m.shiftSpans, plant, TOP))),
    powerKw: powers.length === 0 ? null : tidy(powers.reduce((a, b) => a + b, 0)),
  };
}

const TOP = 5;

function tidy(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Corner points of the line's target; without a constraint, of the sum of its machines' targets. */
function cornersOf(
  plant: Plant,
  constraint: MachineNow | null,
  own: readonly JudgedSpan[],
  machines: readonly MachineNow[],
  shift: ShiftInstance,
  now: Instant,
): [string, number][] {
  const curve = constraint
    ? targetCurve({ plant, machine: constraint.machine.id, spans: own, shift, now })
    : sumCurves(
        machines
          .filter((m) => isCounted(m.machine))
          .map((m) => targetCurve({ plant, machine: m.machine.id, spans: m.shiftSpans, shift, now })),
      );
  return curve.map(([t, n]) => [toIso(t), tidy(n)]);
}

/**
 * A line without a constraint is the sum of its machines, also in its targets; where one has none, so has the line. A
 * machine that nobody counts adds neither pieces nor a target.
 */
function sumOfTargets(plant: Plant, line: readonly MachineNow[]): Targets {
  const machines = line.filter((m) => isCounted(m.machine));
  const all = machines.map((m) => (m.shift ? targetsOf(plant, m.machine, m.shift, m.shiftSpans, m.spans) : NO_TARGETS));
  const sum = (key: 'targetCount' | 'targetAtEnd' | 'projectedCount'): number | null => {
    let total = 0;
    for (const targets of all) {
      const value = targets[key];
      if (value === null) return null;
      total += value;
    }
    return all.length > 0 ? total : null;
  };
  const first = all[0]?.targetOee ?? null;
  return {
    targetOee: all.every((t) => t.targetOee === first) ? first : null,
    targetCount: sum('targetCount'),
    targetAtEnd: sum('targetAtEnd'),
    projectedCount: sum('projectedCount'),
  };
}

/** Good pieces so far at the end of each minute. Pieces outside planned time are not in, as they are not in the figures. */
function curveOf(lists: readonly (readonly JudgedSpan[])[]): Record<string, number> {
  const byMinute = new Map<Instant, number>();
  for (const spans of lists) {
    for (const span of spans) {
      const good = isPlanned(span) ? span.goodCount : 0;
      byMinute.set(span.minute, (byMinute.get(span.minute) ?? 0) + good);
    }
  }
  const curve: Record<string, number> = {};
  let total = 0;
  const minutes = [...byMinute.keys()].sort((a, b) => a - b);
  let last = minutes[0];
  for (const minute of minutes) {
    for (let gap = (last ?? minute) + MINUTE; gap < minute; gap += MINUTE) curve[isoOf(gap)] = tidy(total);
    total += byMinute.get(minute) ?? 0;
    curve[isoOf(minute)] = tidy(total);
    last = minute;
  }
  return curve;
}

/** Losses of the constraint, by the reason of whoever caused them. */
function named(plant: Plant, losses: readonly LineLoss[]): LossView[] {
  return mergeLosses(
    losses.map((loss) => {
      const machine = loss.machine === null ? null : (plant.machines.get(loss.machine)?.name ?? loss.machine);
      const reason = loss.reason === null ? null : (plant.reasons.get(loss.reason)?.name ?? loss.reason);
      const look = lookOfLoss(loss);
      const name =
        reason ?? (look === 'minor' ? 'Minor stops' : machine ? `${machine}, no reason` : 'Waiting, no reason');
      return { reason: loss.reason ?? '', name, seconds: loss.seconds, count: loss.count, look };
    }),
  );
}

function lookOfLoss({ category, machine, kind }: LineLoss): Look {
  if (category === 'smallStop') return 'minor';
  if (category === 'plannedStop') return 'setup';
  return machine === null && kind !== 'own' ? 'idle' : 'down';
}

function mergeLosses(losses: readonly LossView[]): LossView[] {
  const byName = new Map<string, { -readonly [K in keyof LossView]: LossView[K] }>();
  for (const loss of losses) {
    const held = byName.get(loss.name);
    if (held) {
      if (loss.seconds > held.seconds) held.look = loss.look;
      held.seconds += loss.seconds;
      held.count += loss.count;
    } else byName.set(loss.name, { ...loss });
  }
  return [...byName.values()]
    .sort((a, b) => b.seconds - a.seconds || a.name.localeCompare(b.name, 'en'))
    .slice(0, TOP)
    .map((loss) => ({ ...loss, seconds: tidy(loss.seconds) }));
}
