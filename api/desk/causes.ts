import type { Entry } from '#shared/ledger/entry.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Instant } from '#shared/time/instant.ts';
import { clockLabel } from '#shared/time/zone.ts';

/**
 * What an entry did, as the second half of a sentence: "the stop at 14:02 was split". `stopStart`: where the stop that it
 * speaks of began, as far as is known. `byId` finds what a void takes back.
 */
export function causeOf(
  plant: Plant,
  entry: Entry,
  stopStart: (entry: Entry) => Instant | null,
  byId: ReadonlyMap<string, Entry>,
): string {
  const at = (t: Instant): string => clockLabel(plant.site.timezone, t);
  const reason = (id: string): string => plant.reasons.get(id)?.name ?? id;
  switch (entry.type) {
    case 'stopReason': {
      const start = stopStart(entry) ?? ('at' in entry ? entry.at : entry.from);
      if ('at' in entry) return `the stop at ${at(start)} was explained as ${reason(entry.reason)}`;
      return `the stop at ${at(start)} was split: ${reason(entry.reason)} from ${at(entry.from)} to ${at(entry.to)}`;
    }
    case 'merge':
      return `the stop at ${at(stopStart(entry) ?? entry.at)} was made one again`;
    case 'scrap':
      return `${entry.count} pieces made by ${at(entry.at)} were entered as scrap`;
    case 'product':
      return `from ${at(entry.at)} on the product was entered as ${plant.products.get(entry.product)?.name ?? entry.product}`;
    case 'orderStart':
      return `order ${entry.order} was entered as started at ${at(entry.at)}`;
    case 'orderFinish':
      return `order ${entry.order} was entered as finished at ${at(entry.at)}`;
    case 'counterVerdict':
      return `a count of ${entry.signal} at ${at(entry.t)} was decided to be ${entry.counted}`;
    case 'meterExchange':
      return `an exchange of the meter ${entry.meter} was entered`;
    case 'calendarException':
      return `the shifts of ${entry.date} were changed`;
    case 'target':
      return `the target of ${plant.machines.get(entry.machine)?.name ?? entry.machine} was changed`;
    case 'void': {
      const taken = byId.get(entry.entry);
      return taken ? `it was taken back that ${causeOf(plant, taken, stopStart, byId)}` : 'an entry was taken back';
    }
    default:
      return 'an entry was made';
  }
}
