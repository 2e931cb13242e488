import { attributeEnergy } from '#shared/energy/attribute.ts';
import { correctMeterPieces } from '#shared/energy/exchange.ts';
import type { EnergyItem } from '#shared/energy/items.ts';
import { type MeterRow, meterRows, readingsByMeter } from '#shared/energy/meter-rows.ts';
import { metersBehind } from '#shared/energy/scope.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import type { MeterPiece } from '#shared/oee/facts.ts';
import { clipSpans } from '#shared/oee/figures.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { type Plant, valueAt } from '#shared/plant/model.ts';
import { DAY, HOUR, type Instant, MINUTE, type Span } from '#shared/time/instant.ts';
import type { EffectiveEntries } from '../ledger/effective.ts';
import type { Counters } from '../metrics/counters.ts';
import type { SliceCache } from './cache.ts';
import { contextOf, isCovered, keepUntil, runsOf } from './context.ts';
import { type EnergyCell, energyCells } from './energy-cells.ts';
import { type LoadProfile, profilesOf } from './energy-profile.ts';
import type { FactReader } from './facts.ts';
import type { JudgedWindow, WindowJudge } from './judged-window.ts';
import type { StoredSlices } from './stored-slices.ts';

/** Energy through one meter, with everything below it, over one slice. */
export interface EnergySlice {
  readonly cells: readonly EnergyCell[];
  /** Seconds with readings, by real meter. */
  readonly coveredSeconds: ReadonlyMap<string, number>;
  /** kWh in steps of CURVE_MS from the slice's start, by machine; '' is what no machine explains. */
  readonly curves: ReadonlyMap<string, Float32Array>;
  /** What the meter itself read. */
  readonly profile: LoadProfile;
}

export const CURVE_MS = 5 * MINUTE;

export interface EnergySlices {
  /** In the order of `slices`; priced by the tariff of `meter`. */
  of(meter: string, slices: readonly Span[], asOf?: Instant): Promise<readonly EnergySlice[]>;
  /** What a machine drew, as fine as its meters were read; empty where no meter feeds it. Nothing of it is kept. */
  itemsOf(machine: string, from: Instant, to: Instant, asOf?: Instant): Promise<readonly EnergyItem[]>;
}

/** Whose slices they are in the store of sums. */
export function storedOwner(meter: string): string {
  return `energy:${meter}`;
}

/** What correctMeterPieces applies. */
export function isAboutRegisters(entry: Entry): boolean {
  return entry.type === 'meterExchange' || entry.type === 'counterVerdict';
}

/** Attributed at once; between, live screens get their turn. */
const RUN_MS = 8 * HOUR;
/** Kept slices that are younger stay in memory: what live screens compare with, and the month that people look at. */
const IN_MEMORY_MS = 35 * DAY;

export function createEnergySlices(
  plant: (asOf?: Instant) => Plant,
  windows: WindowJudge,
  facts: FactReader,
  entries: EffectiveEntries,
  cache: SliceCache<EnergySlice>,
  clock: () => Instant,
  counters: Counters,
  /** Where slices outlive the process; null: they do not. */
  stored: StoredSlices<EnergySlice> | null = null,
): EnergySlices {
  /** A step that began in the window may end long after it. */
  const stepsFor = async (about: readonly Entry[], from: Instant, asOf?: Instant) =>
    about.length === 0 ? [] : facts.counterEvents(from, (asOf ?? clock()) + HOUR, asOf);

  /** Everything through one meter over a window, uncut. */
  const attributed = async (meter: string, from: Instant, to: Instant, asOf?: Instant) => {
    const here = plant(asOf);
    const meters = metersBehind(here, meter);
    const judged = new Map<string, JudgedWindow>();
    for (const id of fedMachines(here, meters)) judged.set(id, await windows.judge(id, from, to, asOf));
    const about = (asOf === undefined ? entries.all() : entries.asOf(asOf)).filter(isAboutRegisters);
    const meterPieces = correctMeterPieces({
      plant: here,
      meterPieces: await facts.ofMeters(meters, from, to, asOf),
      counterEvents: await stepsFor(about, from, asOf),
      entries: about,
    });
    const spansByMachine = new Map([...judged].map(([id, w]) => [id, w.spans]));
    return {
      judged,
      meterPieces,
      items: attributeEnergy({ plant: here, meter, meterPieces, spansByMachine, from, to }),
    };
  };

  const beginStored = async (meter: string, indices: readonly number[], slices: readonly Span[]) => {
    const meters = metersBehind(plant(), meter);
    const wanted = indices.map((i) => slices[i] as Span);
    const subjects = [...meters, ...fedMachines(plant(), meters)];
    return (await stored?.begin([{ owner: storedOwner(meter), subjects, isAsked: true }], wanted)) ?? null;
  };

  const underWay = new Map<string, Promise<void>>();
  const placeOf = (owner: string, slice: Span): string => `${owner} ${slice.start} ${slice.end}`;

  /** Several screens ask for the same days at once: those that another question works out are waited for, not made twice. */
  const notUnderWay = async (
    owner: string,
    run: readonly number[],
    slices: readonly Span[],
    out: (EnergySlice | undefined)[],
  ): Promise<readonly number[]> => {
    const waits = run.flatMap((i) => underWay.get(placeOf(owner, slices[i] as Span)) ?? []);
    if (waits.length === 0) return run;
    await Promise.all(new Set(waits));
    return run.filter((i) => {
      out[i] ??= cache.get(owner, slices[i] as Span, clock());
      return !out[i];
    });
  };
  const claim = (owner: string, run: readonly number[], slices: readonly Span[]): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const places = run.map((i) => placeOf(owner, slices[i] as Span));
    for (const place of places) underWay.set(place, promise);
    return () => {
      for (const place of places) if (underWay.get(place) === promise) underWay.delete(place);
      resolve();
    };
  };

  return {
    async itemsOf(machine, from, to, asOf) {
      const items: EnergyItem[] = [];
      for (const meter of topMeters(plant(asOf), machine)) {
        for (const item of (await attributed(meter, from, to, asOf)).items)
          if (item.machine === machine) items.push(item);
      }
      return items.sort((a, b) => a.start - b.start);
    },
    async of(meter, slices, asOf) {
      const owner = `meter:${meter}`;
      const now = clock();
      const out = slices.map((slice) => (asOf === undefined ? cache.get(owner, slice, now) : undefined));
      const lost = out.flatMap((held, i) => (held ? [] : [i]));
      counters.count('energy_slices', 'kept', slices.length - lost.length);
      const beginMark = cache.mark();
      const disk = asOf === undefined && lost.length > 0 ? await beginStored(meter, lost, slices) : null;
      for (const i of disk ? lost : []) {
        const slice = slices[i] as Span;
        const row = disk?.get(storedOwner(meter), slice);
        if (!row) continue;
        out[i] = row.value;
        // What is older is read from the disk again: a year of a hundred machines does not fit into memory.
        if (slice.end > now - IN_MEMORY_MS && !cache.changedSince(beginMark, owner, row.inputs)) {
          cache.set(owner, slice, row.value, row.inputs, Number.POSITIVE_INFINITY, now);
        }
      }
      const missing = lost.filter((i) => !out[i]);
      counters.count('energy_slices', 'read', lost.length - missing.length);
      counters.count('energy_slices', 'attributed', missing.length);
      for (const planned of runsOf(slices, missing, RUN_MS)) {
        const left = asOf === undefined ? await notUnderWay(owner, planned, slices, out) : planned;
        if (left.length === 0) continue;
        const release = asOf === undefined ? claim(owner, left, slices) : () => {};
        try {
          // What is left of a run may have holes, and a run must not.
          for (const run of runsOf(slices, left, RUN_MS)) await attributeRun(run);
        } finally {
          release();
        }
        await new Promise((done) => setImmediate(done));
      }
      disk?.save();
      return out as EnergySlice[];

      async function attributeRun(run: readonly number[]): Promise<void> {
        const from = slices[run[0] ?? 0]?.start ?? 0;
        const to = slices[run.at(-1) ?? 0]?.end ?? 0;
        const mark = cache.mark();
        const { judged, meterPieces, items } = await attributed(meter, from, to, asOf);
        const perSlice = distribute(
          items,
          run.map((i) => slices[i] as Span),
          meterPieces,
          meterRows(plant(asOf), readingsByMeter(meterPieces, from, to), meter),
        );
        run.forEach((i, k) => {
          const slice = slices[i] as Span;
          const value = perSlice[k] as EnergySlice;
          out[i] = value;
          if (asOf !== undefined) return;
          const own = [...judged.values()].map((window) => ({ window, spans: clipped(window.spans, slice) }));
          const context = contextOf(slice, own);
          if (!context || cache.changedSince(mark, owner, context)) return;
          const complete = own.every(({ window }) => isCovered(window.known, slice)) && value.coveredSeconds.size > 0;
          cache.set(owner, slice, value, context, keepUntil(complete, slice, now), now);
          if (complete) disk?.keep(storedOwner(meter), slice, value, context);
        });
      }
    },
  };
}

function clipped(spans: readonly JudgedSpan[], slice: Span): readonly JudgedSpan[] {
  return clipSpans(spans, slice.start, slice.end);
}

/** Every machine that one of these meters feeds or has fed. */
export function fedMachines(plant: Plant, meters: Iterable<string>): string[] {
  const fed = new Set<string>();
  for (const id of meters) {
    for (const { value } of plant.meters.get(id)?.feeds ?? []) for (const { machine } of value) fed.add(machine);
  }
  return [...fed];
}

/** Real meters that feed a machine at an instant. */
export function feedingMeters(plant: Plant, machine: string, at: Instant): string[] {
  return [...plant.meters.values()]
    .filter(
      (m) => m.sum === null && m.medium === 'electricity' && valueAt(m.feeds, at).some((f) => f.machine === machine),
    )
    .map((m) => m.id);
}

/** Meters that feed or have fed a machine, without those below another of them: each reading counts once. */
function topMeters(plant: Plant, machine: string): string[] {
  const feeding = [...plant.meters.values()].filter(
    ({ sum, medium, feeds }) =>
      sum === null &&
      medium === 'electricity' &&
      feeds.some(({ value }) => value.some((fed) => fed.machine === machine)),
  );
  const below = new Set(feeding.flatMap(({ id }) => metersBehind(plant, id).filter((other) => other !== id)));
  return feeding.map(({ id }) => id).filter((id) => !below.has(id));
}

/** Electricity meters that no other meter stands above: what the site draws. */
export function rootMeters(plant: Plant): string[] {
  return [...plant.meters.values()]
    .filter((m) => m.parent === null && m.sum === null && m.medium === 'electricity')
    .map((m) => m.id);
}

/** Items and readings of a run of consecutive slices, each to its slice. Rows of facts never cross a whole minute. */
function distribute(
  items: readonly EnergyItem[],
  slices: readonly Span[],
  meterPieces: readonly MeterPiece[],
  rows: readonly MeterRow[],
): EnergySlice[] {
  const profiles = profilesOf(rows, slices);
  const own = slices.map(() => ({ items: [] as EnergyItem[], covered: new Map<string, number>() }));
  const first = slices[0]?.start ?? 0;
  const at = (t: Instant): number => {
    let low = 0;
    let high = slices.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((slices[middle]?.end ?? first) <= t) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  for (const item of items) own[at(item.start)]?.items.push(item);
  for (const piece of meterPieces) {
    if (piece.machine !== '' || piece.void === true) continue;
    const covered = own[at(piece.start)]?.covered;
    covered?.set(piece.meter, (covered.get(piece.meter) ?? 0) + piece.coveredSeconds);
  }
  return own.map(({ items: list, covered }, i) => ({
    cells: energyCells(list),
    coveredSeconds: covered,
    curves: curvesOf(list, slices[i] as Span),
    profile: profiles[i] as LoadProfile,
  }));
}

function curvesOf(items: readonly EnergyItem[], slice: Span): Map<string, Float32Array> {
  const steps = Math.max(1, Math.ceil((slice.end - slice.start) / CURVE_MS));
  const curves = new Map<string, Float32Array>();
  for (const item of items) {
    const key = item.machine ?? '';
    let curve = curves.get(key);
    if (!curve) {
      curve = new Float32Array(steps);
      curves.set(key, curve);
    }
    const step = Math.min(steps - 1, Math.floor((item.start - slice.start) / CURVE_MS));
    curve[step] = (curve[step] ?? 0) + item.energyWh / 1000;
  }
  return curves;
}
