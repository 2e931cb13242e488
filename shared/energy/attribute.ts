import type { MeterPiece } from '../oee/facts.ts';
import type { JudgedSpan } from '../oee/judged.ts';
import { type Plant, valueAt } from '../plant/model.ts';
import type { ShiftInstance } from '../time/calendar.ts';
import type { Instant, Span } from '../time/instant.ts';
import { energyGrid } from './grid.ts';
import { cutItems, type EnergyItem, plainCells, type WeightedCell, weighCells } from './items.ts';
import {
  alignRows,
  commonSeconds,
  knownShare,
  type MachineRow,
  type MeterRow,
  meterRows,
  type ReadingsByMeter,
  readingsByMeter,
  readingsOf,
} from './meter-rows.ts';
import { metersBelow } from './scope.ts';
import { firstEndingAfter } from './search.ts';

/*
 * Whose energy it was, and in what state and category (RULES sections 4 and 9).
 *
 * - The items of a meter add up to what the meter measured: by machine and rest, by state, by category, by band, by shift.
 * - A meter's own part is what it measured minus the meters below it. It goes to the machines that it feeds, by share, or
 *   it is the unmetered rest (machine null). So a main meter and its sub-meters are never added. Where sub-meters read
 *   more than the main does, the rest is negative, and stays so: it is a finding, not a repair.
 * - All of it is priced by the tariff of the meter that was asked for, so that its parts add up to its cost.
 * - Inside a row of facts power is uniform; a judged span takes its share by overlap.
 */

export interface AttributionInput {
  readonly plant: Plant;
  readonly meter: string;
  /** Facts of the meter and of every meter of `metersBehind`. */
  readonly meterPieces: readonly MeterPiece[];
  readonly spansByMachine: ReadonlyMap<string, readonly JudgedSpan[]>;
  readonly from: Instant;
  readonly to: Instant;
  /** Shifts for energy that belongs to no machine, in order; without them its shift is null. */
  readonly siteShifts?: readonly ShiftInstance[];
}

export type Emit = (item: EnergyItem) => void;

export function attributeEnergy(input: AttributionInput): EnergyItem[] {
  const items: EnergyItem[] = [];
  eachEnergyItem(input, (item) => items.push(item));
  return items;
}

/** The same one by one, for windows whose items are too many to keep: a month of a plant is half a million. */
export function eachEnergyItem(input: AttributionInput, emit: Emit): void {
  const { plant, meter, from, to } = input;
  const readings = readingsByMeter(input.meterPieces, from, to);
  visit(meter, plainCells(energyGrid(plant, meter, from, to)));

  function visit(id: string, cells: readonly WeightedCell[]): void {
    const sum = plant.meters.get(id)?.sum;
    if (sum) {
      const aligned = alignRows(sum.map((term) => meterRows(plant, readings, term.meter)));
      sum.forEach((term, i) => {
        const weights = aligned.map(({ start, end, rows }) => {
          const row = rows[i];
          return { start, end, weight: row ? term.sign * knownShare(row, commonSeconds(rows)) : 0 };
        });
        visit(term.meter, weighCells(cells, weights));
      });
      return;
    }
    const below = metersBelow(plant, id);
    for (const child of below) visit(child, cells);
    for (const row of ownRows(readings, id, below)) shareOut(input, readings, id, row, cells, emit);
  }
}

/** A stretch of a meter: what it measured, and what is left of that after the meters below it. */
interface OwnRow extends MeterRow {
  readonly measuredWh: number;
}

function ownRows(readings: ReadingsByMeter, meter: string, below: readonly string[]): OwnRow[] {
  const own = readingsOf(readings, meter).whole;
  if (below.length === 0) return own.map((row) => ({ ...row, measuredWh: row.energyWh }));
  const cells = alignRows([own, ...below.map((child) => readingsOf(readings, child).whole)]);
  return cells.map(({ start, end, rows }) => {
    const [main, ...children] = rows;
    const childrenWh = children.reduce((wh, row) => wh + (row?.energyWh ?? 0), 0);
    const measuredWh = main?.energyWh ?? 0;
    return {
      start,
      end,
      measuredWh,
      energyWh: measuredWh - childrenWh,
      exportWh: main?.exportWh ?? 0,
      varh: main?.varh ?? 0,
      coveredSeconds: main?.coveredSeconds ?? 0,
      estimated: rows.some((row) => row?.estimated),
    };
  });
}

function shareOut(
  input: AttributionInput,
  readings: ReadingsByMeter,
  meter: string,
  row: OwnRow,
  cells: readonly WeightedCell[],
  emit: Emit,
): void {
  const feeds = valueAt(input.plant.meters.get(meter)?.feeds ?? [{ validFrom: 0, value: [] }], row.start);
  let shared = 0;
  for (const { machine, share } of feeds) {
    shared += share;
    const machineRows = readingsOf(readings, meter).byMachine.get(machine) ?? [];
    for (const part of machineParts(row, machineRows)) {
      const spans = input.spansByMachine.get(machine) ?? [];
      pushMachine(emit, cells, spans, { meter, machine, share }, { ...part, energyWh: part.energyWh * share });
    }
  }
  const rest = 1 - shared;
  // Shares are checked to add up to 1; what binary fractions leave over is no rest.
  if (Math.abs(rest) > 1e-9) pushRest(emit, cells, input.siteShifts ?? [], meter, rest, row);
}

interface MachinePart extends Span {
  readonly energyWh: number;
  readonly coveredSeconds: number;
  readonly estimated: boolean;
  /** Null where the facts know no piece of the machine. */
  readonly piece: MachineRow | null;
}

/** A meter row spread over the pieces of one fed machine, and over the time between them. */
function machineParts(row: OwnRow, machineRows: readonly MachineRow[]): MachinePart[] {
  const parts: { start: Instant; end: Instant; piece: MachineRow | null; wh: number; seconds: number }[] = [];
  let at = row.start;
  let piecesWh = 0;
  let piecesSeconds = 0;
  let bareMs = 0;
  const bare = (until: Instant): void => {
    if (until <= at) return;
    parts.push({ start: at, end: until, piece: null, wh: 0, seconds: 0 });
    bareMs += until - at;
    at = until;
  };
  const first = firstEndingAfter(machineRows.length, (k) => machineRows[k]?.end, row.start);
  for (let i = first; i < machineRows.length; i += 1) {
    const piece = machineRows[i];
    if (!piece || piece.start >= row.end) break;
    bare(Math.max(piece.start, row.start));
    const end = Math.min(piece.end, row.end);
    const share = (end - at) / (piece.end - piece.start);
    const wh = piece.energyWh * share;
    const seconds = piece.coveredSeconds * share;
    parts.push({ start: at, end, piece, wh, seconds });
    piecesWh += wh;
    piecesSeconds += seconds;
    at = end;
  }
  bare(row.end);
  const byEnergy = row.measuredWh > 0 && piecesWh > 0 && piecesWh <= row.measuredWh * (1 + 1e-6);
  const wholeWh = bareMs > 0 ? row.measuredWh : piecesWh;
  const bareSeconds = Math.max(0, row.coveredSeconds - piecesSeconds);
  return parts.map(({ start, end, piece, wh, seconds }) => {
    const timeShare = (end - start) / (row.end - row.start);
    const bareShare = piece ? 0 : (end - start) / bareMs;
    const ownWh = piece ? wh : (row.measuredWh - piecesWh) * bareShare;
    return {
      start,
      end,
      piece,
      energyWh: row.energyWh * (byEnergy ? ownWh / wholeWh : timeShare),
      coveredSeconds: piece ? seconds : bareSeconds * bareShare,
      estimated: row.estimated || (piece?.estimated ?? false),
    };
  });
}

function pushMachine(
  emit: Emit,
  cells: readonly WeightedCell[],
  spans: readonly JudgedSpan[],
  owner: { readonly meter: string; readonly machine: string; readonly share: number },
  part: MachinePart,
): void {
  const { piece } = part;
  let at = part.start;
  for (let i = firstEndingAfter(spans.length, (k) => spans[k]?.end, part.start); i < spans.length; i += 1) {
    const span = spans[i];
    if (!span || span.start >= part.end) break;
    push(Math.max(span.start, part.start), null);
    push(Math.min(span.end, part.end), span);
  }
  push(part.end, null);

  function push(until: Instant, span: JudgedSpan | null): void {
    if (until <= at) return;
    const share = (until - at) / (part.end - part.start);
    const stretch = {
      start: at,
      end: until,
      energyWh: part.energyWh * share,
      coveredSeconds: part.coveredSeconds * share,
    };
    cutItems(emit, cells, stretch, {
      ...owner,
      category: span?.category ?? 'unknown',
      state: span?.state ?? piece?.state ?? 'unknown',
      reason: span?.reason ?? null,
      product: span?.product ?? piece?.product ?? '',
      order: span?.order ?? piece?.order ?? '',
      shift: span?.shift ?? null,
      estimated: part.estimated || (span?.estimated ?? false),
    });
    at = until;
  }
}

function pushRest(
  emit: Emit,
  cells: readonly WeightedCell[],
  shifts: readonly ShiftInstance[],
  meter: string,
  share: number,
  row: OwnRow,
): void {
  let at = row.start;
  for (let i = 0; i < shifts.length; i += 1) {
    const shift = shifts[i];
    if (!shift || shift.start >= row.end) break;
    push(Math.min(shift.start, row.end), null);
    push(Math.min(shift.end, row.end), shift);
  }
  push(row.end, null);

  function push(until: Instant, shift: ShiftInstance | null): void {
    if (until <= at) return;
    const time = (until - at) / (row.end - row.start);
    const stretch = {
      start: at,
      end: until,
      energyWh: row.energyWh * share * time,
      coveredSeconds: row.coveredSeconds * time,
    };
    cutItems(emit, cells, stretch, {
      meter,
      machine: null,
      share,
      category: null,
      state: null,
      reason: null,
      product: '',
      order: '',
      shift,
      estimated: row.estimated,
    });
    at = until;
  }
}
