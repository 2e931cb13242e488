import type { MeterPiece } from '../oee/facts.ts';
import type { Plant } from '../plant/model.ts';
import type { Instant, Span } from '../time/instant.ts';

/*
 * What a meter measured, as contiguous or gapped rows in time order.
 *
 * - Power is uniform inside a row; clipping a row takes its share by time.
 * - Where there is no row there is no reading: missing, never zero.
 * - A virtual meter is the signed sum of its terms. It is covered only while all of them are; where one is missing, so is
 *   the sum, and every term counts with the covered share only.
 */

export interface MeterRow extends Span {
  readonly energyWh: number;
  readonly exportWh: number;
  readonly varh: number;
  readonly coveredSeconds: number;
  readonly estimated: boolean;
}

/** A row cut along the pieces of a fed machine, before shares. */
export interface MachineRow extends MeterRow {
  readonly state: MeterPiece['state'];
  readonly product: string;
  readonly order: string;
}

export interface MeterReadings {
  /** The meter itself. */
  readonly whole: readonly MeterRow[];
  /** The same energy cut along the pieces of each fed machine. */
  readonly byMachine: ReadonlyMap<string, readonly MachineRow[]>;
}

export type ReadingsByMeter = ReadonlyMap<string, MeterReadings>;

const none: MeterReadings = { whole: [], byMachine: new Map() };

export function readingsOf(readings: ReadingsByMeter, meter: string): MeterReadings {
  return readings.get(meter) ?? none;
}

/** Sorts facts by meter and machine, in time order, clipped to [from, to); void ones are left out. */
export function readingsByMeter(pieces: readonly MeterPiece[], from: Instant, to: Instant): ReadingsByMeter {
  const readings = new Map<string, { whole: MeterRow[]; byMachine: Map<string, MachineRow[]> }>();
  for (const piece of pieces) {
    if (piece.void || piece.end <= from || piece.start >= to || piece.end <= piece.start) continue;
    let own = readings.get(piece.meter);
    if (!own) {
      own = { whole: [], byMachine: new Map() };
      readings.set(piece.meter, own);
    }
    const row = clipRow(
      {
        start: piece.start,
        end: piece.end,
        energyWh: piece.energyWh,
        exportWh: piece.exportWh,
        varh: piece.varh,
        coveredSeconds: piece.coveredSeconds,
        estimated: piece.estimated ?? false,
      },
      from,
      to,
    );
    if (piece.machine === '') {
      own.whole.push(row);
      continue;
    }
    let rows = own.byMachine.get(piece.machine);
    if (!rows) {
      rows = [];
      own.byMachine.set(piece.machine, rows);
    }
    rows.push({ ...row, state: piece.state, product: piece.product, order: piece.order });
  }
  for (const own of readings.values()) {
    own.whole.sort((a, b) => a.start - b.start);
    for (const rows of own.byMachine.values()) rows.sort((a, b) => a.start - b.start);
  }
  return readings;
}

/** The part of a row inside [from, to); the row itself where it lies within. */
export function clipRow(row: MeterRow, from: Instant, to: Instant): MeterRow {
  if (row.start >= from && row.end <= to) return row;
  const start = Math.max(row.start, from);
  const end = Math.min(row.end, to);
  const share = Math.max(0, end - start) / (row.end - row.start);
  return {
    start,
    end,
    energyWh: row.energyWh * share,
    exportWh: row.exportWh * share,
    varh: row.varh * share,
    coveredSeconds: row.coveredSeconds * share,
    estimated: row.estimated,
  };
}

/** Rows of a meter, real or virtual. */
export function meterRows(plant: Plant, readings: ReadingsByMeter, meter: string): readonly MeterRow[] {
  const sum = plant.meters.get(meter)?.sum;
  if (!sum) return readingsOf(readings, meter).whole;
  const cells = alignRows(sum.map((term) => meterRows(plant, readings, term.meter)));
  return cells.map(({ start, end, rows }) => {
    const covered = commonSeconds(rows);
    const add = (pick: (row: MeterRow) => number): number =>
      sum.reduce((total, term, i) => {
        const row = rows[i];
        return row ? total + term.sign * pick(row) * knownShare(row, covered) : total;
      }, 0);
    return {
      start,
      end,
      energyWh: add((row) => row.energyWh),
      exportWh: add((row) => row.exportWh),
      varh: add((row) => row.varh),
      coveredSeconds: covered,
      estimated: rows.some((row) => row?.estimated),
    };
  });
}

/** Seconds that all terms cover, as far as rows tell. */
export function commonSeconds(rows: readonly (MeterRow | null)[]): number {
  return Math.min(...rows.map((row) => row?.coveredSeconds ?? 0));
}

/** The share of a term's energy that falls into the seconds that all terms cover. */
export function knownShare(row: MeterRow, commonSeconds: number): number {
  return row.coveredSeconds > 0 ? Math.min(1, commonSeconds / row.coveredSeconds) : 0;
}

export interface AlignedCell extends Span {
  /** By list: its row clipped to the cell, null where it has none. */
  readonly rows: readonly (MeterRow | null)[];
}

/** Several ordered lists of rows, cut at each other's edges. Cells that no list covers are left out. */
export function alignRows(lists: readonly (readonly MeterRow[])[]): AlignedCell[] {
  const edges = new Set<Instant>();
  for (const rows of lists) {
    for (const row of rows) edges.add(row.start).add(row.end);
  }
  const cuts = [...edges].sort((a, b) => a - b);
  const next = lists.map(() => 0);
  const cells: AlignedCell[] = [];
  for (let i = 0; i + 1 < cuts.length; i += 1) {
    const start = cuts[i] ?? 0;
    const end = cuts[i + 1] ?? 0;
    const rows = lists.map((list, k) => {
      let index = next[k] ?? 0;
      while ((list[index]?.end ?? Number.POSITIVE_INFINITY) <= start) index += 1;
      next[k] = index;
      const row = list[index];
      return row && row.start <= start ? clipRow(row, start, end) : null;
    });
    if (rows.some((row) => row !== null)) cells.push({ start, end, rows });
  }
  return cells;
}
