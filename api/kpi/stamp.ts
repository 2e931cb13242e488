import { hash } from 'node:crypto';
import type { Entry } from '#shared/ledger/entry.ts';
import type { FactRevisions } from '#shared/store/historian.ts';
import { dayOf, type Instant, type Span } from '#shared/time/instant.ts';
import { touchedBy } from './touched.ts';

/*
 * What the judgement of a slice was made from, in a few letters: rules, plant file, the entries that touch it, and how often
 * facts of its days were written. Two stamps are equal where nothing of that changed; a day is coarser than a slice, so that
 * at worst one is judged again that need not be.
 */
export interface StampInputs {
  readonly rules: string;
  readonly plantHash: string;
  readonly machines: readonly string[];
  readonly revisions: FactRevisions;
  /** Entries that count, of these machines. */
  readonly entries: readonly Entry[];
}

export function stampOf({ rules, plantHash, machines, revisions, entries }: StampInputs, inputs: Span): string {
  const parts = [rules, plantHash];
  for (const machine of machines) {
    parts.push(machine);
    const days = revisions.get(machine);
    for (let day = dayOf(inputs.start); day <= dayOf(inputs.end); day += 1) parts.push(`${days?.get(day) ?? ''}`);
  }
  for (const entry of entries) {
    const span = touchedBy(entry);
    if (span.start <= inputs.end && span.end >= inputs.start) parts.push(`entry ${entry.id}`);
  }
  return hash('sha1', parts.join('\n'), 'base64url');
}

/** Days further back than this are not looked at one by one: such a slice is judged each time. */
export const LONGEST_INPUTS_MS = 400 * 86_400_000;

export function isStampable(inputs: { readonly start: Instant; readonly end: Instant }): boolean {
  return inputs.end - inputs.start <= LONGEST_INPUTS_MS;
}
