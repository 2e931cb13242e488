import type { StopCause } from './stop-cause.ts';

/** What a simulated machine is. Everything about the demo's machines is data: roster-filling.ts and roster-machining.ts. */
export interface MachineSpec {
  readonly id: string;
  /** Folder of its nodes in the OPC UA server, and prefix of their ids. */
  readonly node: string;
  readonly kind: 'packml' | 'cell';
  /** Mean share of the ideal speed that it really reaches while running. */
  readonly pace: number;
  /** Pieces that leave with each count (12: it counts cases of 12). */
  readonly piecesPerCount: number;
  /** What it makes in turn. One entry with product null where it knows no products. */
  readonly jobs: readonly JobSpec[];
  /** Pieces of one order, from and to. Null: it follows the line's constraint. */
  readonly orderPieces: readonly [number, number] | null;
  /** Minutes of a changeover, from and to. */
  readonly changeoverMinutes: readonly [number, number];
  readonly modes: readonly StopMode[];
  /** Share of its counts that it rejects in steady production. */
  readonly rejectShare: number;
  /** Counts after a changeover that count as startup, and their share of rejects. */
  readonly startup: { readonly counts: number; readonly rejectShare: number };
  /** Room on the conveyor behind it, pieces; null where nothing on the line follows. */
  readonly bufferPieces: number | null;
  /** Which planned halts stop it: the crew's break, cleaning, weekly maintenance, nights without orders. */
  readonly halts: readonly PlannedHalt[];
  readonly power: PowerSpec;
  readonly counters: {
    readonly total?: CounterSpec;
    readonly good?: CounterSpec;
    readonly reject?: CounterSpec;
    readonly cycles?: CounterSpec;
  };
  /** Which further nodes it has. `product`: its name as text, or the number of a recipe. */
  readonly nodes: {
    readonly state: boolean;
    readonly stopCode: boolean;
    readonly product: 'name' | 'number' | null;
    readonly order: boolean;
    readonly vibration: boolean;
    readonly temperature: boolean;
  };
  /** Mean hours between spells in which the status of its state node is bad; null: never. */
  readonly badSensorEveryHours: number | null;
}

export interface JobSpec {
  readonly product: string | null;
  /** Recipe number, where the machine tells its product by number. */
  readonly recipe: number;
  /** Ideal seconds of one count (cycle, piece or case). */
  readonly idealSeconds: number;
  /** Pieces of one cycle, where it counts cycles. */
  readonly cavities: number;
}

/** One way to stop by itself. */
export interface StopMode {
  readonly cause: Extract<StopCause, 'hold' | 'breakdown' | 'wait' | 'operator'>;
  /** Raw value of the stop-code node; 0: the machine does not say why. */
  readonly code: number;
  /** Mean seconds of running between two of these. */
  readonly everySeconds: number;
  /** Shortest, mean and longest, seconds. */
  readonly seconds: readonly [number, number, number];
}

export interface PlannedHalt {
  readonly cause: Extract<StopCause, 'crewBreak' | 'cleaning' | 'maintenance' | 'noOrders'>;
  /** 0 = Monday; null: every day. */
  readonly weekday: number | null;
  /** Local wall clock, minutes of the day. */
  readonly startMinute: number;
  readonly minutes: number;
}

export interface PowerSpec {
  readonly runW: number;
  readonly idleW: number;
  readonly downW: number;
  readonly offW: number;
  /** Seconds to get two thirds of the way to a new level. */
  readonly rampSeconds: number;
  /** Swing within one cycle as a share of runW: a cutter in and out of the material. */
  readonly swing: number;
  readonly powerFactor: number;
}

export interface CounterSpec {
  readonly dataType: 'UInt16' | 'UInt32' | 'Int64' | 'Double';
  /** The counter starts again at 0 when it reaches this. */
  readonly rollover?: number;
  /** The machine sets it to 0 when it loads an order. */
  readonly resetsAtOrder?: true;
}
