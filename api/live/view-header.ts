import type { HeaderView, ShiftView } from '#shared/contract/socket.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { ShiftInstance } from '#shared/time/calendar.ts';
import { type Instant, toIso } from '#shared/time/instant.ts';
import { clockLabel, nextOffsetChange, utcOffsetMinutes } from '#shared/time/zone.ts';
import { runningShift } from './machine-now.ts';
import type { LiveEdge } from './store.ts';

export function shiftView(zone: string, shift: ShiftInstance): ShiftView {
  return {
    id: shift.id,
    name: shift.name,
    date: shift.productionDate,
    start: toIso(shift.start),
    end: toIso(shift.end),
    startLabel: clockLabel(zone, shift.start),
    endLabel: clockLabel(zone, shift.end),
    breaks: shift.breaks.map((b) => ({ start: toIso(b.start), end: toIso(b.end) })),
  };
}

/** The past that an edge is writing; null where none is. */
export function historyView(plant: Plant, edges: readonly LiveEdge[]): NonNullable<HeaderView['history']> | null {
  const writing = edges.find((edge) => edge.health?.state === 'seeding')?.health;
  if (!writing || !plant.demo) return null;
  return { progress: Math.round((writing.seedProgress ?? 0) * 100) / 100, days: plant.demo.historyDays };
}

export function headerView(
  plant: Plant,
  shift: ShiftInstance | null,
  now: Instant,
  edges: readonly LiveEdge[],
): HeaderView {
  const { name, timezone, locale, currency } = plant.site;
  const change = nextOffsetChange(timezone, now);
  return {
    siteName: name,
    timezone,
    locale,
    currency,
    utcOffsetMinutes: utcOffsetMinutes(timezone, now),
    nextOffset: change === null ? null : { at: toIso(change), utcOffsetMinutes: utcOffsetMinutes(timezone, change) },
    shift: shift && shiftView(timezone, shift),
    history: historyView(plant, edges),
  };
}

/** The shift that most of these lines are in; of equals the first line's. Null where none is in a shift. */
export function commonShift(plant: Plant, lineIds: Iterable<string>, now: Instant): ShiftInstance | null {
  const votes = new Map<string, { shift: ShiftInstance; count: number }>();
  for (const id of lineIds) {
    const line = plant.lines.get(id);
    const shift = line && runningShift(plant, line, now);
    if (!shift) continue;
    const key = `${shift.id} ${shift.start}`;
    const vote = votes.get(key);
    if (vote) vote.count += 1;
    else votes.set(key, { shift, count: 1 });
  }
  let best: { shift: ShiftInstance; count: number } | null = null;
  for (const vote of votes.values()) if (!best || vote.count > best.count) best = vote;
  return best?.shift ?? null;
}
