import { hash } from 'node:crypto';
import { piecesNeededFrom } from '#shared/oee/corrections.ts';
import type { Plant } from '#shared/plant/model.ts';
import { DAY, type Instant, type Span } from '#shared/time/instant.ts';
import type { HistorianLink } from '../historian/link.ts';
import type { EffectiveEntries } from '../ledger/effective.ts';
import type { LiveStore } from '../live/store.ts';
import type { Counters } from '../metrics/counters.ts';
import type { EnergyCell } from './energy-cells.ts';
import type { EnergySlice } from './energy-slices.ts';
import { rulesVersion } from './rules-version.ts';
import { isStampable, stampOf } from './stamp.ts';
import type { StoredSlice, SumStore } from './sum-store.ts';

/*
 * Energy of calendar slices that outlives the process: what stored-sums.ts is for figures.
 *
 * - A slice rests on the facts of its meters and of the machines that they feed, on entries about either, on the plant file
 *   and on the prices and CO2 factors that it names. Its stamp is of all of them.
 * - Only what the historian alone gave is stored, and only from a historian that counts its writes.
 */
export interface StoredEnergy {
  begin(meter: string, subjects: readonly string[], slices: readonly Span[]): Promise<StoredEnergyWindow | null>;
}

export interface StoredEnergyWindow {
  get(slice: Span): { readonly value: EnergySlice; readonly inputs: Span } | undefined;
  keep(slice: Span, value: EnergySlice, context: Span): void;
  save(): void;
}

export interface StoredEnergyDeps {
  readonly store: SumStore;
  readonly plant: () => Plant;
  readonly historian: HistorianLink;
  readonly live: Pick<LiveStore, 'heldFrom'>;
  readonly entries: EffectiveEntries;
  readonly counters: Counters;
}

const MARGIN_MS = 14 * DAY;

export function createStoredEnergy(deps: StoredEnergyDeps): StoredEnergy {
  const { store, plant, historian, live, entries, counters } = deps;
  const rules = rulesVersion();
  return {
    async begin(meter, subjects, slices) {
      const first = slices[0];
      const last = slices.at(-1);
      if (!first || !last || !historian.connected) return null;
      const owner = `energy:${meter}`;
      const goneBefore = (await historian.reader().prunedBefore()) ?? Number.NEGATIVE_INFINITY;
      const all = store.load(owner, first.start, last.end);
      const rows = all.filter((r) => r.slice.start >= goneBefore && isStampable(r.inputs));
      const known: Span = {
        start: rows.reduce((from, { inputs }) => Math.min(from, inputs.start), first.start - MARGIN_MS),
        end: rows.reduce((to, { inputs }) => Math.max(to, inputs.end), last.end + MARGIN_MS),
      };
      const revisions = await historian.reader().factRevisions?.(subjects, known.start, known.end);
      if (!revisions) return null;
      const here = plant();
      const touching = entries.all().filter((entry) => isAbout(entry, subjects));
      const plantHash = `${here.hash} ${pricesHash(here)}`;
      const stamp = (inputs: Span): string =>
        stampOf({ rules, plantHash, machines: subjects, revisions, entries: touching }, inputs);
      const found = new Map<string, StoredSlice>();
      // What stored-sums.ts says of minutes that are gone holds here too.
      for (const row of all) if (row.slice.start < goneBefore) found.set(keyOf(row.slice), row);
      for (const row of rows) if (row.stamp === stamp(row.inputs)) found.set(keyOf(row.slice), row);
      const kept: StoredSlice[] = [];
      return {
        get(slice) {
          const row = found.get(keyOf(slice));
          return row && { value: decodeSlice(row.value), inputs: row.inputs };
        },
        keep(slice, value, context) {
          if (slice.start < goneBefore) return;
          const needed = subjects
            .filter((id) => here.machines.has(id))
            .map((id) => piecesNeededFrom(here, id, entries.ofMachine(id), slice.start));
          const inputs = { start: Math.min(context.start, ...needed), end: context.end };
          if (inputs.end >= (live.heldFrom ?? Number.POSITIVE_INFINITY)) return;
          if (inputs.start < known.start || inputs.end > known.end || !isStampable(inputs)) return;
          kept.push({ owner, slice, inputs, stamp: stamp(inputs), value: encodeSlice(value) });
        },
        save() {
          if (kept.length === 0) return;
          try {
            store.save(kept);
            counters.count('energy_sums_stored', '', kept.length);
          } catch {
            // A full or busy disk costs time at the next question, and no figure.
            counters.count('energy_sums_not_stored', '', kept.length);
          }
        },
      };
    },
  };
}

function isAbout(entry: object, subjects: readonly string[]): boolean {
  if ('machine' in entry && typeof entry.machine === 'string') return subjects.includes(entry.machine);
  if ('meter' in entry && typeof entry.meter === 'string') return subjects.includes(entry.meter);
  if ('signal' in entry && typeof entry.signal === 'string') return subjects.includes(entry.signal.split('.')[0] ?? '');
  return true;
}

function keyOf({ start, end }: { readonly start: Instant; readonly end: Instant }): string {
  return `${start} ${end}`;
}

const priced = new WeakMap<Plant, string>();

/** Tariffs and factors as read: a price file that the plant file names changes them and not the plant file. */
function pricesHash(plant: Plant): string {
  let found = priced.get(plant);
  if (found === undefined) {
    found = hash('sha1', JSON.stringify([[...plant.tariffs], plant.carbon]), 'base64url');
    priced.set(plant, found);
  }
  return found;
}

const NUMBERS = ['kWh', 'pricedKWh', 'cost', 'factoredKWh', 'co2Kg', 'marketKWh', 'co2MarketKg'] as const;
const LABELS = ['meter', 'machine', 'band', 'state', 'category', 'product', 'order'] as const;

/** Compact text: labels once in a table, arrays of numbers as base64. A month of a hundred machines is some ten megabytes. */
export function encodeSlice({ cells, coveredSeconds, curves, profile }: EnergySlice): string {
  const words: (string | null)[] = [];
  const places = new Map<string | null, number>();
  const place = (word: string | null): number => {
    let at = places.get(word);
    if (at === undefined) {
      at = words.push(word) - 1;
      places.set(word, at);
    }
    return at;
  };
  return JSON.stringify({
    cells: cells.map((cell) => [
      ...LABELS.map((label) => place(cell[label])),
      ...NUMBERS.map((name) => cell[name]),
      cell.estimated ? 1 : 0,
    ]),
    words,
    covered: [...coveredSeconds],
    curves: [...curves].map(([machine, curve]) => [machine, base64(curve)]),
    profile: {
      firstBin: profile.firstBin,
      energyWh: base64(profile.energyWh),
      exportWh: base64(profile.exportWh),
      varh: base64(profile.varh),
      coveredSeconds: base64(profile.coveredSeconds),
    },
  });
}

interface Encoded {
  readonly cells: readonly (readonly number[])[];
  readonly words: readonly (string | null)[];
  readonly covered: readonly (readonly [string, number])[];
  readonly curves: readonly (readonly [string, string])[];
  readonly profile: Readonly<Record<'energyWh' | 'exportWh' | 'varh' | 'coveredSeconds', string>> & {
    readonly firstBin: number;
  };
}

export function decodeSlice(text: string): EnergySlice {
  const { cells, words, covered, curves, profile } = JSON.parse(text) as Encoded;
  return {
    cells: cells.map((row) => {
      const cell: Record<string, unknown> = { estimated: row[LABELS.length + NUMBERS.length] === 1 };
      LABELS.forEach((label, i) => {
        cell[label] = words[row[i] ?? -1];
      });
      NUMBERS.forEach((name, i) => {
        cell[name] = row[LABELS.length + i];
      });
      return cell as unknown as EnergyCell;
    }),
    coveredSeconds: new Map(covered),
    curves: new Map(curves.map(([machine, curve]) => [machine, new Float32Array(bytesOf(curve))])),
    profile: {
      firstBin: profile.firstBin,
      energyWh: new Float64Array(bytesOf(profile.energyWh)),
      exportWh: new Float64Array(bytesOf(profile.exportWh)),
      varh: new Float64Array(bytesOf(profile.varh)),
      coveredSeconds: new Float64Array(bytesOf(profile.coveredSeconds)),
    },
  };
}

function base64(values: Float32Array | Float64Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

function bytesOf(text: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(text, 'base64')).buffer;
}
