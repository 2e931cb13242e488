import { energyResult } from '#shared/energy/result.ts';
import { metersBehind } from '#shared/energy/scope.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { ShiftInstance } from '#shared/time/calendar.ts';
import { DAY, type Span } from '#shared/time/instant.ts';
import { type Past, shiftPairs, spanOf } from './check-shifts.ts';

/*
 * Energy of past shifts as two plant files price it, from the same readings and entries: through each meter that no other
 * stands above. Demand, capacity and standing charges are of a billing period, not of a shift.
 */
export interface ComparedEnergy {
  readonly meter: string;
  readonly before: ShiftInstance | null;
  readonly after: ShiftInstance | null;
  readonly was: Priced | null;
  readonly is: Priced | null;
}

/** Null where nothing was read, or has no price. */
export interface Priced {
  readonly kWh: number | null;
  readonly cost: number | null;
  readonly co2Kg: number | null;
}

const SAME = 1e-9;

/** Every shift and meter whose kWh, cost or CO2 differs, in order of time; shifts of several lines at the same hours once. */
export async function* compareEnergy(before: Plant, after: Plant, past: Past): AsyncGenerator<ComparedEnergy> {
  const roots = new Set([...rootsOf(before), ...rootsOf(after)]);
  const seen = new Map<string, { before: ShiftInstance | null; after: ShiftInstance | null }>();
  for (const line of new Set([...before.lines.keys(), ...after.lines.keys()])) {
    for (const pair of shiftPairs(before, after, line, past)) {
      const hours = [pair.before?.start, pair.before?.end, pair.after?.start, pair.after?.end].join(' ');
      if (!seen.has(hours)) seen.set(hours, pair);
    }
  }
  for (const pair of [...seen.values()].sort((a, b) => spanOf(a).start - spanOf(b).start)) {
    for (const meter of roots) {
      const was = pair.before && (await pricedBy(before, meter, pair.before, past));
      const is = pair.after && (await pricedBy(after, meter, pair.after, past));
      if (!isSame(was, is)) yield { meter, ...pair, was, is };
    }
  }
}

function rootsOf(plant: Plant): string[] {
  return [...plant.meters.values()].filter((m) => m.parent === null && m.sum === null).map((m) => m.id);
}

async function pricedBy(plant: Plant, meter: string, { start, end }: Span, past: Past): Promise<Priced | null> {
  if (!plant.meters.has(meter)) return null;
  const { reader, entries } = past;
  const about = entries.filter((e) => e.type === 'meterExchange' || e.type === 'counterVerdict' || e.type === 'void');
  // A step that began in the shift may end after it.
  const counterEvents = about.length > 0 ? await reader.counterEvents({ from: start, to: past.to + DAY }) : [];
  const meterPieces = await reader.meterPieces(metersBehind(plant, meter), { from: start, to: end });
  const spansByMachine = new Map<string, never>();
  const of = { plant, meter, meterPieces, counterEvents, entries: about, spansByMachine, from: start, to: end };
  const { kWh, cost, co2Kg } = energyResult(of);
  return { kWh, cost, co2Kg };
}

/** A shift of which nothing was ever read changes nothing. */
function isSame(a: Priced | null, b: Priced | null): boolean {
  return (['kWh', 'cost', 'co2Kg'] as const).every((key) => {
    const [was, is] = [a?.[key] ?? null, b?.[key] ?? null];
    return was === is || (was !== null && is !== null && Math.abs(was - is) <= SAME * Math.max(1, Math.abs(was)));
  });
}
