import { createHmac } from 'node:crypto';
import type { Instant } from '#shared/time/instant.ts';

/*
 * - Each record carries the keyed hash of itself and of the hash before it. A record that was changed, removed, put in or
 *   moved breaks the chain at its place.
 * - Only a cut at the end leaves a good chain: so note the head (`linewatt audit head`) somewhere else, as a backup does.
 * - The key is in secrets.json. Who has both the database and the key can write a new chain; who has the database alone cannot.
 */
export interface AuditRecord {
  readonly seq: number;
  readonly recordedAt: Instant;
  readonly kind: string;
  /** Id of an account or token; null for the server itself or somebody unknown. */
  readonly actor: string | null;
  readonly name: string;
  /** Network address that it came from. */
  readonly address: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly hash: string;
}

export const FIRST_HASH = 'linewatt audit';

export function hashOf(key: string, before: string, record: Omit<AuditRecord, 'hash'>): string {
  const { seq, recordedAt, kind, actor, name, address, details } = record;
  const text = JSON.stringify([before, seq, recordedAt, kind, actor, name, address, details]);
  return createHmac('sha256', key).update(text).digest('base64url');
}

export interface Link {
  readonly record: AuditRecord;
  /** What is wrong at this place, in words; null where it holds. */
  readonly fault: string | null;
}

/** Follows records from the first one on. */
export function createChainCheck(key: string): (record: AuditRecord) => string | null {
  let seq = 0;
  let before = FIRST_HASH;
  return (record) => {
    const expected = seq + 1;
    const good = hashOf(key, before, record) === record.hash;
    const fault =
      record.seq !== expected
        ? `record ${expected} is missing`
        : good
          ? null
          : `record ${record.seq} (${record.kind}) is not what was written`;
    // Goes on from what stands there, so that one fault is told once.
    seq = record.seq;
    before = record.hash;
    return fault;
  };
}
