import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/*
 * - `dist` is whole or absent: a build goes to a folder of its own and is moved into place when it is complete.
 * - `dist/build.json` says which inputs it was made of; the same inputs are never built twice.
 */
const ROOM = dirname(fileURLToPath(import.meta.url));
const DIST = join(ROOM, 'dist');
const WALL_BUDGET_BYTES = 200_000;

export interface DashboardBuild {
  /** Hash of the sources; walls reload themselves when the server's differs from theirs. */
  readonly build: string;
  /** Folder to serve. */
  readonly dir: string;
}

interface BuildRecord {
  readonly build: string;
  /** Bytes of JavaScript, gzipped, that a first visit loads. */
  readonly firstLoad: Readonly<Record<string, number>>;
}

/**
 * Builds the dashboard where its sources are newer than the last build; otherwise only compares a hash.
 * @throws Error when Vite cannot build, or is not installed while a build is needed.
 */
export async function ensureBuilt(): Promise<DashboardBuild> {
  const build = hashOfInputs();
  if (recordedBuild() === build) return { build, dir: DIST };
  const vite = await import('vite').catch(() => {
    throw new Error(
      'The dashboard has not been built and Vite is not installed: run `npm install` with development packages.',
    );
  });
  const fresh = `${DIST}.${process.pid}`;
  process.env['LINEWATT_BUILD'] = build;
  try {
    await vite.build({
      configFile: join(ROOM, 'vite.config.ts'),
      build: { outDir: fresh, emptyOutDir: true, manifest: 'manifest.json' },
    });
    const record: BuildRecord = { build, firstLoad: firstLoads(fresh) };
    writeFileSync(join(fresh, 'build.json'), `${JSON.stringify(record, null, 2)}\n`);
    rmSync(DIST, { recursive: true, force: true });
    renameSync(fresh, DIST);
    const wall = record.firstLoad['wall'] ?? 0;
    if (wall > WALL_BUDGET_BYTES) {
      process.stderr.write(`dashboard: the wall loads ${wall} bytes of script, more than its ${WALL_BUDGET_BYTES}.\n`);
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return { build, dir: DIST };
}

/** First load of each page in bytes of gzipped script, as recorded by the last build. */
export function firstLoadOfLastBuild(): Readonly<Record<string, number>> {
  return readRecord()?.firstLoad ?? {};
}

function recordedBuild(): string | null {
  return existsSync(join(DIST, 'index.html')) ? (readRecord()?.build ?? null) : null;
}

function readRecord(): BuildRecord | null {
  try {
    return JSON.parse(readFileSync(join(DIST, 'build.json'), 'utf8')) as BuildRecord;
  } catch {
    return null;
  }
}

function hashOfInputs(): string {
  const hash = createHash('sha256');
  const files = [...inputsIn(ROOM), ...inputsIn(join(ROOM, '../shared')), join(ROOM, '../package.json')].sort();
  for (const file of files) hash.update(relative(ROOM, file)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 16);
}

function inputsIn(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return /^(dist|node_modules|store)/.test(entry.name) ? [] : inputsIn(path);
    return /\.test\.ts$|^\./.test(entry.name) ? [] : [path];
  });
}

interface ManifestChunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
}

/** Script bytes of entry and page together, each chunk once. */
function firstLoads(dir: string): Record<string, number> {
  const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')) as Record<string, ManifestChunk>;
  const entry = Object.keys(manifest).find((key) => key.endsWith('.html') && manifest[key]?.isEntry);
  const closure = (key: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(key)) return seen;
    seen.add(key);
    for (const next of manifest[key]?.imports ?? []) closure(next, seen);
    return seen;
  };
  const sizes: Record<string, number> = {};
  for (const key of Object.keys(manifest)) {
    const page = /^views\/(\w+)\/\w+View\.vue$/.exec(key)?.[1];
    if (!page || !entry) continue;
    const files = new Set([...closure(entry), ...closure(key)].map((chunk) => manifest[chunk]?.file));
    sizes[page] = [...files].reduce(
      (sum, file) => sum + (file?.endsWith('.js') ? gzipSync(readFileSync(join(dir, file))).length : 0),
      0,
    );
  }
  return sizes;
}
