import { enteredInto } from '#shared/ledger/plan.ts';
import { piecesNeededFrom } from '#shared/oee/corrections.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { FactRevisions } from '#shared/store/historian.ts';
import { DAY, type Instant, type Span } from '#shared/time/instant.ts';
import type { HistorianLink } from '../historian/link.ts';
import type { EffectiveEntries } from '../ledger/effective.ts';
import type { LiveStore } from '../live/store.ts';
import type { Counters } from '../metrics/counters.ts';
import type { SliceFigures } from './kpi-slices.ts';
import { rulesVersion } from './rules-version.ts';
import { isStampable, stampOf } from './stamp.ts';
import type { StoredSlice, SumStore } from './sum-store.ts';

/*
 * Sums that outlive the process, beside the facts that they come from.
 *
 * - What is stored holds only while its stamp is that of its inputs now: rules, plant file, entries, writes to the facts.
 * - The count of writes is read before the facts are: a write in between leaves a stamp that is old at once.
 * - Only sums of facts that the historian alone gave are stored: memory may know what the historian does not have yet, or
 *   have missed what it has.
 * - Where the minutes are gone (the historian keeps them for some years), what was stored is all that is left of them: it
 *   holds whatever its stamp, and nothing is judged or stored in its place.
 */
export interface StoredSums {
  /** What is stored of these slices and holds; null where the historian does not count writes, or is not there. */
  begin(machines: readonly string[], owners: readonly string[], slices: readonly Span[]): Promise<StoredWindow | null>;
}

export interface StoredWindow {
  get(owner: string, slice: Span): { readonly value: SliceFigures; readonly inputs: Span } | undefined;
  /** What is stored of a slice whose minutes are gone. */
  last(owner: string, slice: Span): SliceFigures | undefined;
  /** Whole figures, judged from facts that were read after `begin`; stored by `save`. */
  keep(owner: string, slice: Span, value: SliceFigures, context: Span): void;
  save(): void;
}

export interface StoredSumsDeps {
  readonly store: SumStore;
  readonly plant: () => Plant;
  readonly historian: HistorianLink;
  readonly live: Pick<LiveStore, 'heldFrom'>;
  readonly entries: EffectiveEntries;
  readonly counters: Counters;
}

/** How far before and after the slices asked for their stretches may reach, to be stored. */
const MARGIN_MS = 14 * DAY;

export function createStoredSums({ store, plant, historian, live, entries, counters }: StoredSumsDeps): StoredSums {
  const rules = rulesVersion();
  return {
    async begin(machines, owners, slices) {
      const first = slices[0];
      const last = slices.at(-1);
      if (!first || !last || !historian.connected) return null;
      const goneBefore = (await historian.reader().prunedBefore()) ?? Number.NEGATIVE_INFINITY;
      const all = owners.flatMap((owner) => store.load(owner, first.start, last.end));
      const rows = all.filter((r) => r.slice.start >= goneBefore && isStampable(r.inputs));
      const known: Span = {
        start: rows.reduce((from, { inputs }) => Math.min(from, inputs.start), first.start - MARGIN_MS),
        end: rows.reduce((to, { inputs }) => Math.max(to, inputs.end), last.end + MARGIN_MS),
      };
      const revisions = await historian.reader().factRevisions?.(machines, known.start, known.end);
      if (!revisions) return null;
      const stamp = stamps(machines, revisions);
      const found = new Map<string, StoredSlice>();
      for (const row of all) if (row.slice.start < goneBefore) found.set(keyOf(row.owner, row.slice), row);
      for (const row of rows) {
        if (row.stamp === stamp(row.owner)(row.inputs)) found.set(keyOf(row.owner, row.slice), row);
      }
      const kept: StoredSlice[] = [];
      return {
        get(owner, slice) {
          const row = found.get(keyOf(owner, slice));
          return row && { value: JSON.parse(row.value) as SliceFigures, inputs: row.inputs };
        },
        last(owner, slice) {
          const row = slice.start < goneBefore ? found.get(keyOf(owner, slice)) : undefined;
          return row && (JSON.parse(row.value) as SliceFigures);
        },
        keep(owner, slice, value, context) {
          if (slice.start < goneBefore) return;
          const inputs = inputsOf(machinesOf(owner, machines), slice, context);
          if (inputs.end >= (live.heldFrom ?? Number.POSITIVE_INFINITY)) return;
          if (inputs.start < known.start || inputs.end > known.end || !isStampable(inputs)) return;
          kept.push({ owner, slice, inputs, stamp: stamp(owner)(inputs), value: JSON.stringify(value) });
        },
        save() {
          if (kept.length === 0) return;
          try {
            store.save(kept);
            counters.count('sums_stored', '', kept.length);
          } catch {
            // A full or busy disk costs time at the next question, and no figure.
            counters.count('sums_not_stored', '', kept.length);
          }
        },
      };
    },
  };

  function inputsOf(machines: readonly string[], slice: Span, context: Span): Span {
    const needed = machines.map((id) => piecesNeededFrom(plant(), id, entries.ofMachine(id), slice.start));
    return { start: Math.min(context.start, ...needed), end: context.end };
  }

  /** A stamp per owner and inputs; what an owner's slices share is looked up once. */
  function stamps(all: readonly string[], revisions: FactRevisions): (owner: string) => (inputs: Span) => string {
    const byOwner = new Map<string, (inputs: Span) => string>();
    const plantHash = `${plant().hash} ${enteredInto(plant())}`;
    return (owner) => {
      let own = byOwner.get(owner);
      if (!own) {
        const machines = machinesOf(owner, all);
        const touching = machines.flatMap((id) => entries.ofMachine(id));
        own = (inputs) => stampOf({ rules, plantHash, machines, revisions, entries: touching }, inputs);
        byOwner.set(owner, own);
      }
      return own;
    };
  }
}

function machinesOf(owner: string, all: readonly string[]): readonly string[] {
  return owner.startsWith('machine:') ? [owner.slice('machine:'.length)] : all;
}

function keyOf(owner: string, { start, end }: { readonly start: Instant; readonly end: Instant }): string {
  return `${owner} ${start} ${end}`;
}
