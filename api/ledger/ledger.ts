import { hash, randomUUID } from 'node:crypto';
import type { Entry, EntryHeader } from '#shared/ledger/entry.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * What people enter. One interface, two engines (SQLite, PostgreSQL), one conformance suite.
 *
 * - Append-only: nothing is changed or deleted, and the store itself refuses to; `void` takes an entry back.
 * - `seq` rises by one with each entry over all writers, and an entry that was answered with a seq survives a crash.
 * - The same idempotency key with the same content is the same entry, once; with other content it is refused.
 * - `guard` and the append are one step: no entry of another writer comes between them.
 * - `recordedAt` never falls, whatever clocks do.
 */
export type EntryContent = DistributiveOmit<Entry, keyof EntryHeader> & Pick<EntryHeader, 'comment'>;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export interface Append {
  readonly idempotencyKey: string;
  /** Given by a tablet that made it up offline; made here otherwise. */
  readonly id?: string;
  readonly by: string;
  readonly device?: string;
  readonly enteredAt?: Instant;
  readonly content: EntryContent;
  /** Looks at the whole ledger right before the append, and throws to refuse. Not asked about a repeat. */
  readonly guard?: (entries: readonly Entry[]) => void;
}

export interface Appended {
  readonly entry: Entry;
  readonly repeated: boolean;
}

export interface Ledger {
  /** @throws LedgerConflict, LedgerUnavailable, and what `guard` throws. */
  append(entry: Append): Promise<Appended>;
  /** The entry that was made with this key, as far as is known here. */
  byKey(idempotencyKey: string): Promise<Entry | null>;
  /** All entries in order of seq. The same array until the next one. */
  entries(): readonly Entry[];
  readonly seq: number;
  readonly engine: { readonly engine: string; readonly version: string };
  /** Why entries cannot be taken now; null while they can. */
  readonly message: string | null;
  /** Called with every entry once it counts here, whoever wrote it. */
  onAppend(listener: (entry: Entry) => void): void;
  /** Reads what others wrote, up to at least `seq` where one is given. */
  catchUp(seq?: number): Promise<void>;
  close(): Promise<void>;
}

export class LedgerConflict extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LedgerConflict';
  }
}

/** The store is away; the same append may succeed later, with the same key. */
export class LedgerUnavailable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LedgerUnavailable';
  }
}

/** One row of the table `entry`, the same in both engines. */
export interface LedgerRow {
  readonly seq: number;
  readonly id: string;
  readonly recordedAt: Instant;
  readonly writer: string;
  readonly content: string;
  readonly idempotencyKey: string;
  readonly digest: string;
}

/** The row of a new entry that follows `last`. */
export function rowOf(append: Append, now: Instant, last: Entry | undefined): LedgerRow {
  const { idempotencyKey, id, by, device, enteredAt, content } = append;
  return {
    seq: (last?.seq ?? 0) + 1,
    id: id ?? randomUUID(),
    recordedAt: Math.max(now, last?.recordedAt ?? 0),
    writer: by,
    content: JSON.stringify({ ...content, ...(device && { device }), ...(enteredAt !== undefined && { enteredAt }) }),
    idempotencyKey,
    digest: digestOf(append),
  };
}

/**
 * What makes two appends with one key the same. When and where it waited does not, nor who is signed in by the time a tablet
 * sends it again: the person of the first time stands.
 */
export function digestOf({ id, content }: Append): string {
  return hash('sha256', JSON.stringify([id ?? null, JSON.stringify(content)]), 'hex');
}

export function usedKey(key: string): LedgerConflict {
  return new LedgerConflict(`the Idempotency-Key ${key} was already used for another entry; make a new key`);
}

export function takenId(id: string): LedgerConflict {
  return new LedgerConflict(`there is already an entry with the id ${id}; make a new id`);
}
