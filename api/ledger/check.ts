import type { NewEntry } from '#shared/ledger/schema.ts';
import type { Plant } from '#shared/plant/model.ts';
import { signalsOf } from '#shared/plant/signals.ts';
import { type Instant, type Span, toIso } from '#shared/time/instant.ts';
import type { ApiDeps } from '../deps.ts';
import { stopAt } from './stop-at.ts';

/** Why an entry of the right shape makes no sense on this plant now, in one sentence that says what to do; or what it is about. */
export type Checked = { readonly problem: string } | { readonly stop: Span | null };

/**
 * What cannot be known (the historian is away) is let through: judgement ignores an entry that touches nothing.
 */
export async function checkEntry(deps: ApiDeps, entry: NewEntry, latest: Instant): Promise<Checked> {
  if ((entry.type === 'stopReason' || entry.type === 'merge') && 'at' in entry) {
    const problem = sentence(deps, entry, latest);
    if (problem !== null) return { problem };
    const found = await stopAt(deps.kpi.windows, entry.machine, entry.at);
    if (found !== 'running') return { stop: found === 'unknown' ? null : found };
    return {
      problem: `${entry.machine} was running at ${toIso(entry.at)}; a reason labels a stop, so name an instant inside one`,
    };
  }
  const problem = sentence(deps, entry, latest) ?? (await unknownStep(deps, entry));
  return problem === null ? { stop: null } : { problem };
}

/** A verdict on a step that nobody saw would change nothing, and nobody would know why. */
async function unknownStep({ kpi, historian }: ApiDeps, entry: NewEntry): Promise<string | null> {
  if (entry.type !== 'counterVerdict' || !historian.connected) return null;
  const steps = await kpi.facts.counterEvents(entry.t, entry.t + 1);
  if (steps.some((e) => e.signal === entry.signal)) return null;
  return `${entry.signal} has no odd step at ${toIso(entry.t)}; the finding counterQuarantined of /api/v1/kpi names those that were not counted`;
}

function countersOf(plant: Plant): Set<string> {
  const counting: readonly string[] = ['counter', 'register'];
  return new Set(signalsOf(plant).flatMap(({ signal, kind }) => (counting.includes(kind) ? [signal] : [])));
}

function sentence(deps: ApiDeps, entry: NewEntry, latest: Instant): string | null {
  const plant = deps.plant.current;
  const future = (t: Instant): string | null =>
    t > latest ? `${toIso(t)} has not come yet; entries are about what has happened` : null;
  const unknownLine = (id: string | undefined): string | null =>
    id !== undefined && !plant.lines.has(id) ? `this plant has no line "${id}"; /api/v1/plant lists them` : null;
  if ('machine' in entry && entry.machine !== undefined && !plant.machines.has(entry.machine)) {
    return `this plant has no machine "${entry.machine}"; /api/v1/plant lists them`;
  }
  switch (entry.type) {
    case 'stopReason':
      if (!plant.reasons.has(entry.reason))
        return `the plant file has no reason "${entry.reason}"; add it under reasons`;
      return future('at' in entry ? entry.at : entry.from);
    case 'merge':
    case 'orderFinish':
    case 'andonCall':
      return future(entry.at);
    case 'scrap':
      if (entry.reason !== undefined && !plant.scrapReasons.has(entry.reason)) {
        return `the plant file has no scrap reason "${entry.reason}"; add it under scrapReasons`;
      }
      return future(entry.at);
    case 'product':
      if (!plant.products.has(entry.product)) {
        return `the plant file has no product "${entry.product}"; add it under products`;
      }
      return future(entry.at);
    case 'orderStart':
      if (entry.product !== undefined && !plant.products.has(entry.product)) {
        return `the plant file has no product "${entry.product}"; add it under products`;
      }
      return future(entry.at);
    case 'note':
      return unknownLine(entry.line) ?? future(entry.at);
    case 'andonAcknowledge':
    case 'andonClose':
      return deps.ledger
        .entries()
        .some((e) => e.id === entry.call && e.type === 'andonCall' && e.machine === entry.machine)
        ? future(entry.at)
        : `${entry.machine} has no call with the id "${entry.call}"`;
    case 'calendarException':
      return unknownLine(entry.line);
    case 'target':
      return plant.machines.get(entry.machine)?.targetOee
        ? null
        : `the plant file gives ${entry.machine} no targetOee; give it one there first, then it can be changed here`;
    case 'periodLock':
      return unknownLine(entry.line) ?? future(entry.until);
    case 'meterExchange':
      if (!plant.meters.has(entry.meter)) return `this plant has no meter "${entry.meter}"; /api/v1/plant lists them`;
      return future(entry.at);
    case 'counterVerdict':
      return countersOf(plant).has(entry.signal)
        ? future(entry.t)
        : `this plant has no counter or register "${entry.signal}"; a verdict names one, like filler.total`;
    case 'void':
      return deps.ledger.entries().some((e) => e.id === entry.entry)
        ? null
        : `there is no entry with the id "${entry.entry}" to take back`;
  }
}
