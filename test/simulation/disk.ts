import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { JOURNAL_FILE } from '#edge/journal/journal.ts';
import type { Random } from '../scenarios/faults.ts';

/*
 * A disk that fails: real SQLite files, with the power cut at a statement that the seed chose.
 *
 * - A cut leaves a copy of the files as they stood; from then on every statement throws, because the process is dead.
 * - A cut inside a commit leaves its bytes half written: of each sector that the commit changed either the old or the new
 *   content, or a flipped bit in it, or zeros. What was synced before the commit began stays as it was.
 * - A full disk is SQLite's own: `max_page_count`. A disk that refuses a commit says so before anything is written.
 */
export class PowerCut extends Error {
  constructor() {
    super('the power was cut');
    this.name = 'PowerCut';
  }
}

export type CutMode = 'before' | 'after' | 'torn';

export interface FaultyDisk {
  readonly folder: string;
  readonly isDead: boolean;
  /** How it died, in words; empty while it lives. */
  readonly died: string;
  /** The power goes at the `n`th writing statement from now on; `torn` waits for the next commit. */
  cutAt(n: number, mode: CutMode): void;
  /** The power goes now. */
  cut(): void;
  /** Pages that may still be added; null: as many as it likes. */
  setRoom(pages: number | null): void;
  /** The next `n` commits are refused. */
  refuseCommits(n: number): void;
  open(path: string): DatabaseSync;
  close(): void;
}

const SECTOR = 512;
const UNLIMITED = 4_294_967_294;

/** A life's disk in `folder`; what survives a cut is copied into `next`. */
export function faultyDisk(folder: string, next: string, random: Random): FaultyDisk {
  mkdirSync(folder, { recursive: true });
  let dead = false;
  let died = '';
  let countdown = Number.POSITIVE_INFINITY;
  let mode: CutMode = 'before';
  let refusals = 0;
  let db: DatabaseSync | null = null;

  function die(survivor: () => void): never {
    dead = true;
    mkdirSync(next, { recursive: true });
    survivor();
    throw new PowerCut();
  }

  const asItStands = () => {
    for (const end of ['', '-wal']) copyIfThere(join(folder, JOURNAL_FILE + end), join(next, JOURNAL_FILE + end));
  };

  function step<T>(sql: string, work: () => T): T {
    if (dead) throw new PowerCut();
    const isCommit = sql === 'COMMIT';
    if (isCommit && refusals > 0) {
      refusals -= 1;
      throw Object.assign(new Error('disk I/O error'), { errcode: 10 });
    }
    countdown -= 1;
    if (countdown > 0 || (mode === 'torn' && !isCommit)) return work();
    died = `${mode} ${mode === 'torn' ? 'commit' : kindOf(sql)}`;
    if (mode === 'before') die(asItStands);
    const before = mode === 'torn' ? bytesIn(folder) : null;
    const result = work();
    if (!before) die(asItStands);
    return die(() => tear(before, bytesIn(folder), next, random)) ?? result;
  }

  return {
    folder,
    get isDead() {
      return dead;
    },
    get died() {
      return died;
    },
    cutAt(n, how) {
      countdown = n;
      mode = how;
    },
    cut() {
      if (dead) return;
      died = 'between statements';
      try {
        die(asItStands);
      } catch {
        // The caller is not the process that dies.
      }
    },
    setRoom(pages) {
      if (!db || dead) return;
      const used = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
      DatabaseSync.prototype.exec.call(db, `PRAGMA max_page_count = ${pages === null ? UNLIMITED : used + pages}`);
    },
    refuseCommits(n) {
      refusals = n;
    },
    open(path) {
      db = new WatchedDatabase(path, step);
      return db;
    },
    close() {
      dead = true;
      if (db?.isOpen) db.close();
    },
  };
}

function kindOf(sql: string): string {
  return /^\s*(\w+)/.exec(sql)?.[1]?.toLowerCase() ?? '';
}

type Step = <T>(sql: string, work: () => T) => T;

class WatchedDatabase extends DatabaseSync {
  readonly #step: Step;

  constructor(path: string, step: Step) {
    super(path, { timeout: 1000 });
    this.#step = step;
  }

  override exec(sql: string): void {
    this.#step(sql, () => super.exec(sql));
  }

  override prepare(sql: string): StatementSync {
    const statement = super.prepare(sql);
    if (/^\s*(SELECT|PRAGMA)/i.test(sql)) return statement;
    const run = statement.run.bind(statement);
    const get = statement.get.bind(statement);
    statement.run = ((...values: Parameters<typeof run>) => this.#step(sql, () => run(...values))) as typeof run;
    statement.get = ((...values: Parameters<typeof get>) => this.#step(sql, () => get(...values))) as typeof get;
    return statement;
  }
}

interface Bytes {
  readonly main: Buffer;
  readonly wal: Buffer;
}

function bytesIn(folder: string): Bytes {
  const read = (path: string) => (existsSync(path) ? readFileSync(path) : Buffer.alloc(0));
  return { main: read(join(folder, JOURNAL_FILE)), wal: read(join(folder, `${JOURNAL_FILE}-wal`)) };
}

function copyIfThere(from: string, to: string): void {
  if (existsSync(from)) copyFileSync(from, to);
}

/**
 * The log is synced before the main file is touched: a cut finds either the log half written and the main file as it was,
 * or the log whole and the main file half written.
 */
function tear(before: Bytes, after: Bytes, next: string, random: Random): void {
  const reachedMain = !before.main.equals(after.main) && random() < 0.5;
  const main = reachedMain ? halfWritten(before.main, after.main, random, false) : before.main;
  const wal = reachedMain ? after.wal : halfWritten(before.wal, after.wal, random, true);
  writeFileSync(join(next, JOURNAL_FILE), main);
  writeFileSync(join(next, `${JOURNAL_FILE}-wal`), wal);
}

function halfWritten(before: Buffer, after: Buffer, random: Random, mayDecay: boolean): Buffer {
  const torn = Buffer.from(after);
  const decay = mayDecay ? random() : 1;
  const prefix = random() < 0.5 ? Math.floor(random() * (after.length / SECTOR + 1)) : -1;
  const changed: number[] = [];
  for (let at = 0, n = 0; at < after.length; at += SECTOR, n += 1) {
    const old = before.subarray(at, at + SECTOR);
    const now = after.subarray(at, at + SECTOR);
    if (old.equals(now)) continue;
    changed.push(at);
    const isWritten = prefix < 0 ? random() < 0.5 : n < prefix;
    if (isWritten) continue;
    torn.fill(0, at, Math.min(at + SECTOR, torn.length));
    old.copy(torn, at);
  }
  const at = changed[Math.floor(random() * changed.length)];
  // A flipped bit, only in bytes that the commit was still writing.
  if (at !== undefined && decay < 0.3) {
    const index = Math.min(torn.length - 1, at + Math.floor(random() * SECTOR));
    if (before[index] !== after[index]) torn[index] = (torn[index] ?? 0) ^ (1 << Math.floor(random() * 8));
  }
  return torn;
}
