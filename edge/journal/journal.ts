import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Reading } from '#edge/core/source.ts';
import type { FactBatch } from '#shared/oee/facts.ts';
import type { Sample } from '#shared/signal/sample.ts';
import type { FactPlace } from '#shared/store/fact-key.ts';
import type { Instant } from '#shared/time/instant.ts';
import { type CommittedFact, committedOf, type FactKind, prepareFacts, putFacts, readFact } from './facts.ts';
import { isDamage, type JournalFile, openDatabase, openOrSetAside, setAside } from './file.ts';
import { addHeld, dropHeld, type HeldReading, heldOf } from './held.ts';
import { type Outbox, outboxOf } from './outbox.ts';
import { type Pruned, type PruneLimits, pruneJournal, sizeOf } from './prune.ts';
import { prepareSamples, rawText, readSample, rereadSamples } from './samples.ts';

export type { HeldReading } from './held.ts';
export type { Outbox } from './outbox.ts';

export const JOURNAL_FILE = 'journal.sqlite';

/*
 * The edge's memory on disk: raw samples, facts on their way to the sinks, and the checkpoint behind them.
 *
 * - A sample that `append` returned from is on disk (WAL, synchronous FULL): a kill or a power cut does not lose it.
 * - Readings whose time is in doubt are on disk from `hold` on, and become samples in one transaction (held.ts).
 * - Facts, their outbox rows and the checkpoint are one transaction: after a crash all of it happened or none of it, and
 *   then `replay` gives the samples again that the checkpoint does not hold.
 * - A batch of facts leaves the outbox once every known sink has acknowledged it, in order. Sent twice is sent once: facts
 *   have keys, and the higher revision counts.
 * - Samples go by age and by size, oldest first, never because a sink is slow, and never before a checkpoint holds them;
 *   what size took is counted. Facts that no sink has taken yet are never dropped.
 * - A refusal of the disk (full, read-only) changes nothing: the call throws, what was there stays, and the same call
 *   succeeds when the disk takes it.
 * - A damaged or foreign file is set aside under another name, with a sentence, and what can be read of it is carried over:
 *   at the start and whenever a damaged page is met. The edge never refuses to start over it.
 */
export interface Journal {
  /**
   * Samples without a usable time are left out: no fact could ever rest on them. `released`: readings that were held, and are
   * now among the samples, or worth nothing.
   */
  append(samples: readonly Sample[], released?: readonly number[]): void;
  /** Writes down readings whose time is in doubt; their numbers, for `append`. */
  hold(source: string, readings: readonly Reading[]): number[];
  /** What is still held of a source, in the order in which it came. */
  held(source: string): HeldReading[];
  /**
   * Samples of these signals with t in [from, to) in order of t, and before them the last usable one of each before `from`,
   * and the bad one that came after that, where one did: a state that was lost before `from` is not known there.
   */
  read(signals: readonly string[], from: Instant, to: Instant): Sample[];
  /** Every sample in the order of its arrival. */
  samples(): Iterable<Sample>;
  /** From this instant on every sample that was ever appended is still here; null when there was none. */
  oldest(): Instant | null;
  /** Older samples were here once and were pruned. */
  wasPruned(): boolean;
  commit(work: JournalCommit): void;
  /** Several batches at once, or none of them. */
  commitAll(
    work: Omit<JournalCommit, 'batch'> & { readonly batches: readonly FactBatch[]; readonly reread?: Reread },
  ): void;
  /** The last checkpoint, as given to `commit`; null on a new disk. */
  checkpoint(): unknown;
  /** Samples appended after the last checkpoint, in the order of their arrival. */
  replay(): Iterable<Sample>;
  /** The fact that was last committed at this place, void or not; null where none was, or it has been pruned. */
  sent(kind: FactKind, place: FactPlace): CommittedFact | null;
  /** Facts last committed with t in [from, to), void ones too, and of each machine the interval going on at `from`. */
  sentBetween(from: Instant, to: Instant): Iterable<CommittedFact>;
  /** The last standing fact of an owner before `t`. */
  sentBefore(kind: FactKind, owner: string, t: Instant): CommittedFact | null;
  /** The highest revision that was ever committed; 0 when there was none. */
  highestRevision(): number;
  outbox(sink: string): Outbox;
  prune(limits: PruneLimits): Pruned;
  sizeBytes(): number;
  close(): void;
}

export interface JournalCommit {
  readonly batch: FactBatch;
  /** Undefined leaves the one before in place, and with it what `replay` gives. */
  readonly checkpoint?: unknown;
  /** The edge's clock: facts are known from then on, unless `sent` tells otherwise. */
  readonly at?: Instant;
  /** The facts of the batch again, with the instants from which they are known. */
  readonly sent?: readonly CommittedFact[];
}

/** What a sample whose raw reading was kept is worth now; null leaves it as it is. */
export type Reread = (sample: Sample) => Sample | null;

export interface JournalOptions {
  /** Told with a sentence for people when a damaged file was set aside. */
  readonly onSetAside?: (message: string) => void;
  /** Batches are kept for these sinks from the first commit on, also before `outbox` is asked for. */
  readonly sinks?: readonly string[];
  /** How the file is opened; the simulation hands in a disk that fails. */
  readonly open?: (path: string) => DatabaseSync;
}

/** An open file and what is prepared on it. */
interface Connection {
  readonly db: DatabaseSync;
  readonly signals: Map<string, number>;
  readonly samples: ReturnType<typeof prepareSamples>;
  readonly facts: ReturnType<typeof prepareFacts>;
}

export function openJournal(dir: string, options: JournalOptions = {}): Journal {
  mkdirSync(dir, { recursive: true });
  const file: JournalFile = {
    path: join(dir, JOURNAL_FILE),
    open: options.open ?? openDatabase,
    onSetAside: options.onSetAside ?? (() => {}),
  };
  const sinks = new Set(options.sinks);
  let connection = connect(openOrSetAside(file), sinks);

  /** A damaged page found at work is treated like one found at the start: aside, a new file, and once more. */
  function on<T>(work: (connection: Connection) => T): T {
    try {
      return work(connection);
    } catch (error) {
      if (!isDamage(error)) throw error;
      connection.db.close();
      connection = connect(setAside(file, error), sinks);
      return work(connection);
    }
  }

  function commitAll(
    batches: readonly FactBatch[],
    { checkpoint, at, sent }: Omit<JournalCommit, 'batch'>,
    reread: Reread | null = null,
  ): void {
    on(({ db, samples, facts }) =>
      transaction(db, () => {
        for (const batch of batches) {
          if (isEmpty(batch)) continue;
          samples.addBatch.run(JSON.stringify(batch));
          if (!sent) putFacts(facts, committedOf(batch, at ?? null));
        }
        if (sent) putFacts(facts, sent);
        if (reread) rereadSamples(db, reread);
        if (checkpoint !== undefined) samples.setCheckpoint.run(JSON.stringify(checkpoint));
      }),
    );
  }

  function* inOrderOfArrival(after: number): Generator<Sample> {
    let last = after;
    for (;;) {
      const rows = on(({ samples }) => samples.arrived.all(last, ROWS_AT_ONCE));
      if (rows.length === 0) return;
      for (const row of rows) yield readSample(row);
      last = Number(rows.at(-1)?.['seq']);
    }
  }

  return {
    append(samples, released = []) {
      on((to) => appendSamples(to, samples, released));
    },
    hold: (source, readings) =>
      on(({ db }) => {
        let ids: number[] = [];
        transaction(db, () => {
          ids = addHeld(db, source, readings);
        });
        return ids;
      }),
    held: (source) => on(({ db }) => heldOf(db, source)),
    read: (signals, from, to) => on((own) => readSamples(own, signals, from, to)),
    samples: () => inOrderOfArrival(0),
    oldest: () =>
      on(({ db, facts }) => {
        const pruned = facts.mark.get('prunedTo')?.['value'];
        if (typeof pruned === 'number') return pruned;
        const oldest = '(SELECT min(t) FROM sample WHERE sample.signal = signal.id)';
        const t = db.prepare(`SELECT min(${oldest}) AS t FROM signal`).get()?.['t'];
        return typeof t === 'number' ? t : null;
      }),
    wasPruned: () => on(({ facts }) => facts.mark.get('prunedTo') !== undefined),
    commit: ({ batch, ...rest }) => commitAll([batch], rest),
    commitAll: ({ batches, reread, ...rest }) => commitAll(batches, rest, reread),
    checkpoint: () =>
      on(({ db }) => {
        const state = db.prepare('SELECT state FROM checkpoint').get()?.['state'];
        return typeof state === 'string' ? (JSON.parse(state) as unknown) : null;
      }),
    replay: () => inOrderOfArrival(on(({ db }) => heldByCheckpoint(db))),
    sent: (kind, { owner, t, key }) =>
      on(({ facts }) => {
        const row = facts.one.get(kind, owner, t, key);
        return row ? readFact(row) : null;
      }),
    *sentBetween(from, to) {
      const rows = on(({ facts }) => {
        const goingOn = facts.owners.all().flatMap(({ owner }) => {
          const row = facts.before.get('interval', String(owner), from);
          return row ? [row] : [];
        });
        return [...goingOn, ...facts.between.all(from, to)];
      });
      for (const row of rows) yield readFact(row);
    },
    sentBefore: (kind, owner, t) =>
      on(({ facts }) => {
        const row = facts.before.get(kind, owner, t);
        return row ? readFact(row) : null;
      }),
    highestRevision: () => on(({ facts }) => Number(facts.mark.get('highestRevision')?.['value'] ?? 0)),
    outbox(sink) {
      sinks.add(sink);
      on(({ db }) => addSinks(db, [sink]));
      return outboxOf(sink, (work) => on(({ db }) => work(db)), transaction);
    },
    prune: (limits) => on(({ db, facts }) => pruneJournal(db, facts, heldByCheckpoint(db), limits)),
    sizeBytes: () => on(({ db }) => sizeOf(db)),
    close() {
      connection.db.close();
    },
  };
}

const ROWS_AT_ONCE = 2000;

function connect(db: DatabaseSync, sinks: ReadonlySet<string>): Connection {
  const signals = new Map<string, number>();
  for (const row of db.prepare('SELECT id, name FROM signal').all())
    signals.set(String(row['name']), Number(row['id']));
  addSinks(db, sinks);
  return { db, signals, samples: prepareSamples(db), facts: prepareFacts(db) };
}

/** A sink that is new here owes nothing of what was committed before it. */
function addSinks(db: DatabaseSync, sinks: Iterable<string>): void {
  const add = db.prepare(
    'INSERT OR IGNORE INTO sink (name, acked) VALUES (?, (SELECT coalesce(max(seq), 0) FROM batch))',
  );
  for (const sink of sinks) add.run(sink);
}

function transaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    // A full disk has ended the transaction by itself.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function appendSamples(
  { db, signals, samples: statements }: Connection,
  samples: readonly Sample[],
  released: readonly number[],
): void {
  const known = new Set(signals.keys());
  const idOf = (name: string): number => {
    const id = signals.get(name) ?? Number(statements.addSignal.get(name)?.['id']);
    signals.set(name, id);
    return id;
  };
  try {
    transaction(db, () => {
      for (const s of samples) {
        if (!Number.isFinite(s.t) || !Number.isFinite(s.received)) continue;
        statements.add.run(idOf(s.signal), s.t, s.received, s.value, s.quality, s.id ?? null, rawText(s));
      }
      dropHeld(db, released);
    });
  } catch (error) {
    // A signal named in a transaction that was rolled back is not on disk.
    for (const name of signals.keys()) if (!known.has(name)) signals.delete(name);
    throw error;
  }
}

function readSamples(own: Connection, signals: readonly string[], from: Instant, to: Instant): Sample[] {
  const { lastBefore, lastUsableBefore, between } = own.samples;
  const found: Sample[] = [];
  for (const signal of signals) {
    const id = own.signals.get(signal);
    if (id === undefined) continue;
    const last = lastBefore.get(id, from);
    const usable = last?.['quality'] === 'bad' ? lastUsableBefore.get(id, from) : undefined;
    if (usable) found.push(readSample(usable, signal));
    if (last) found.push(readSample(last, signal));
    for (const row of between.iterate(id, from, to)) found.push(readSample(row, signal));
  }
  return found.sort((a, b) => a.t - b.t);
}

/** The last sample that the checkpoint holds. */
function heldByCheckpoint(db: DatabaseSync): number {
  return Number(db.prepare('SELECT sampleSeq FROM checkpoint').get()?.['sampleSeq'] ?? 0);
}

function isEmpty(batch: FactBatch): boolean {
  return Object.values(batch).every((rows: readonly unknown[]) => rows.length === 0);
}
