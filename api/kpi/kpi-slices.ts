import { isCounted } from '#shared/oee/counted.ts';
import type { CounterEvent } from '#shared/oee/facts.ts';
import { addSpan, clipSpans } from '#shared/oee/figures.ts';
import { findingsOf } from '#shared/oee/findings.ts';
import type { Finding, JudgedSpan } from '#shared/oee/judged.ts';
import { constraintAt, lineSpans } from '#shared/oee/line.ts';
import { addSums, type MutableSums, zeroSums } from '#shared/oee/sums.ts';
import { targetCount } from '#shared/oee/target.ts';
import type { Line, Plant } from '#shared/plant/model.ts';
import type { Instant, Span } from '#shared/time/instant.ts';
import type { Counters } from '../metrics/counters.ts';
import type { SliceCache } from './cache.ts';
import { contextOf, isCovered, keepUntil, runsOf } from './context.ts';
import type { JudgedWindow, WindowJudge } from './judged-window.ts';
import type { StoredKind, StoredSlices } from './stored-slices.ts';

/** Sums of one machine or line over one slice, by product and order. */
export interface SliceFigures {
  readonly cells: readonly KpiCell[];
  /** Pieces due; null where there is no target. */
  readonly target: number | null;
  readonly findings: readonly Finding[];
}

export interface KpiCell {
  readonly product: string;
  readonly order: string;
  readonly sums: MutableSums;
}

export interface KpiSlices {
  /**
   * Figures of the line or of each of its machines, keyed `line:ID` and `machine:ID`, in the order of `slices`. What is judged
   * is kept for both.
   */
  ofLine(
    line: Line,
    slices: readonly Span[],
    wanted: 'line' | 'machines' | 'both',
    asOf?: Instant,
  ): Promise<ReadonlyMap<string, readonly SliceFigures[]>>;
  ofMachine(machine: string, slices: readonly Span[], asOf?: Instant): Promise<readonly SliceFigures[]>;
}

/** As they are stored: nothing but the plant file, and what was entered into it, decides. */
export const STORED_FIGURES: StoredKind<SliceFigures> = {
  name: 'sums',
  encode: (value) => JSON.stringify(value),
  decode: (text) => JSON.parse(text) as SliceFigures,
  print: () => '',
};

/** Runs of slices are judged at once up to this length, then others get a turn. */
const RUN_MS = 2 * 86_400_000;

export function createKpiSlices(
  plant: (asOf?: Instant) => Plant,
  windows: WindowJudge,
  cache: SliceCache<SliceFigures>,
  clock: () => Instant,
  counters: Counters,
  stored: StoredSlices<SliceFigures> | null = null,
): KpiSlices {
  /** Judges runs of missing slices and hands each slice's spans on. */
  const fill = async (
    machines: readonly string[],
    owners: readonly string[],
    wanted: readonly string[],
    slices: readonly Span[],
    asOf: Instant | undefined,
    figure: (
      owner: string,
      slice: Span,
      spans: ReadonlyMap<string, readonly JudgedSpan[]>,
      steps: readonly CounterEvent[],
    ) => SliceFigures,
  ): Promise<Map<string, SliceFigures[]>> => {
    const now = clock();
    const out = new Map(owners.map((owner) => [owner, new Array<SliceFigures>(slices.length)]));
    let missing: number[] = [];
    slices.forEach((slice, i) => {
      const held = asOf === undefined ? wanted.map((owner) => cache.get(owner, slice, now)) : [undefined];
      if (held.some((h) => h === undefined)) missing.push(i);
      else for (const [k, owner] of wanted.entries()) replace(out, owner, i, held[k]);
    });
    counters.count('kpi_slices', 'kept', slices.length - missing.length);
    const begun = cache.mark();
    const onDisk = owners.map((owner) => ({
      owner,
      subjects: machinesOf(owner, machines),
      isAsked: wanted.includes(owner),
    }));
    const disk = asOf === undefined ? await stored?.begin(onDisk, pickSlices(slices, missing)) : null;
    if (disk) {
      const before = missing.length;
      missing = missing.filter((i) => {
        const slice = slices[i] as Span;
        const found = wanted.map((owner) => disk.get(owner, slice));
        for (const [k, owner] of wanted.entries()) {
          const sums = found[k];
          if (!sums) return true;
          replace(out, owner, i, sums.value);
          if (!cache.changedSince(begun, owner, sums.inputs)) {
            cache.set(owner, slice, sums.value, sums.inputs, Number.POSITIVE_INFINITY, now);
          }
        }
        return false;
      });
      counters.count('kpi_slices', 'stored', before - missing.length);
    }
    counters.count('kpi_slices', 'judged', missing.length);
    for (const run of runsOf(slices, missing, RUN_MS)) {
      const from = slices[run[0] ?? 0]?.start ?? 0;
      const to = slices[run.at(-1) ?? 0]?.end ?? 0;
      const mark = cache.mark();
      const judged = new Map<string, JudgedWindow>();
      for (const id of machines) judged.set(id, await windows.judge(id, from, to, asOf));
      const steps = [...judged.values()].flatMap((window) => window.counterEvents);
      for (const i of run) {
        const slice = slices[i] as Span;
        const spans = new Map([...judged].map(([id, w]) => [id, clipSpans(w.spans, slice.start, slice.end)]));
        for (const owner of owners) {
          const last = disk?.last(owner, slice);
          const value = last ?? figure(owner, slice, spans, steps);
          replace(out, owner, i, value);
          if (asOf !== undefined || last) continue;
          const own = machinesOf(owner, machines);
          const parts = own.flatMap((id) => {
            const window = judged.get(id);
            return window ? [{ window, spans: spans.get(id) ?? [] }] : [];
          });
          const context = contextOf(slice, parts);
          if (!context || cache.changedSince(mark, owner, context)) continue;
          const complete = parts.every(({ window }) => isCovered(window.known, slice));
          cache.set(owner, slice, value, context, keepUntil(complete, slice, now), now);
          if (complete) disk?.keep(owner, slice, value, context);
        }
      }
    }
    disk?.save();
    return out;
  };

  const counts = (id: string, asOf?: Instant): boolean => {
    const machine = plant(asOf).machines.get(id);
    return machine !== undefined && isCounted(machine);
  };
  const machineFigures = (
    id: string,
    spans: readonly JudgedSpan[],
    counterEvents: readonly CounterEvent[],
    asOf?: Instant,
  ): SliceFigures => ({
    cells: cellsOf(spans),
    target: counts(id, asOf) ? targetCount(plant(asOf), id, spans) : null,
    findings: findingsOf({
      plant: plant(asOf),
      machine: id,
      spans,
      entries: windows.entriesOf(id, asOf),
      counterEvents,
    }),
  });

  return {
    async ofLine(line, slices, which, asOf) {
      const lineOwner = `line:${line.id}`;
      const own = line.machines.map((id) => `machine:${id}`);
      const owners = [...own, lineOwner];
      const wanted = which === 'both' ? owners : which === 'line' ? [lineOwner] : own;
      return fill(line.machines, owners, wanted, slices, asOf, (owner, slice, spans, steps) => {
        if (owner !== lineOwner) {
          const id = owner.slice('machine:'.length);
          return machineFigures(id, spans.get(id) ?? [], steps, asOf);
        }
        const of = line.machines.map((id) => machineFigures(id, spans.get(id) ?? [], steps, asOf));
        const findings = of.flatMap((f) => f.findings);
        const constraint = constraintAt(plant(asOf), line.id, slice.start);
        if (constraint === null) {
          return {
            cells: mergeCells(of.flatMap((f) => f.cells)),
            target: sumTargets(of.filter((_, i) => counts(line.machines[i] ?? '', asOf)).map((f) => f.target)),
            findings,
          };
        }
        const whole = lineSpans(plant(asOf), line.id, spans);
        return { cells: cellsOf(whole), target: targetCount(plant(asOf), constraint, whole), findings };
      });
    },
    async ofMachine(machine, slices, asOf) {
      const owner = `machine:${machine}`;
      const all = await fill([machine], [owner], [owner], slices, asOf, (_owner, _slice, spans, steps) =>
        machineFigures(machine, spans.get(machine) ?? [], steps, asOf),
      );
      return all.get(owner) ?? [];
    },
  };
}

/** Of an owner: one machine, or all of the line. */
function machinesOf(owner: string, all: readonly string[]): readonly string[] {
  return owner.startsWith('machine:') ? [owner.slice('machine:'.length)] : all;
}

function pickSlices(slices: readonly Span[], which: readonly number[]): Span[] {
  return which.flatMap((i) => slices[i] ?? []);
}

function replace(out: Map<string, SliceFigures[]>, owner: string, i: number, value: SliceFigures | undefined): void {
  const list = out.get(owner);
  if (list && value) list[i] = value;
}

function cellsOf(spans: readonly JudgedSpan[]): KpiCell[] {
  const cells = new Map<string, KpiCell>();
  let last: KpiCell = { product: '', order: '', sums: zeroSums() };
  for (const span of spans) {
    const { product, order } = span;
    if (cells.size === 0 || last.product !== product || last.order !== order) {
      const key = `${product}|${order}`;
      last = cells.get(key) ?? { product, order, sums: zeroSums() };
      cells.set(key, last);
    }
    addSpan(last.sums, span);
  }
  return [...cells.values()];
}

export function mergeCells(cells: readonly KpiCell[]): KpiCell[] {
  const merged = new Map<string, KpiCell>();
  for (const { product, order, sums } of cells) {
    const key = `${product}|${order}`;
    const held = merged.get(key);
    if (held) addSums(held.sums, sums);
    else merged.set(key, { product, order, sums: { ...sums } });
  }
  return [...merged.values()];
}

/** A sum in which one part is unknown is unknown. */
export function sumTargets(targets: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const target of targets) {
    if (target === null) return null;
    sum += target;
  }
  return targets.length > 0 ? sum : null;
}
