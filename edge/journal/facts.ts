import type { DatabaseSync } from 'node:sqlite';
import type { FactBatch, ReplacedFact } from '#shared/oee/facts.ts';
import { placeOf } from '#shared/store/fact-key.ts';
import { type Instant, MINUTE } from '#shared/time/instant.ts';

/*
 * Every fact as it was last committed, by its key, as long as the samples it was made from.
 *
 * - Written in the transaction that puts the facts into the outbox: what stands here was sent, or waits to be.
 * - The edge may not read the historian. What it has to know of its own past (what a rewrite replaces, which keys a
 *   recomputation must take back, how high revisions have come) it knows from here.
 */
export type FactKind = ReplacedFact['kind'];

export interface CommittedFact {
  readonly kind: FactKind;
  /** Void ones too: `fact.void`. */
  readonly fact: ReplacedFact['fact'];
  /** When it was committed, by the edge's clock. */
  readonly knownFrom: Instant;
}

export function prepareFacts(db: DatabaseSync) {
  return {
    put: db.prepare(
      `INSERT INTO fact (kind, owner, t, key, revision, knownFrom, content) VALUES (?,?,?,?,?,?,?)
       ON CONFLICT (kind, owner, t, key) DO UPDATE SET
         revision = excluded.revision, knownFrom = excluded.knownFrom, content = excluded.content
       WHERE excluded.revision >= revision`,
    ),
    raise: db.prepare(
      `INSERT INTO mark (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)`,
    ),
    mark: db.prepare('SELECT value FROM mark WHERE name = ?'),
    one: db.prepare('SELECT * FROM fact WHERE kind = ? AND owner = ? AND t = ? AND key = ?'),
    between: db.prepare('SELECT * FROM fact WHERE t >= ? AND t < ? ORDER BY t'),
    owners: db.prepare(`SELECT DISTINCT owner FROM fact WHERE kind = 'interval'`),
    before: db.prepare(
      `SELECT * FROM fact WHERE kind = ? AND owner = ? AND t < ? AND content NOT LIKE '%"void":true%' ORDER BY t DESC LIMIT 1`,
    ),
    /** Of the intervals the one that was going on then stays. */
    forget: db.prepare(
      `DELETE FROM fact WHERE t < ?1 AND (kind <> 'interval' OR t < (
         SELECT max(t) FROM fact AS later WHERE later.kind = 'interval' AND later.owner = fact.owner AND later.t <= ?1))`,
    ),
  };
}

export type FactStatements = ReturnType<typeof prepareFacts>;

export function putFacts(statements: FactStatements, sent: Iterable<CommittedFact>): void {
  let highest = 0;
  for (const { kind, fact, knownFrom } of sent) {
    const { owner, t, key } = placeOf({ kind, fact });
    highest = Math.max(highest, fact.revision);
    statements.put.run(kind, owner, t, key, fact.revision, knownFrom, JSON.stringify(fact));
  }
  if (highest > 0) statements.raise.run('highestRevision', highest);
}

export function readFact(row: Readonly<Record<string, unknown>>): CommittedFact {
  return {
    kind: row['kind'] as FactKind,
    fact: JSON.parse(String(row['content'])) as ReplacedFact['fact'],
    knownFrom: Number(row['knownFrom']),
  };
}

/** The facts of a batch, known from `at`; null: from the end of their minute. */
export function* committedOf(batch: FactBatch, at: Instant | null): Generator<CommittedFact> {
  for (const fact of batch.intervals) yield { kind: 'interval', fact, knownFrom: at ?? fact.start + MINUTE };
  for (const fact of batch.pieces) yield { kind: 'piece', fact, knownFrom: at ?? fact.minute + MINUTE };
  for (const fact of batch.meterPieces) yield { kind: 'meterPiece', fact, knownFrom: at ?? fact.minute + MINUTE };
  for (const fact of batch.conditions) yield { kind: 'condition', fact, knownFrom: at ?? fact.minute + MINUTE };
  for (const fact of batch.counterEvents) yield { kind: 'counterEvent', fact, knownFrom: at ?? fact.t + MINUTE };
}
