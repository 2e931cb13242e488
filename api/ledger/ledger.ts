import type { Entry, EntryHeader } from '#shared/ledger/entry.ts';

/*
 * What people enter.
 *
 * - Append-only: nothing is changed or deleted; `void` takes an entry back.
 * - `seq` rises by one with each entry, and an entry that was answered with a seq survives a crash.
 * - The same idempotency key with the same content is the same entry, once; with other content it is refused.
 */
export type EntryContent = DistributiveOmit<Entry, keyof EntryHeader>;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export interface Append {
  readonly idempotencyKey: string;
  /** Given by a tablet that made it up offline; made here otherwise. */
  readonly id?: string;
  readonly by: string;
  readonly content: EntryContent;
}

export interface Ledger {
  /** @throws LedgerConflict */
  append(entry: Append): { readonly entry: Entry; readonly repeated: boolean };
  /** Whether an entry was made with this key. */
  has(idempotencyKey: string): boolean;
  /** All entries in order of seq. The same array until the next append. */
  entries(): readonly Entry[];
  readonly seq: number;
  readonly engine: { readonly engine: string; readonly version: string };
  onAppend(listener: (entry: Entry) => void): void;
  close(): void;
}

export class LedgerConflict extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LedgerConflict';
  }
}
