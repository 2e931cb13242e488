import type { NewEntry } from '#shared/ledger/schema.ts';
import { type Instant, toIso } from '#shared/time/instant.ts';
import type { ApiDeps } from '../deps.ts';
import { isAtRest } from './stop-at.ts';

/**
 * Whether an entry of the right shape makes sense on this plant now. Returns one sentence that says what to do, or null.
 * What cannot be known (the historian is away) is let through: judgement ignores an entry that touches nothing.
 */
export async function checkEntry(deps: ApiDeps, entry: NewEntry, latest: Instant): Promise<string | null> {
  const plant = deps.plant.current;
  const future = (t: Instant): string | null =>
    t > latest ? `${toIso(t)} has not come yet; entries are about what has happened` : null;
  if ('machine' in entry && !plant.machines.has(entry.machine)) {
    return `this plant has no machine "${entry.machine}"; /api/v1/plant lists them`;
  }
  switch (entry.type) {
    case 'stopReason': {
      if (!plant.reasons.has(entry.reason))
        return `the plant file has no reason "${entry.reason}"; add it under reasons`;
      const late = future('at' in entry ? entry.at : entry.from);
      if (late) return late;
      if (!('at' in entry)) return null;
      const rest = await isAtRest(deps.kpi.windows, entry.machine, entry.at);
      return rest === false
        ? `${entry.machine} was running at ${toIso(entry.at)}; a reason labels a stop, so name an instant inside one`
        : null;
    }
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
    case 'meterExchange':
      if (!plant.meters.has(entry.meter)) return `this plant has no meter "${entry.meter}"; /api/v1/plant lists them`;
      return future(entry.at);
    case 'counterVerdict':
      // Live screens do not know counter events yet, and two figures for one shift would be worse than none.
      return 'a verdict on a counter step cannot be taken here yet; `linewatt replay --entries` applies it';
    case 'void':
      return deps.ledger.entries().some((e) => e.id === entry.entry)
        ? null
        : `there is no entry with the id "${entry.entry}" to take back`;
  }
}
