import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

export interface Postgres {
  /** postgres://127.0.0.1:PORT/postgres; user and password beside it. */
  readonly url: string;
  readonly credentials: { readonly user: string; readonly password: string };
  /** A fresh empty database on the same server. */
  database(name: string): string;
  /** Ends the server at once, as a power cut would; `start` goes on with what it had. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const USER = 'linewatt';

/** Debian's real PostgreSQL on a free loopback port with an empty data folder; everything is removed by `stop`. */
export async function startPostgres(): Promise<Postgres> {
  const bin = binaries();
  const dir = await mkdtemp(join(tmpdir(), 'linewatt-postgres-'));
  const data = join(dir, 'data');
  const port = await freePort();
  // PostgreSQL refuses to run as root.
  const owner = process.getuid?.() === 0 ? unprivileged() : undefined;
  if (owner) await chown(dir, owner.uid, owner.gid);
  const as = owner ?? {};
  const run = (command: string, args: readonly string[]): void => {
    execFileSync(join(bin, command), args, {
      ...as,
      stdio: 'pipe',
      cwd: dir,
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
    });
  };
  run('initdb', ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-locale', '-N']);
  let server: ChildProcess | null = null;
  let exited: Promise<void> = Promise.resolve();
  const start = async (): Promise<void> => {
    // Its processes die here, never the machine: what it wrote needs not be on the disk.
    const child = spawn(
      join(bin, 'postgres'),
      ['-c', 'fsync=off', '-D', data, '-p', `${port}`, '-h', '127.0.0.1', '-k', dir, '-c', 'logging_collector=off'],
      { ...as, stdio: 'ignore', cwd: dir },
    );
    server = child;
    exited = new Promise((done) => child.once('exit', () => done()));
    const deadline = performance.now() + 30_000;
    for (;;) {
      try {
        run('pg_isready', ['-q', '-h', '127.0.0.1', '-p', `${port}`]);
        return;
      } catch {
        if (child.exitCode !== null || performance.now() > deadline) {
          throw new Error('PostgreSQL did not start; is postgresql installed?');
        }
        await new Promise((done) => setTimeout(done, 50));
      }
    }
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    server?.kill(signal);
    await exited;
    server = null;
  };
  await start();
  return {
    url: `postgres://127.0.0.1:${port}/postgres`,
    credentials: { user: USER, password: 'not-asked-for' },
    database(name) {
      run('createdb', ['-h', '127.0.0.1', '-p', `${port}`, '-U', USER, name]);
      return `postgres://127.0.0.1:${port}/${name}`;
    },
    // The immediate way out: no checkpoint, and its children go with it; SIGKILL would leave those behind.
    kill: () => end('SIGQUIT'),
    start,
    async stop() {
      await end('SIGQUIT');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Debian keeps the server's programs beside the version, not on the PATH. */
function binaries(): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((v) => join(root, v, 'bin')).find((dir) => existsSync(join(dir, 'initdb')));
  if (!found) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  return found;
}

function unprivileged(): { uid: number; gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
