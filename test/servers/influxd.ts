import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

export interface Influxd {
  readonly port: number;
  readonly url: string;
  /** No goodbye: what it had not synced is gone. */
  kill(): Promise<void>;
  /** The same server again, on the same port and files. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface InfluxdOptions {
  /** Further lines of the section [http]. */
  readonly http?: readonly string[];
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** Debian's real influxd on a free loopback port with an empty data folder; everything is removed by `stop`. */
export async function startInfluxd({ http = [], tls }: InfluxdOptions = {}): Promise<Influxd> {
  const dir = await mkdtemp(join(tmpdir(), 'linewatt-influxd-'));
  const [port, rpcPort] = [await freePort(), await freePort()];
  const config = join(dir, 'influxdb.conf');
  await writeFile(
    config,
    [
      'reporting-disabled = true',
      `bind-address = "127.0.0.1:${rpcPort}"`,
      `[meta]\n  dir = "${dir}/meta"`,
      `[data]\n  dir = "${dir}/data"\n  wal-dir = "${dir}/wal"\n  query-log-enabled = false`,
      `[http]\n  bind-address = "127.0.0.1:${port}"\n  log-enabled = false`,
      ...http.map((line) => `  ${line}`),
      ...(tls
        ? ['  https-enabled = true', `  https-certificate = "${tls.certificate}"`, `  https-private-key = "${tls.key}"`]
        : []),
      '[monitor]\n  store-enabled = false',
      '',
    ].join('\n'),
  );
  let child: ChildProcess | null = null;

  async function start(): Promise<void> {
    const started = spawn('influxd', ['-config', config], { stdio: 'ignore' });
    child = started;
    const deadline = Date.now() + 30_000;
    while (!(await listens(port))) {
      if (started.exitCode !== null || Date.now() > deadline)
        throw new Error('influxd did not start; is influxdb installed?');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function kill(): Promise<void> {
    const dying = child;
    child = null;
    if (!dying || dying.exitCode !== null || dying.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => dying.once('exit', () => resolve()));
    dying.kill('SIGKILL');
    await exited;
  }

  await start();
  return {
    port,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    kill,
    start,
    async stop() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
