import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from './free-port.ts';
import { zoneWhereItIs } from './site-zone.ts';

export const ROOT = resolve(import.meta.dirname, '../..');

export interface LinewattOptions {
  /** Extra arguments of `up`, such as `--historian http://...`. */
  readonly args?: readonly string[];
  /** Continue with the folder (and ports) of an earlier run. */
  readonly reuse?: Pick<Linewatt, 'dataDir' | 'plantFile' | 'port' | 'brokerPort' | 'opcuaPort' | 'modbusPort'>;
  /** Days of generated history; default 2, which keeps the tests quick. */
  readonly historyDays?: number;
  /** Time zone of the site instead of the demo plant's: it decides how far the shift is. Default: early in a shift, no break near. */
  readonly timezone?: string;
  /** Resolve as soon as the api answers, while the edge may still write history. */
  readonly early?: boolean;
}

export interface Linewatt {
  readonly url: string;
  readonly dataDir: string;
  readonly plantFile: string;
  readonly port: number;
  readonly brokerPort: number;
  readonly opcuaPort: number;
  readonly modbusPort: number;
  readonly log: () => string;
  /** Process ids of the children that `up` supervises, by command name. */
  children(): Promise<Record<string, number>>;
  json<T>(path: string): Promise<T>;
  /** Keeps `up` from restarting what dies, until `resume`. */
  pause(): void;
  resume(): void;
  /** Ctrl-C; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Stops and removes the folder. */
  dispose(): Promise<void>;
}

/** The whole product, as `npm start` runs it, with the demo plant on ports of its own. Resolves when health is ok. */
export async function startLinewatt(options: LinewattOptions = {}): Promise<Linewatt> {
  const place = options.reuse ?? (await freshPlace(options.historyDays ?? 2, options.timezone));
  const args = ['--plant', place.plantFile, '--data', place.dataDir, '--port', `${place.port}`];
  const child = spawn(
    process.execPath,
    ['linewatt.ts', 'up', ...args, '--broker-port', `${place.brokerPort}`, ...(options.args ?? [])],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${ROOT}/node_modules/.bin:${process.env.PATH}` },
    },
  );
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += chunk));
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  const url = `http://127.0.0.1:${place.port}`;
  const running: Linewatt = {
    ...place,
    url,
    log: () => log,
    children: () => childrenOf(child),
    json: (path) => getJson(`${url}${path}`),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      if (child.exitCode === null) child.kill('SIGINT');
      return exited;
    },
    async dispose() {
      await this.stop();
      await rm(place.dataDir, { recursive: true, force: true });
    },
  };
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`linewatt up ended with ${child.exitCode}:\n${log}`);
      const health = await getJson<{ status: string }>(`${url}/api/v1/health`).catch(() => null);
      return options.early ? health !== null : health?.status === 'ok';
    },
    150_000,
    () => `linewatt up did not become healthy:\n${log}`,
  );
  return running;
}

async function freshPlace(historyDays: number, timezone = zoneWhereItIs('07:30', new Date())) {
  const dataDir = await mkdtemp(join(tmpdir(), 'linewatt-data-'));
  const [port, brokerPort, opcuaPort, modbusPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const plantFile = join(dataDir, 'demo.plant.yaml');
  const text = await readFile(join(ROOT, 'config/demo.plant.yaml'), 'utf8');
  await writeFile(
    plantFile,
    text
      .replaceAll('48400', `${opcuaPort}`)
      .replaceAll('48502', `${modbusPort}`)
      .replace(/historyDays: \d+/, `historyDays: ${historyDays}`)
      .replace(/timezone: [\w/]+/, `timezone: ${timezone}`),
  );
  return { dataDir, plantFile, port, brokerPort, opcuaPort, modbusPort };
}

async function childrenOf(parent: ChildProcess): Promise<Record<string, number>> {
  const pids = (await readFile(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8')).trim().split(/\s+/);
  const found: Record<string, number> = {};
  for (const pid of pids) {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const name = words[words.findIndex((w) => w.endsWith('linewatt.ts')) + 1];
    if (name !== undefined && ['edge', 'api', 'demo'].includes(name)) found[name] = Number(pid);
  }
  return found;
}

export async function getJson<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Polls a condition that no event announces, until it holds or the time is up. */
export async function until(
  condition: () => Promise<boolean> | boolean,
  withinMs: number,
  message: () => string,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(message());
    await new Promise((done) => setTimeout(done, 100));
  }
}
