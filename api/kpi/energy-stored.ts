import { hash } from 'node:crypto';
import type { Plant } from '#shared/plant/model.ts';
import type { EnergyCell } from './energy-cells.ts';
import type { EnergySlice } from './energy-slices.ts';
import type { StoredKind } from './stored-slices.ts';

/*
 * Energy slices as text in the store of sums: labels once in a table, numbers as base64. A month of a hundred machines is some
 * ten megabytes.
 *
 * - Cells and curves are most of it. A bill wants neither, few questions want curves: each is read when somebody looks, and its
 *   text let go.
 * - The rules that judge are named by their code, this file with it, so that text of another shape is never read.
 */
export const STORED_ENERGY: StoredKind<EnergySlice> = {
  name: 'energy_sums',
  encode: encodeSlice,
  decode: decodeSlice,
  print: pricesHash,
};

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
const ROW = LABELS.length + 1;

interface Encoded {
  readonly words: readonly (string | null)[];
  /** Uint16: for each cell its labels as places in `words`, and 1 where it is estimated. */
  readonly labels: string;
  /** Float64: NUMBERS of each cell. */
  readonly numbers: string;
  readonly covered: readonly (readonly [string, number])[];
  readonly curveNames: readonly string[];
  /** Float32, of one length each. */
  readonly curves: string;
  readonly profile: Readonly<Record<'energyWh' | 'exportWh' | 'varh' | 'coveredSeconds', string>> & {
    readonly firstBin: number;
  };
}

function encodeSlice({ cells, coveredSeconds, curves, profile }: EnergySlice): string {
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
  const labels = new Uint16Array(cells.length * ROW);
  const numbers = new Float64Array(cells.length * NUMBERS.length);
  cells.forEach((cell, i) => {
    LABELS.forEach((label, k) => {
      labels[i * ROW + k] = place(cell[label]);
    });
    labels[i * ROW + LABELS.length] = cell.estimated ? 1 : 0;
    NUMBERS.forEach((name, k) => {
      numbers[i * NUMBERS.length + k] = cell[name];
    });
  });
  const [firstCurve] = curves.values();
  const steps = firstCurve?.length ?? 0;
  const all = new Float32Array(curves.size * steps);
  [...curves.values()].forEach((curve, i) => {
    all.set(curve, i * steps);
  });
  const encoded: Encoded = {
    words,
    labels: base64(labels),
    numbers: base64(numbers),
    covered: [...coveredSeconds],
    curveNames: [...curves.keys()],
    curves: base64(all),
    profile: {
      firstBin: profile.firstBin,
      energyWh: base64(profile.energyWh),
      exportWh: base64(profile.exportWh),
      varh: base64(profile.varh),
      coveredSeconds: base64(profile.coveredSeconds),
    },
  };
  return JSON.stringify(encoded);
}

function decodeSlice(text: string): EnergySlice {
  const { words, labels, numbers, covered, curveNames, curves, profile } = JSON.parse(text) as Encoded;
  const cells = once({ labels, numbers }, (given) =>
    cellsOf(words, new Uint16Array(bytesOf(given.labels)), new Float64Array(bytesOf(given.numbers))),
  );
  const curvesRead = once(curves, (given) => curvesOf(curveNames, new Float32Array(bytesOf(given))));
  return {
    get cells() {
      return cells();
    },
    coveredSeconds: new Map(covered),
    get curves() {
      return curvesRead();
    },
    profile: {
      firstBin: profile.firstBin,
      energyWh: new Float64Array(bytesOf(profile.energyWh)),
      exportWh: new Float64Array(bytesOf(profile.exportWh)),
      varh: new Float64Array(bytesOf(profile.varh)),
      coveredSeconds: new Float64Array(bytesOf(profile.coveredSeconds)),
    },
  };
}

/** Reads what is given at the first call, and lets go of it. */
function once<Given, Read>(given: Given, read: (given: Given) => Read): () => Read {
  let held: { readonly given: Given } | { readonly read: Read } = { given };
  return () => {
    if ('given' in held) held = { read: read(held.given) };
    return held.read;
  };
}

function cellsOf(words: readonly (string | null)[], labels: Uint16Array, numbers: Float64Array): EnergyCell[] {
  const cells: EnergyCell[] = [];
  for (let at = 0, n = 0; at < labels.length; at += ROW, n += NUMBERS.length) {
    const word = (k: number): string | null => words[labels[at + k] ?? -1] ?? null;
    const number = (k: number): number => numbers[n + k] ?? 0;
    cells.push({
      meter: word(0) ?? '',
      machine: word(1),
      band: word(2) ?? '',
      state: word(3) as EnergyCell['state'],
      category: word(4) as EnergyCell['category'],
      product: word(5) ?? '',
      order: word(6) ?? '',
      kWh: number(0),
      pricedKWh: number(1),
      cost: number(2),
      factoredKWh: number(3),
      co2Kg: number(4),
      marketKWh: number(5),
      co2MarketKg: number(6),
      estimated: labels[at + LABELS.length] === 1,
    });
  }
  return cells;
}

function curvesOf(names: readonly string[], all: Float32Array): ReadonlyMap<string, Float32Array> {
  const steps = names.length === 0 ? 0 : all.length / names.length;
  return new Map(names.map((name, i) => [name, all.subarray(i * steps, (i + 1) * steps)]));
}

function base64(values: Uint16Array | Float32Array | Float64Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

function bytesOf(text: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(text, 'base64')).buffer;
}
