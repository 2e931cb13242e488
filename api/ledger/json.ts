import type { Entry } from '#shared/ledger/entry.ts';
import { toIso } from '#shared/time/instant.ts';

const INSTANTS = ['at', 'from', 'to', 't', 'until', 'recordedAt', 'enteredAt'];

/** An entry as REST gives it: instants in ISO 8601. */
export function entryJson(entry: Entry): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(entry).map(([k, v]) => [k, INSTANTS.includes(k) && typeof v === 'number' ? toIso(v) : v]),
  );
}
