import type { SQLOutputValue } from 'node:sqlite';
import type { ConditionMinute, MachinePiece, MeterPiece, ReplacedFact } from '../../oee/facts.ts';
import type { MachineState } from '../../state/state.ts';
import { conditionPlace, type FactPlace, meterPiecePlace, piecePlace } from '../fact-key.ts';

/**
 * How a minute table is read: by position, one object literal per row. Reports read hundreds of thousands of rows, and rows
 * as objects of named columns cost four times as much.
 */
export interface Table<F> {
  readonly name: string;
  readonly owner: string;
  readonly columns: string;
  readonly kind: ReplacedFact['kind'];
  readonly read: (row: readonly SQLOutputValue[]) => F;
  readonly place: (fact: F) => FactPlace;
  readonly order: (a: F, b: F) => number;
}

const byTime = (a: MachinePiece | MeterPiece, b: MachinePiece | MeterPiece): number =>
  a.start - b.start || a.minute - b.minute;

export const PIECES: Table<MachinePiece> = {
  name: 'machine_minute',
  owner: 'machine',
  kind: 'piece',
  columns: `machine, minute, state, product, "order", slot, intervalStart, start, "end", totalCount, goodCount, rejectCount,
    revision, provisional, void`,
  read: (r) => {
    const fact: MachinePiece = {
      machine: r[0] as string,
      minute: r[1] as number,
      state: r[2] as MachineState,
      product: r[3] as string,
      order: r[4] as string,
      slot: r[5] as number,
      intervalStart: r[6] as number,
      start: r[7] as number,
      end: r[8] as number,
      totalCount: r[9] as number,
      goodCount: r[10] as number,
      rejectCount: r[11] as number,
      revision: r[12] as number,
    };
    if (r[13] === 0 && r[14] === 0) return fact;
    return { ...fact, ...(r[13] === 1 ? { provisional: true } : {}), ...(r[14] === 1 ? { void: true } : {}) };
  },
  place: piecePlace,
  order: byTime,
};

export const METER_PIECES: Table<MeterPiece> = {
  name: 'meter_minute',
  owner: 'meter',
  kind: 'meterPiece',
  columns: `meter, machine, minute, state, product, "order", slot, intervalStart, start, "end", energyWh, exportWh, varh,
    coveredSeconds, revision, estimated, void`,
  read: (r) => {
    const fact: MeterPiece = {
      meter: r[0] as string,
      machine: r[1] as string,
      minute: r[2] as number,
      state: r[3] as MachineState,
      product: r[4] as string,
      order: r[5] as string,
      slot: r[6] as number,
      intervalStart: r[7] as number,
      start: r[8] as number,
      end: r[9] as number,
      energyWh: r[10] as number,
      exportWh: r[11] as number,
      varh: r[12] as number,
      coveredSeconds: r[13] as number,
      revision: r[14] as number,
    };
    if (r[15] === 0 && r[16] === 0) return fact;
    return { ...fact, ...(r[15] === 1 ? { estimated: true } : {}), ...(r[16] === 1 ? { void: true } : {}) };
  },
  place: meterPiecePlace,
  order: byTime,
};

export const CONDITIONS: Table<ConditionMinute> = {
  name: 'condition_minute',
  owner: 'machine',
  kind: 'condition',
  columns: 'machine, condition, minute, min, mean, max, last, coveredSeconds, revision, void',
  read: (r) => ({
    machine: r[0] as string,
    condition: r[1] as string,
    minute: r[2] as number,
    min: r[3] as number,
    mean: r[4] as number,
    max: r[5] as number,
    last: r[6] as number,
    coveredSeconds: r[7] as number,
    revision: r[8] as number,
    ...(r[9] === 1 ? { void: true } : {}),
  }),
  place: conditionPlace,
  order: (a, b) => a.minute - b.minute,
};
