import { enteredInto } from '#shared/ledger/plan.ts';
import { subjectOf } from '#shared/ledger/subject.ts';
import { piecesNeededFrom } from '#shared/oee/corrections.ts';
import type { Plant } from '#shared/plant/model.ts';
import { DAY, type Instant, type Span } from '#shared/time/instant.ts';
import type { HistorianLink } from '../historian/link.ts';
import type { EffectiveEntries } from '../ledger/effective.ts';
import type { LiveStore } from '../live/store.ts';
import type { Counters } from '../metrics/counters.ts';
import { rulesVersion } from './rules-version.ts';
import { isStampable, stampOf } from './stamp.ts';
import type { StoredSlice, SumStore } from './sum-store.ts';

/*
 * Slices that outlive the process, beside the facts that they come from: sums of figures, and energy.
 *
 * - What is stored holds only while its stamp is that of its inputs now: rules, plant file, entries, writes to the facts.
 * - The count of writes is read before the facts are: a write in between leaves a stamp that is old at once.
 * - Only what the historian alone gave is stored: memory may know what the historian does not have yet, or have missed what it
 *   has.
 * - Where the minutes are gone (the historian keeps them for some years), what was stored is all that is left of them: it
 *   holds whatever its stamp, and nothing is judged or stored in its place.
 */
export interface StoredSlices<V> {
  /** What is stored of these slices and holds; null where the historian does not count writes, or is not there. */
  begin(owners: readonly SliceOwner[], slices: readonly Span[]): Promise<StoredWindow<V> | null>;
}

export interface SliceOwner {
  readonly owner: string;
  /** Machines and meters whose facts and entries its slices rest on. */
  readonly subjects: readonly string[];
  /** False where its slices are only written: nothing stored of it is read. */
  readonly isAsked: boolean;
}

export interface StoredWindow<V> {
  get(owner: string, slice: Span): { readonly value: V; readonly inputs: Span } | undefined;
  /** What is stored of a slice whose minutes are gone. */
  last(owner: string, slice: Span): V | undefined;
  /** Whole figures, judged from facts that were read after `begin`; stored by `save`. */
  keep(owner: string, slice: Span, value: V, context: Span): void;
  save(): void;
}

/** What is stored: how it is written down, and what else of the plant than its file it rests on. */
export interface StoredKind<V> {
  /** Of the counters `<name>_stored` and `<name>_not_stored`. */
  readonly name: string;
  encode(value: V): string;
  decode(text: string): V;
  print(plant: Plant): string;
}

export interface StoredSlicesDeps {
  readonly store: SumStore;
  readonly plant: () => Plant;
  readonly historian: Pick<HistorianLink, 'connected' | 'reader'>;
  readonly live: Pick<LiveStore, 'heldFrom'>;
  readonly entries: EffectiveEntries;
  readonly counters: Counters;
}

/** How far before and after the slices asked for their stretches may reach, to be stored. */
const MARGIN_MS = 14 * DAY;

export function createStoredSlices<V>(kind: StoredKind<V>, deps: StoredSlicesDeps): StoredSlices<V> {
  const { store, plant, historian, live, entries, counters } = deps;
  const rules = rulesVersion();
  return {
    async begin(owners, slices) {
      const first = slices[0];
      const last = slices.at(-1);
      if (!first || !last || !historian.connected) return null;
      const goneBefore = (await historian.reader().prunedBefore()) ?? Number.NEGATIVE_INFINITY;
      const all = owners.flatMap(({ owner, isAsked }) => (isAsked ? store.load(owner, first.start, last.end) : []));
      const rows = all.filter((r) => r.slice.start >= goneBefore && isStampable(r.inputs));
      const known: Span = {
        start: rows.reduce((from, { inputs }) => Math.min(from, inputs.start), first.start - MARGIN_MS),
        end: rows.reduce((to, { inputs }) => Math.max(to, inputs.end), last.end + MARGIN_MS),
      };
      const everybody = [...new Set(owners.flatMap(({ subjects }) => subjects))];
      const revisions = await historian.reader().factRevisions?.(everybody, known.start, known.end);
      if (!revisions) return null;
      const here = plant();
      const subjectsOf = new Map(owners.map(({ owner, subjects }) => [owner, subjects]));
      const stamps = new Map<string, (inputs: Span) => string>();
      /** What an owner's slices share is looked up once. */
      const stamp = (owner: string, inputs: Span): string => {
        let own = stamps.get(owner);
        if (!own) {
          const machines = subjectsOf.get(owner) ?? [];
          const touching = entries.all().filter((entry) => {
            const subject = subjectOf(entry);
            return subject === null || machines.includes(subject);
          });
          const plantHash = `${here.hash} ${enteredInto(here)} ${kind.print(here)}`;
          own = (of) => stampOf({ rules, plantHash, machines, revisions, entries: touching }, of);
          stamps.set(owner, own);
        }
        return own(inputs);
      };
      const found = new Map<string, StoredSlice>();
      for (const row of all) if (row.slice.start < goneBefore) found.set(keyOf(row.owner, row.slice), row);
      for (const row of rows)
        if (row.stamp === stamp(row.owner, row.inputs)) found.set(keyOf(row.owner, row.slice), row);
      const kept: StoredSlice[] = [];
      return {
        get(owner, slice) {
          const row = found.get(keyOf(owner, slice));
          return row && { value: kind.decode(row.value), inputs: row.inputs };
        },
        last(owner, slice) {
          const row = slice.start < goneBefore ? found.get(keyOf(owner, slice)) : undefined;
          return row && kind.decode(row.value);
        },
        keep(owner, slice, value, context) {
          if (slice.start < goneBefore) return;
          const needed = (subjectsOf.get(owner) ?? [])
            .filter((id) => here.machines.has(id))
            .map((id) => piecesNeededFrom(here, id, entries.ofMachine(id), slice.start));
          const inputs = { start: Math.min(context.start, ...needed), end: context.end };
          if (inputs.end >= (live.heldFrom ?? Number.POSITIVE_INFINITY)) return;
          if (inputs.start < known.start || inputs.end > known.end || !isStampable(inputs)) return;
          kept.push({ owner, slice, inputs, stamp: stamp(owner, inputs), value: kind.encode(value) });
        },
        save() {
          if (kept.length === 0) return;
          try {
            store.save(kept);
            counters.count(`${kind.name}_stored`, '', kept.length);
          } catch {
            // A full or busy disk costs time at the next question, and no figure.
            counters.count(`${kind.name}_not_stored`, '', kept.length);
          }
        },
      };
    },
  };
}

function keyOf(owner: string, { start, end }: { readonly start: Instant; readonly end: Instant }): string {
  return `${owner} ${start} ${end}`;
}
