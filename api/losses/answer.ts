import type { LossesAnswer } from '#shared/contract/losses.ts';
import { correctMeterPieces } from '#shared/energy/exchange.ts';
import type { EnergyItem } from '#shared/energy/items.ts';
import { metersBehind } from '#shared/energy/scope.ts';
import { isCounted } from '#shared/oee/counted.ts';
import { sumSpans } from '#shared/oee/figures.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { constraintAt } from '#shared/oee/line.ts';
import { lookOf } from '#shared/oee/look.ts';
import { targetCount } from '#shared/oee/target.ts';
import { type Machine, type Plant, valueAt } from '#shared/plant/model.ts';
import { HOUR, type Instant, minuteOf, toIso } from '#shared/time/instant.ts';
import { clockLabel, nextOffsetChange, utcOffsetMinutes } from '#shared/time/zone.ts';
import type { ApiDeps } from '../deps.ts';
import { type AskedShift, shiftAnswer } from '../desk/shift.ts';
import { feedingMeters, isAboutRegisters } from '../kpi/energy-slices.ts';
import { WATERMARK_MS } from '../kpi/kpi-question.ts';
import { endForNow } from '../kpi/window.ts';
import { machineFigures } from '../live/view-figures.ts';
import { orderNow } from '../operator/order.ts';
import { ledgerParts } from './ledger.ts';

/** The loss ledger of one shift of a machine, with what it must add up to. @throws HistorianError while facts cannot be read. */
export async function lossesAnswer(deps: ApiDeps, asked: AskedShift, machine: Machine): Promise<LossesAnswer> {
  const { kpi, clock } = deps;
  const { scope, line, shift, shifts } = asked;
  const plant = deps.plant.current;
  const zone = plant.site.timezone;
  const now = clock();
  const known = Math.min(shift.end, endForNow(deps.live, [machine.id], [], now));
  const until = Math.max(shift.start, known < shift.end ? minuteOf(known) : known);
  // The hour before gives the pace of the order at the start of a shift.
  const judged = (await kpi.windows.judge(machine.id, shift.start - HOUR, Math.max(until, shift.start))).spans;
  const spans = judged.filter((span) => span.start >= shift.start);
  const fed = feedingMeters(plant, machine.id, shift.start);
  const items = fed.length === 0 ? null : await kpi.energy.itemsOf(machine.id, shift.start, until);
  const figures = machineFigures(plant, machine, shift, spans, judged);
  const constraint = constraintAt(plant, line.id, shift.start);
  const losesPieces = constraint === null || constraint === machine.id;
  const parts = ledgerParts({ plant, machine: machine.id, spans, energy: items, losesPieces });
  const sum = (key: 'seconds' | 'kWh'): number => parts.reduce((all, part) => all + (part[key] ?? 0), 0);
  const change = nextOffsetChange(zone, shift.start);
  const good = figures.counts.good + figures.counts.unscheduledGood;
  return {
    scope: scope.text,
    currency: plant.site.currency,
    shift: shiftAnswer(plant, shift, now),
    shifts: shifts.map((s) => shiftAnswer(plant, s, now)),
    breaks: shift.breaks.map(({ start, end }) => ({ start: toIso(start), end: toIso(end) })),
    clock: {
      utcOffsetMinutes: utcOffsetMinutes(zone, shift.start),
      nextOffset: change === null ? null : { at: toIso(change), utcOffsetMinutes: utcOffsetMinutes(zone, change) },
    },
    until: toIso(until),
    untilLabel: clockLabel(zone, until),
    provisional: shift.end + WATERMARK_MS > now,
    counted: isCounted(machine),
    parts,
    figures,
    energy: items && {
      ...energyOf(items),
      kWhPerGood: good > 0 ? wholeOf(items) / good : null,
      coverage: coverageOf(items, fed.length, until - shift.start),
    },
    calendar: { seconds: (until - shift.start) / 1000, ledgerSeconds: sum('seconds') },
    meter: items && (await meterReading(deps, plant, machine.id, fed, shift.start, until, sum('kWh'))),
    lostAt: losesPieces ? null : (plant.machines.get(constraint ?? '')?.name ?? constraint),
    order: await orderOf(deps, plant, asked, machine, judged),
  };
}

function wholeOf(items: readonly EnergyItem[]): number {
  return items.reduce((sum, { energyWh }) => sum + energyWh / 1000, 0);
}

function energyOf(items: readonly EnergyItem[]) {
  const byState: Record<string, number> = {};
  let cost: number | null = null;
  let unpricedKWh = 0;
  for (const item of items) {
    const kWh = item.energyWh / 1000;
    const look = item.category && item.state ? lookOf({ category: item.category, state: item.state }) : 'unknown';
    byState[look] = (byState[look] ?? 0) + kWh;
    if (item.cost === null) unpricedKWh += kWh;
    else cost = (cost ?? 0) + item.cost;
  }
  return { kWh: wholeOf(items), cost, unpricedKWh, byState };
}

/** Share of the time that the readings of its meters cover. */
function coverageOf(items: readonly EnergyItem[], meters: number, ms: number): number | null {
  if (ms <= 0) return null;
  const covered = items.reduce((sum, item) => sum + item.coveredSeconds, 0);
  return Math.min(1, covered / (meters * (ms / 1000)));
}

/**
 * What the machine's own meters read over the window, added up from their registers and not from the ledger. Null where a
 * meter has others behind it: then what is the machine's is a difference, and there is no reading of it.
 */
async function meterReading(
  { kpi }: ApiDeps,
  plant: Plant,
  machine: string,
  meters: readonly string[],
  from: Instant,
  to: Instant,
  ledgerKWh: number,
): Promise<LossesAnswer['meter']> {
  if (meters.some((id) => metersBehind(plant, id).length > 1)) return null;
  const about = kpi.entries.all().filter(isAboutRegisters);
  const pieces = correctMeterPieces({
    plant,
    meterPieces: await kpi.facts.ofMeters(meters, from, to),
    counterEvents: about.length === 0 ? [] : await kpi.facts.counterEvents(from, to + HOUR),
    entries: about,
  });
  let kWh = 0;
  for (const piece of pieces) {
    if (piece.machine !== '' || piece.void === true || piece.start < from || piece.end > to) continue;
    const meter = plant.meters.get(piece.meter);
    const share = meter ? (valueAt(meter.feeds, piece.start).find((f) => f.machine === machine)?.share ?? 0) : 0;
    kWh += (piece.energyWh / 1000) * share;
  }
  return { names: meters.map((id) => plant.meters.get(id)?.name ?? id), kWh, ledgerKWh };
}

/** The order that the machine worked on at the end of the window, and what its target asked of it in this shift. */
async function orderOf(
  { kpi }: ApiDeps,
  plant: Plant,
  { line, shift }: AskedShift,
  machine: Machine,
  judged: readonly JudgedSpan[],
): Promise<LossesAnswer['order']> {
  const order = await orderNow(plant, line, machine.id, kpi, kpi.entries.all(), judged);
  if (!order) return null;
  const own = judged.filter((span) => span.start >= shift.start && span.order === order.order);
  const sums = sumSpans(own);
  return {
    ...order,
    dueThisShift: isCounted(machine) ? targetCount(plant, machine.id, own) : null,
    goodThisShift: sums.goodCount + sums.unscheduledGoodCount,
  };
}
