import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

export interface Influxd {
  readonly port: number;
  readonly url: string;
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
  const child = spawn('influxd', ['-config', config], { stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const deadline = Date.now() + 30_000;
  for (;;) {
    if (await listens(port)) break;
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error('influxd did not start; is influxdb installed?');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    port,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGKILL');
      await exited;
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
