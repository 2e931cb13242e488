import type { Instant } from '#shared/time/instant.ts';
import { column, type Row, type Sql, textIn } from '../auth/sql.ts';
import type { Counters } from '../metrics/counters.ts';
import { type AuditRecord, createChainCheck, FIRST_HASH, hashOf } from './chain.ts';

/*
 * Who did what, when, from where.
 *
 * - Append-only, in one chain (chain.ts).
 * - `record` throws where it cannot be written: what must be on record does not happen without it (a sign-in, a change of
 *   accounts). `note` never throws: what has happened stays, and `audit_not_written` counts it on /metrics and as a finding.
 * - So on a full disk nobody signs in and no account changes, while walls, figures and reports go on.
 */
export type AuditKind =
  | 'start'
  | 'signIn'
  | 'signInRefused'
  | 'signOut'
  | 'locked'
  | 'sessionEnded'
  | 'refused'
  | 'accountAdded'
  | 'accountChanged'
  | 'tokenAdded'
  | 'tokenRevoked'
  | 'tokenEnrolled'
  | 'entry'
  | 'export'
  | 'plantVersion'
  | 'certificate'
  | 'backup'
  | 'restore';

export interface AuditEvent {
  readonly kind: AuditKind;
  readonly actor: string | null;
  readonly name: string;
  readonly address: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface AuditQuestion {
  /** Records before this seq; the newest where it is left out. */
  readonly before?: number | undefined;
  readonly limit: number;
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
}

export interface AuditCheck {
  readonly records: number;
  readonly head: { readonly seq: number; readonly hash: string } | null;
  /** At most twenty, the first ones. */
  readonly faults: readonly string[];
}

export interface Audit {
  /** @throws what the database says */
  record(event: AuditEvent): Promise<AuditRecord>;
  /** As part of a transaction that is open: both are kept or none. */
  recordIn(inside: Sql, event: AuditEvent): Promise<AuditRecord>;
  note(event: AuditEvent): Promise<void>;
  /** As `note`, unless the last record of this kind tells that it is there: replicas all hear of the same entry. */
  noteOnce(event: AuditEvent, isThere: (last: AuditRecord) => boolean): Promise<void>;
  /** Newest first. */
  list(question: AuditQuestion): Promise<readonly AuditRecord[]>;
  lastOf(kind: AuditKind): Promise<AuditRecord | null>;
  /** `noted`: a head written down earlier, which must still be in the chain. */
  verify(noted?: { readonly seq: number; readonly hash: string }): Promise<AuditCheck>;
  /** Why the last record could not be written; null while it can. */
  readonly trouble: string | null;
}

const PAGE = 1000;

export function createAudit(sql: Sql, key: string, clock: () => Instant, counters: Counters | null = null): Audit {
  let trouble: string | null = null;
  const append = async (inside: Sql, event: AuditEvent): Promise<AuditRecord> => {
    const { kind, actor, name, address } = event;
    const [last] = await inside.all('SELECT seq, recordedAt, hash FROM audit ORDER BY seq DESC LIMIT 1');
    const base = {
      seq: (last ? Number(column(last, 'seq')) : 0) + 1,
      recordedAt: Math.max(clock(), last ? Number(column(last, 'recordedAt')) : 0),
      kind,
      actor,
      name,
      address,
      // As it will be read back.
      details: JSON.parse(JSON.stringify(event.details)) as Record<string, unknown>,
    };
    const hash = hashOf(key, last ? String(column(last, 'hash')) : FIRST_HASH, base);
    await inside.run(
      'INSERT INTO audit (seq, recordedAt, kind, actor, name, address, details, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      [base.seq, base.recordedAt, kind, actor, name, address, JSON.stringify(base.details), hash],
    );
    return { ...base, hash };
  };
  const watched = async (kind: AuditKind, work: Promise<AuditRecord>): Promise<AuditRecord> => {
    try {
      const written = await work;
      trouble = null;
      return written;
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
      counters?.count('audit_not_written', kind);
      throw error;
    }
  };
  const record: Audit['record'] = (event) =>
    watched(
      event.kind,
      sql.transaction((inside) => append(inside, event)),
    );
  return {
    record,
    recordIn: (inside, event) => watched(event.kind, append(inside, event)),
    async note(event) {
      try {
        await record(event);
      } catch {
        // Counted and kept as `trouble`; what it is about has already happened.
      }
    },
    async noteOnce(event, isThere) {
      try {
        await sql.transaction(async (inside) => {
          const [row] = await inside.all('SELECT * FROM audit WHERE kind = ? ORDER BY seq DESC LIMIT 1', [event.kind]);
          if (row && isThere(recordOf(row))) return null;
          return watched(event.kind, append(inside, event));
        });
      } catch (error) {
        trouble = error instanceof Error ? error.message : String(error);
      }
    },
    async list({ before, limit, kind, name }) {
      const where = ['seq < ?', ...(kind ? ['kind = ?'] : []), ...(name ? ['LOWER(name) = ?'] : [])].join(' AND ');
      const values = [
        before ?? Number.MAX_SAFE_INTEGER,
        ...(kind ? [kind] : []),
        ...(name ? [name.toLowerCase()] : []),
        limit,
      ];
      return (await sql.all(`SELECT * FROM audit WHERE ${where} ORDER BY seq DESC LIMIT ?`, values)).map(recordOf);
    },
    async lastOf(kind) {
      const [row] = await sql.all('SELECT * FROM audit WHERE kind = ? ORDER BY seq DESC LIMIT 1', [kind]);
      return row ? recordOf(row) : null;
    },
    async verify(noted) {
      const check = createChainCheck(key);
      const faults: string[] = [];
      let records = 0;
      let head: AuditCheck['head'] = null;
      let found = noted === undefined;
      for (let after = 0; ; ) {
        const rows = await sql.all('SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?', [after, PAGE]);
        if (rows.length === 0) break;
        for (const one of rows.map(recordOf)) {
          const fault = check(one);
          if (fault && faults.length < 20) faults.push(fault);
          if (noted && one.seq === noted.seq && one.hash === noted.hash) found = true;
          records += 1;
          head = { seq: one.seq, hash: one.hash };
          after = one.seq;
        }
      }
      if (!found) faults.push(`the head noted as ${noted?.seq}:${noted?.hash} is not in it: the end was cut off`);
      return { records, head, faults };
    },
    get trouble() {
      return trouble;
    },
  };
}

function recordOf(row: Row): AuditRecord {
  return {
    seq: Number(column(row, 'seq')),
    recordedAt: Number(column(row, 'recordedAt')),
    kind: String(column(row, 'kind')),
    actor: textIn(row, 'actor'),
    name: String(column(row, 'name')),
    address: textIn(row, 'address'),
    details: detailsOf(textIn(row, 'details')),
    hash: String(column(row, 'hash')),
  };
}

/** Somebody may have broken it: then the chain says so, not this. */
function detailsOf(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : { broken: text };
  } catch {
    return { broken: text };
  }
}
