import type { Instant } from '../time/instant.ts';

/*
 * What people enter. Append-only; `void` takes an entry back. Applied at read time, never baked into facts.
 * Where entries disagree, the later `recordedAt` wins (ties: the later `seq`).
 */
export interface EntryHeader {
  readonly id: string;
  /** Position in the ledger; rises by one. */
  readonly seq: number;
  readonly recordedAt: Instant;
  readonly by: string;
  /** What it was entered on, as that calls itself ("Tablet 2"). */
  readonly device?: string;
  /** When a person entered it, where it had to wait on a tablet. Kept for people; no figure depends on it. */
  readonly enteredAt?: Instant;
  readonly comment?: string;
}

export type Entry = EntryHeader & (StopEntry | PieceEntry | WordEntry | MeterEntry | PlanEntry | VoidEntry);

interface OfMachine {
  readonly machine: string;
  readonly at: Instant;
}

/** Why a machine stood still. */
export type StopEntry =
  /** Labels the whole stop that `at` lies in. */
  | (OfMachine & { readonly type: 'stopReason'; readonly reason: string })
  /** A slice: labels [from, to) of it. */
  | {
      readonly type: 'stopReason';
      readonly machine: string;
      readonly from: Instant;
      readonly to: Instant;
      readonly reason: string;
    }
  /** The stop that `at` lies in is one again: slices entered before no longer cut it. */
  | (OfMachine & { readonly type: 'merge' });

/** What was made, and for what. */
export type PieceEntry =
  | (OfMachine & { readonly type: 'scrap'; readonly count: number; readonly reason?: string })
  | (OfMachine & { readonly type: 'product'; readonly product: string; readonly order?: string })
  /** Acts like `product` from `at` on; without a product that stays as it was. `quantity` in good pieces. */
  | (OfMachine & {
      readonly type: 'orderStart';
      readonly order: string;
      readonly product?: string;
      readonly quantity?: number;
    })
  /** From `at` on the machine works on no order. */
  | (OfMachine & { readonly type: 'orderFinish'; readonly order: string });

/** What people tell each other. No figure depends on it. */
export type WordEntry =
  | {
      readonly type: 'note';
      /** About this machine, or this line, or (neither) the site. */
      readonly machine?: string;
      readonly line?: string;
      readonly at: Instant;
      readonly text: string;
      /** `handover`: for the next shift. `hour`: a comment on the hour in which `at` lies. Absent: a note. */
      readonly about?: 'handover' | 'hour';
    }
  | (OfMachine & { readonly type: 'andonCall'; readonly team?: string; readonly text?: string })
  /** `call` is the id of an andonCall of this machine. */
  | (OfMachine & { readonly type: 'andonAcknowledge'; readonly call: string })
  | (OfMachine & { readonly type: 'andonClose'; readonly call: string });

export type MeterEntry =
  | {
      readonly type: 'meterExchange';
      readonly meter: string;
      readonly at: Instant;
      readonly oldFinal: number;
      readonly newStart: number;
    }
  | { readonly type: 'counterVerdict'; readonly signal: string; readonly t: Instant; readonly counted: number };

/** What the plant file would say, said later or for one day. */
export type PlanEntry =
  /** On production date `date` of one line: no shifts (`closed`), or this shift added or in place of its namesake. */
  | {
      readonly type: 'calendarException';
      readonly line: string;
      /** YYYY-MM-DD, local. */
      readonly date: string;
      readonly closed?: boolean;
      readonly shift?: EnteredShift;
    }
  /** The machine's target from `at` on, until a later one. */
  | (OfMachine & { readonly type: 'target'; readonly targetOee: number })
  /** Shifts that ended by `until` are closed: what is entered about them later is an adjustment. */
  | { readonly type: 'periodLock'; readonly until: Instant; readonly line?: string };

export interface EnteredShift {
  readonly id: string;
  readonly name?: string;
  /** HH:MM local; an end at or before the start is on the next day. */
  readonly start: string;
  readonly end: string;
  readonly breaks?: readonly { readonly start: string; readonly minutes: number }[];
}

export interface VoidEntry {
  readonly type: 'void';
  readonly entry: string;
}

export type EntryOf<T extends Entry['type']> = Extract<Entry, { type: T }>;
