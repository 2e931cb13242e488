import type { DatabaseSync } from 'node:sqlite';
import { emptyBatch, type FactBatch } from '#shared/oee/facts.ts';

/** What one sink has still to take. */
export interface Outbox {
  /** The oldest batches that this sink has not acknowledged, with their position. */
  next(count: number): { readonly seq: number; readonly batch: FactBatch }[];
  /** Batches that every sink has acknowledged leave the disk. */
  ack(upTo: number): void;
  depth(): number;
}

export function outboxOf(
  sink: string,
  on: <T>(work: (db: DatabaseSync) => T) => T,
  transaction: (db: DatabaseSync, work: () => void) => void,
): Outbox {
  return {
    next: (most) =>
      on((db) =>
        db
          .prepare(
            'SELECT seq, facts FROM batch WHERE seq > (SELECT acked FROM sink WHERE name = ?) ORDER BY seq LIMIT ?',
          )
          .all(sink, most),
      ).map((row) => ({
        seq: Number(row['seq']),
        batch: { ...emptyBatch(), ...(JSON.parse(String(row['facts'])) as Partial<FactBatch>) },
      })),
    ack(upTo) {
      on((db) =>
        transaction(db, () => {
          db.prepare('UPDATE sink SET acked = max(acked, ?) WHERE name = ?').run(upTo, sink);
          db.exec('DELETE FROM batch WHERE seq <= (SELECT min(acked) FROM sink)');
        }),
      );
    },
    depth: () =>
      on((db) =>
        Number(
          db.prepare('SELECT count(*) AS n FROM batch WHERE seq > (SELECT acked FROM sink WHERE name = ?)').get(sink)?.[
            'n'
          ],
        ),
      ),
  };
}
