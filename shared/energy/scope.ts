import type { Medium, Plant, Tariff } from '../plant/model.ts';
import type { Instant, Span } from '../time/instant.ts';
import { addDays, localMidnight } from '../time/zone.ts';

/*
 * Which tariff prices which meter.
 *
 * - A meter without a tariff of its own uses the nearest meter above it that has one; a virtual meter without a parent
 *   uses that of the first meter it adds.
 * - A version is in force from the start of its local date in its own zone until the next version of the same id, and no
 *   longer than the end of its `validTo`. Before the first one there is no tariff: nothing is priced, and history is never
 *   repriced by a newer version. Two contracts with ids of their own may follow each other on one meter.
 */

export interface TariffSpan extends Span {
  readonly tariff: Tariff | null;
}

/** When each version of one tariff is in force, in order; the last without `validTo` ends at Infinity. */
export function tariffReigns(versions: readonly Tariff[]): (Span & { readonly tariff: Tariff })[] {
  const starts = versions
    .map((tariff) => ({ start: localMidnight(tariff.timezone, tariff.validFrom), tariff }))
    .sort((a, b) => a.start - b.start);
  return starts.map(({ start, tariff }, i) => {
    const next = starts[i + 1]?.start ?? Number.POSITIVE_INFINITY;
    const last = tariff.validTo ?? null;
    const own = last === null ? Number.POSITIVE_INFINITY : localMidnight(tariff.timezone, addDays(last, 1));
    return { start, end: Math.min(next, own), tariff };
  });
}

/** The tariff in force for a meter at an instant; null where there is none. */
export function tariffFor(plant: Plant, meterId: string, t: Instant): Tariff | null {
  return tariffSpans(plant, meterId, t, t + 1)[0]?.tariff ?? null;
}

/** The tariffs of a meter over [from, to), contiguous, cut where the version in force changes. */
export function tariffSpans(plant: Plant, meterId: string, from: Instant, to: Instant): TariffSpan[] {
  if (to <= from) return [];
  const chain = metersAbove(plant, meterId);
  const versions = [...plant.tariffs.values()].map((list) => tariffReigns(list.map(({ value }) => value)));
  const cuts = [from, ...versions.flat().flatMap((v) => [v.start, v.end]), to]
    .filter((t) => t >= from && t <= to)
    .sort((a, b) => a - b);
  const spans: TariffSpan[] = [];
  for (let i = 0; i + 1 < cuts.length; i += 1) {
    const start = cuts[i] ?? from;
    const end = cuts[i + 1] ?? to;
    if (end <= start) continue;
    const inForce = versions.map((list) => list.find((v) => v.start <= start && start < v.end)?.tariff ?? null);
    const tariff = chain.map((id) => inForce.find((v) => v?.meter === id)).find((v) => v) ?? null;
    const last = spans.at(-1);
    if (last && last.tariff === tariff) spans[spans.length - 1] = { ...last, end };
    else spans.push({ start, end, tariff });
  }
  return spans;
}

/** The meter itself and the meters above it, nearest first. */
function metersAbove(plant: Plant, meterId: string): string[] {
  const chain: string[] = [];
  let id: string | null = meterId;
  while (id !== null && !chain.includes(id)) {
    chain.push(id);
    const meter = plant.meters.get(id);
    id = meter?.parent ?? meter?.sum?.find((term) => term.sign > 0)?.meter ?? null;
  }
  return chain;
}

/** What the meter measures: its own medium, which for a virtual meter is that of its terms. */
export function mediumOf(plant: Plant, meterId: string): Medium {
  return plant.meters.get(meterId)?.medium ?? 'electricity';
}

/** Meters directly below one, of the same medium, virtual ones left out: what its unmetered rest is taken from. */
export function metersBelow(plant: Plant, meterId: string): string[] {
  const medium = mediumOf(plant, meterId);
  return [...plant.meters.values()]
    .filter((m) => m.parent === meterId && m.medium === medium && m.sum === null)
    .map((m) => m.id);
}

/** Every real meter whose facts are needed to work out this one, itself included: the terms of sums and all meters below. */
export function metersBehind(plant: Plant, meterId: string): string[] {
  const found = new Set<string>();
  const visit = (id: string): void => {
    if (found.has(id)) return;
    found.add(id);
    for (const term of plant.meters.get(id)?.sum ?? []) visit(term.meter);
    for (const child of metersBelow(plant, id)) visit(child);
  };
  visit(meterId);
  return [...found].filter((id) => plant.meters.get(id)?.sum === null);
}

/** Whether kVA can be told: the meter, or every term of a virtual one, has a reactive register. */
export function hasReactive(plant: Plant, meterId: string): boolean {
  const meter = plant.meters.get(meterId);
  if (!meter) return false;
  return meter.sum ? meter.sum.every((term) => hasReactive(plant, term.meter)) : meter.importVarh !== null;
}
