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
  readonly comment?: string;
}

export type Entry = EntryHeader &
  (
    | { readonly type: 'stopReason'; readonly machine: string; readonly at: Instant; readonly reason: string }
    | {
        readonly type: 'stopReason';
        readonly machine: string;
        readonly from: Instant;
        readonly to: Instant;
        readonly reason: string;
      }
    | {
        readonly type: 'scrap';
        readonly machine: string;
        readonly at: Instant;
        readonly count: number;
        readonly reason?: string;
      }
    | {
        readonly type: 'product';
        readonly machine: string;
        readonly at: Instant;
        readonly product: string;
        readonly order?: string;
      }
    | {
        readonly type: 'meterExchange';
        readonly meter: string;
        readonly at: Instant;
        readonly oldFinal: number;
        readonly newStart: number;
      }
    | { readonly type: 'counterVerdict'; readonly signal: string; readonly t: Instant; readonly counted: number }
    | { readonly type: 'void'; readonly entry: string }
  );
