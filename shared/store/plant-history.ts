import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { UserError } from '../contract/command.ts';
import { parsePlant } from '../plant/parse.ts';
import { PlantFileError } from '../plant/problem.ts';
import type { Instant } from '../time/instant.ts';
import { type PlantReading, plantFingerprint } from './plant-file.ts';

/*
 * Every plant file that ran, with the time that it applied from.
 *
 * - Append-only: nothing is changed or deleted; times never fall.
 * - The version that runs, recorded again, is no new version; the same file after another one is.
 * - A version keeps the text of its file and of every file that it names: it can be read again as it was.
 */
export interface PlantVersion {
  /** From 1, without gaps. */
  readonly seq: number;
  /** SHA-256 of the plant file, hex. */
  readonly hash: string;
  readonly appliedFrom: Instant;
}

export interface PlantHistory {
  /** In order of time. The same array until the next one is recorded. */
  versions(): readonly PlantVersion[];
  /** @throws UserError for a version that this Linewatt can no longer read. */
  read(version: PlantVersion): PlantReading;
  /** What it was read from. */
  text(version: PlantVersion): Pick<PlantReading, 'text' | 'attachments'>;
  close(): void;
}

export interface PlantHistoryWriter extends PlantHistory {
  /** Records what runs from `now` on. Returns the version in force. */
  record(reading: PlantReading, now: Instant): PlantVersion;
}

const SCHEMA_VERSION = 1;

export function plantHistoryFile(dataDir: string): string {
  return join(dataDir, 'plant-history.sqlite');
}

/** The version in force at `t`. Of the time before the first one nothing else is known: that one. */
export function versionAt(versions: readonly PlantVersion[], t: Instant): PlantVersion | null {
  return versions.findLast((version) => version.appliedFrom <= t) ?? versions[0] ?? null;
}

/** Opens (or makes) the file. `:memory:` keeps it in memory. @throws UserError when it cannot be opened. */
export function openPlantHistory(file: string): PlantHistoryWriter {
  const db = opened(file, () => {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
    const made = new DatabaseSync(file, { timeout: 5000 });
    made.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS text (digest TEXT PRIMARY KEY, deflated BLOB NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS version (
        seq INTEGER PRIMARY KEY, hash TEXT NOT NULL, appliedFrom INTEGER NOT NULL, fingerprint TEXT NOT NULL,
        text TEXT NOT NULL REFERENCES text, attachments TEXT NOT NULL
      ) STRICT;
      ${['text', 'version'].map(appendOnly).join('\n')}`);
    return made;
  });
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  const putText = db.prepare('INSERT OR IGNORE INTO text (digest, deflated) VALUES (?, ?)');
  const putVersion = db.prepare(
    'INSERT INTO version (seq, hash, appliedFrom, fingerprint, text, attachments) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const newest = db.prepare('SELECT seq, hash, appliedFrom, fingerprint FROM version ORDER BY seq DESC LIMIT 1');
  let versions = readVersions(db);
  const keep = (text: string): string => {
    const digest = createHash('sha256').update(text).digest('hex');
    putText.run(digest, deflateRawSync(text));
    return digest;
  };
  return {
    versions: () => versions,
    read: (version) => readVersion(db, version),
    text: (version) => textsOf(db, version),
    record(reading, now) {
      const fingerprint = plantFingerprint(reading);
      db.exec('BEGIN IMMEDIATE');
      try {
        const last = newest.get();
        if (last?.['fingerprint'] !== fingerprint) {
          const attachments = [...reading.attachments].map(([name, text]) => [name, keep(text)]);
          const appliedFrom = Math.max(now, Number(last?.['appliedFrom'] ?? now));
          const text = keep(reading.text);
          const names = JSON.stringify(attachments);
          putVersion.run(Number(last?.['seq'] ?? 0) + 1, reading.plant.hash, appliedFrom, fingerprint, text, names);
        }
        db.exec('COMMIT');
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
      versions = readVersions(db);
      return versions.at(-1) as PlantVersion;
    },
    close: () => db.close(),
  };
}

/** For reading alone. @throws UserError when there is none, or it cannot be opened. */
export function openPlantHistoryReader(dataDir: string): PlantHistory {
  const file = plantHistoryFile(dataDir);
  if (!existsSync(file)) {
    throw new UserError(
      `${dataDir} has no ${file.slice(dataDir.length + 1)}; name the data directory of an api that ran`,
    );
  }
  const db = opened(file, () => new DatabaseSync(file, { readOnly: true, timeout: 5000 }));
  const versions = readVersions(db);
  return {
    versions: () => versions,
    read: (version) => readVersion(db, version),
    text: (version) => textsOf(db, version),
    close: () => db.close(),
  };
}

const appendOnly = (table: string): string =>
  ['UPDATE', 'DELETE']
    .map(
      (what) => `CREATE TRIGGER IF NOT EXISTS ${table}_keep_${what.toLowerCase()} BEFORE ${what} ON ${table}
        BEGIN SELECT RAISE(ABORT, 'append-only'); END;`,
    )
    .join('\n');

function opened(file: string, open: () => DatabaseSync): DatabaseSync {
  try {
    const db = open();
    const held = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (held > SCHEMA_VERSION) {
      db.close();
      throw new UserError(`${file} was written by a newer Linewatt (schema ${held}); start that version`);
    }
    return db;
  } catch (error) {
    if (error instanceof UserError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`the plant history ${file} cannot be opened: ${why}. Check the data directory`);
  }
}

function readVersions(db: DatabaseSync): readonly PlantVersion[] {
  return db
    .prepare('SELECT seq, hash, appliedFrom FROM version ORDER BY seq')
    .all()
    .map((row) => ({ seq: Number(row['seq']), hash: String(row['hash']), appliedFrom: Number(row['appliedFrom']) }));
}

function textsOf(db: DatabaseSync, { seq }: PlantVersion): Pick<PlantReading, 'text' | 'attachments'> {
  const row = db.prepare('SELECT text, attachments FROM version WHERE seq = ?').get(seq);
  if (!row) throw new RangeError(`the plant history has no version ${seq}`);
  const one = db.prepare('SELECT deflated FROM text WHERE digest = ?');
  const textOf = (digest: unknown): string =>
    inflateRawSync(one.get(String(digest))?.['deflated'] as Uint8Array).toString('utf8');
  const names = JSON.parse(String(row['attachments'])) as [string, string][];
  return { text: textOf(row['text']), attachments: new Map(names.map(([name, digest]) => [name, textOf(digest)])) };
}

function readVersion(db: DatabaseSync, version: PlantVersion): PlantReading {
  const { hash } = version;
  const { text, attachments } = textsOf(db, version);
  const readFile = (name: string): string => {
    const content = attachments.get(name);
    if (content === undefined) throw new UserError(`the file ${name} was not kept with this version`);
    return content;
  };
  try {
    const { plant, doubts } = parsePlant(text, { hash, file: `plant ${hash.slice(0, 12)}`, readFile });
    return { plant, doubts, text, attachments };
  } catch (error) {
    if (!(error instanceof PlantFileError)) throw error;
    throw new UserError(
      `this Linewatt can no longer read an earlier plant file, so figures of then cannot be told: ${error.message}`,
    );
  }
}
