import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { emptyBatch, type FactBatch } from '#shared/oee/facts.ts';
import type { Quality, Sample } from '#shared/signal/sample.ts';
import type { Instant } from '#shared/time/instant.ts';
import { createSchema, isIntact } from './schema.ts';

/*
 * The edge's memory on disk: raw samples, facts on their way to the sinks, and the checkpoint behind them.
 *
 * - A sample that `append` returned from is on disk (WAL, synchronous FULL): a kill or a power cut does not lose it.
 * - Facts, their outbox rows and the checkpoint are one transaction: after a crash all of it happened or none of it, and
 *   then `replay` gives the samples again that the checkpoint does not hold.
 * - A batch of facts leaves the disk once every known sink has acknowledged it, in order.
 * - Samples go by age and by size, oldest first, never because a sink is slow; what size took is counted.
 * - A damaged or foreign file is set aside under another name, with a sentence. The edge never refuses to start over it.
 */
export interface Journal {
  append(samples: readonly Sample[]): void;
  /**
   * Samples of these signals with t in [from, to) in order of t, and before them the last usable one of each before `from`,
   * and the bad one that came after that, where one did: a state that was lost before `from` is not known there.
   */
  read(signals: readonly string[], from: Instant, to: Instant): Sample[];
  /** Oldest sample that is still here; null when there is none. */
  oldest(): Instant | null;
  commit(work: { readonly batch: FactBatch; readonly checkpoint: unknown }): void;
  /** The last checkpoint, as given to `commit`; null on a new disk. */
  checkpoint(): unknown;
  /** Samples appended after the last checkpoint, in the order of their arrival. */
  replay(): Iterable<Sample>;
  outbox(sink: string): Outbox;
  prune(limits: { readonly olderThan: Instant; readonly maxBytes: number }): {
    readonly aged: number;
    readonly crowdedOut: number;
  };
  sizeBytes(): number;
  close(): void;
}

export interface Outbox {
  /** The oldest batches that this sink has not acknowledged, with their position. */
  next(count: number): { readonly seq: number; readonly batch: FactBatch }[];
  ack(upTo: number): void;
  depth(): number;
}

export interface JournalOptions {
  /** Told once, with a sentence for people, when a damaged file was set aside. */
  readonly onSetAside?: (message: string) => void;
  /** Batches are kept for these sinks from the first commit on, also before `outbox` is asked for. */
  readonly sinks?: readonly string[];
}

export function openJournal(dir: string, options: JournalOptions = {}): Journal {
  mkdirSync(dir, { recursive: true });
  const db = openOrSetAside(join(dir, 'journal.sqlite'), options);
  const signalIds = new Map<string, number>();
  for (const row of db.prepare('SELECT id, name FROM signal').all())
    signalIds.set(String(row['name']), Number(row['id']));

  const addSignal = db.prepare('INSERT INTO signal (name) VALUES (?) RETURNING id');
  const addSample = db.prepare('INSERT INTO sample (signal, t, received, value, quality, id) VALUES (?,?,?,?,?,?)');
  const addBatch = db.prepare('INSERT INTO batch (facts) VALUES (?)');
  const setCheckpoint = db.prepare(
    `INSERT INTO checkpoint (id, state, sampleSeq) VALUES (1, ?, (SELECT coalesce(max(seq), 0) FROM sample))
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, sampleSeq = max(sampleSeq, excluded.sampleSeq)`,
  );
  const addSink = db.prepare(
    'INSERT OR IGNORE INTO sink (name, acked) VALUES (?, (SELECT coalesce(max(seq), 0) FROM batch))',
  );
  const dropAcked = db.prepare('DELETE FROM batch WHERE seq <= (SELECT min(acked) FROM sink)');
  const between = db.prepare('SELECT * FROM sample WHERE signal = ? AND t >= ? AND t < ? ORDER BY t, seq');
  const lastBefore = db.prepare('SELECT * FROM sample WHERE signal = ? AND t < ? ORDER BY t DESC, seq DESC LIMIT 1');
  const lastUsableBefore = db.prepare(
    "SELECT * FROM sample WHERE signal = ? AND t < ? AND quality <> 'bad' ORDER BY t DESC, seq DESC LIMIT 1",
  );
  const names = () => new Map([...signalIds].map(([name, id]) => [id, name]));

  const transaction = (work: () => void): void => {
    db.exec('BEGIN IMMEDIATE');
    try {
      work();
      db.exec('COMMIT');
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  };
  const signalId = (name: string): number => {
    const known = signalIds.get(name);
    if (known !== undefined) return known;
    const id = Number(addSignal.get(name)?.['id']);
    signalIds.set(name, id);
    return id;
  };
  for (const sink of options.sinks ?? []) addSink.run(sink);

  return {
    append(samples) {
      const known = new Set(signalIds.keys());
      try {
        transaction(() => {
          for (const s of samples) addSample.run(signalId(s.signal), s.t, s.received, s.value, s.quality, s.id ?? null);
        });
      } catch (error) {
        // A signal named in a transaction that was rolled back is not on disk.
        for (const name of signalIds.keys()) if (!known.has(name)) signalIds.delete(name);
        throw error;
      }
    },
    read(signals, from, to) {
      const found: Sample[] = [];
      for (const signal of signals) {
        const id = signalIds.get(signal);
        if (id === undefined) continue;
        const last = lastBefore.get(id, from);
        const usable = last?.['quality'] === 'bad' ? lastUsableBefore.get(id, from) : undefined;
        if (usable) found.push(readSample(signal, usable));
        if (last) found.push(readSample(signal, last));
        for (const row of between.iterate(id, from, to)) found.push(readSample(signal, row));
      }
      return found.sort((a, b) => a.t - b.t);
    },
    oldest() {
      const t = db.prepare('SELECT t FROM sample ORDER BY seq LIMIT 1').get()?.['t'];
      return typeof t === 'number' ? t : null;
    },
    commit({ batch, checkpoint }) {
      transaction(() => {
        if (!isEmpty(batch)) addBatch.run(JSON.stringify(batch));
        setCheckpoint.run(JSON.stringify(checkpoint));
      });
    },
    checkpoint() {
      const state = db.prepare('SELECT state FROM checkpoint').get()?.['state'];
      return typeof state === 'string' ? (JSON.parse(state) as unknown) : null;
    },
    *replay() {
      const after = Number(db.prepare('SELECT sampleSeq FROM checkpoint').get()?.['sampleSeq'] ?? 0);
      const name = names();
      for (const row of db.prepare('SELECT * FROM sample WHERE seq > ? ORDER BY seq').iterate(after)) {
        const signal = name.get(Number(row['signal']));
        if (signal !== undefined) yield readSample(signal, row);
      }
    },
    outbox(sink) {
      addSink.run(sink);
      const waiting = db.prepare(
        'SELECT seq, facts FROM batch WHERE seq > (SELECT acked FROM sink WHERE name = ?) ORDER BY seq LIMIT ?',
      );
      const acknowledge = db.prepare('UPDATE sink SET acked = max(acked, ?) WHERE name = ?');
      const count = db.prepare('SELECT count(*) AS n FROM batch WHERE seq > (SELECT acked FROM sink WHERE name = ?)');
      return {
        next: (most) =>
          waiting.all(sink, most).map((row) => ({
            seq: Number(row['seq']),
            batch: { ...emptyBatch(), ...(JSON.parse(String(row['facts'])) as Partial<FactBatch>) },
          })),
        ack(upTo) {
          transaction(() => {
            acknowledge.run(upTo, sink);
            dropAcked.run();
          });
        },
        depth: () => Number(count.get(sink)?.['n']),
      };
    },
    prune({ olderThan, maxBytes }) {
      const aged = Number(db.prepare('DELETE FROM sample WHERE t < ?').run(olderThan).changes);
      let crowdedOut = 0;
      for (;;) {
        db.exec('PRAGMA incremental_vacuum');
        if (sizeOf(db) <= maxBytes) break;
        const tenth = db
          .prepare('DELETE FROM sample WHERE seq <= (SELECT min(seq) + (max(seq) - min(seq)) / 10 FROM sample)')
          .run().changes;
        if (Number(tenth) === 0) break;
        crowdedOut += Number(tenth);
      }
      return { aged, crowdedOut };
    },
    sizeBytes: () => sizeOf(db),
    close() {
      db.close();
    },
  };
}

function openOrSetAside(path: string, options: JournalOptions): DatabaseSync {
  try {
    return open(path);
  } catch (cause) {
    if (!existsSync(path)) throw cause;
    let n = 1;
    while (existsSync(`${path}.damaged-${n}`)) n += 1;
    for (const end of ['', '-wal', '-shm'])
      if (existsSync(path + end)) renameSync(path + end, `${path}.damaged-${n}${end}`);
    options.onSetAside?.(
      `the journal ${path} cannot be read (${(cause as Error).message}); it was set aside as ${path}.damaged-${n} and a new one begun`,
    );
    return open(path);
  }
}

function open(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 10_000 });
  try {
    createSchema(db);
    if (!isIntact(db)) throw new Error('its pages do not agree with each other');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function readSample(signal: string, row: Record<string, unknown>): Sample {
  const id = row['id'];
  return {
    t: Number(row['t']),
    signal,
    value: row['value'] as Sample['value'],
    quality: row['quality'] as Quality,
    received: Number(row['received']),
    ...(typeof id === 'string' ? { id } : {}),
  };
}

function isEmpty(batch: FactBatch): boolean {
  return Object.values(batch).every((rows: readonly unknown[]) => rows.length === 0);
}

function sizeOf(db: DatabaseSync): number {
  const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
  return pages * Number(db.prepare('PRAGMA page_size').get()?.['page_size']);
}
