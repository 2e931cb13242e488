import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { UserError } from '#shared/contract/command.ts';
import { type Instant, toIso } from '#shared/time/instant.ts';
import { packTar, type TarFile, unpackTar } from './tar.ts';

/*
 * One file with what cannot be made again: the ledger with accounts and audit log, the history of plant files, configuration,
 * keys. Recorded facts are the historian's and have their own backup.
 *
 * - A database is copied as of one instant while the server runs (VACUUM INTO), never file by file.
 * - The manifest holds a digest of each file and the head of the audit log; a restore checks all of it before it writes anything.
 * - It holds every key: the file is for its owner's eyes only, and belongs in a safe place.
 */
export interface BackupPlace {
  readonly dataDir: string;
  readonly plantFile: string | null;
  /** True: the SQLite historian too, which may be large. */
  readonly historian: boolean;
}

/** `judged.sqlite` is all that is left of time whose minutes are no longer kept. */
const DATABASES = ['ledger.sqlite', 'accounts.sqlite', 'plant-history.sqlite', 'judged.sqlite', 'inventory.sqlite'];
const HISTORIAN = 'historian.sqlite';
const FILES = ['secrets.json', 'server.yaml', 'tls/ca.crt', 'tls/ca.key', 'tls/server.crt', 'tls/server.key'];

const manifestSchema = z.object({
  linewatt: z.literal('backup'),
  version: z.literal(1),
  madeAt: z.string(),
  auditHead: z.string().nullable(),
  files: z.record(z.string(), z.object({ bytes: z.number(), sha256: z.string() })),
});
export type Manifest = z.output<typeof manifestSchema>;

const digest = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

export function makeBackup(
  place: BackupPlace,
  auditHead: string | null,
  now: Instant,
): { file: Buffer; manifest: Manifest } {
  const { dataDir, plantFile, historian } = place;
  const scratch = mkdtempSync(join(dataDir, '.backup-'));
  chmodSync(scratch, 0o700);
  try {
    const files: TarFile[] = [];
    for (const name of [...DATABASES, ...(historian ? [HISTORIAN] : [])]) {
      const source = join(dataDir, name);
      if (!existsSync(source)) continue;
      const copy = join(scratch, name);
      const db = new DatabaseSync(source, { readOnly: true, timeout: 10_000 });
      try {
        db.prepare('VACUUM INTO ?').run(copy);
      } finally {
        db.close();
      }
      files.push({ name, mode: 0o600, content: readFileSync(copy) });
    }
    for (const name of FILES) {
      const source = join(dataDir, name);
      if (existsSync(source)) files.push({ name, mode: 0o600, content: readFileSync(source) });
    }
    if (plantFile !== null) files.push({ name: 'plant.yaml', mode: 0o644, content: readFileSync(plantFile) });
    const manifest: Manifest = {
      linewatt: 'backup',
      version: 1,
      madeAt: toIso(now),
      auditHead,
      files: Object.fromEntries(
        files.map(({ name, content }) => [name, { bytes: content.length, sha256: digest(content) }]),
      ),
    };
    const first = {
      name: 'manifest.json',
      mode: 0o644,
      content: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`),
    };
    return { file: gzipSync(packTar([first, ...files], Math.floor(now / 1000))), manifest };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Reads and checks a backup. @throws UserError that says what is wrong with it. */
export function readBackup(file: Buffer, name: string): { manifest: Manifest; files: readonly TarFile[] } {
  let files: TarFile[];
  try {
    files = unpackTar(gunzipSync(file));
  } catch (error) {
    throw new UserError(`${name} cannot be restored: ${error instanceof Error ? error.message : error}`);
  }
  const [first, ...rest] = files;
  const manifest = manifestSchema.safeParse(first?.name === 'manifest.json' ? parseJson(first.content) : null);
  if (!manifest.success) throw new UserError(`${name} has no manifest of a Linewatt backup`);
  const known = new Set([...DATABASES, HISTORIAN, ...FILES, 'plant.yaml']);
  for (const { name: one, content } of rest) {
    const held = manifest.data.files[one];
    if (!known.has(one)) throw new UserError(`${name} holds ${one}, which no backup of ours does`);
    if (held?.sha256 !== digest(content)) throw new UserError(`${one} in ${name} is not what was backed up`);
  }
  const missing = Object.keys(manifest.data.files).find((one) => !rest.some((f) => f.name === one));
  if (missing !== undefined) throw new UserError(`${name} lacks ${missing}, which its manifest names`);
  return { manifest: manifest.data, files: rest };
}

/** Writes the files of a backup into a data directory that has none of them. @throws UserError */
export function writeBackup(files: readonly TarFile[], dataDir: string): void {
  mkdirSync(dataDir, { recursive: true });
  const there = files.find(({ name }) => existsSync(join(dataDir, name)));
  if (there) {
    throw new UserError(
      `${join(dataDir, there.name)} is there already, and a restore never writes over anything; give an empty directory with --data`,
    );
  }
  for (const { name, mode, content } of files) {
    const target = join(dataDir, name);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    writeFileSync(`${target}.new`, content, { mode, flush: true });
    renameSync(`${target}.new`, target);
  }
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    return null;
  }
}
