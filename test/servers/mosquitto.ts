import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

export interface Mosquitto {
  readonly port: number;
  readonly url: string;
  /** No goodbye: what the broker had not written is gone. */
  kill(): Promise<void>;
  /** The same broker again, on the same port and files. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface MosquittoOptions {
  /** Further lines of mosquitto.conf; `DIR` stands for its folder. */
  readonly config?: readonly string[];
  /** Changes after which it writes its sessions to disk; 1, each, is what a test that kills it needs. */
  readonly autosaveChanges?: number;
  /** Files beside it (access list, passwords, keys). */
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * Debian's real mosquitto on a free loopback port. It keeps its sessions on disk after each change, and does not limit
 * what is under way to a client: then an acknowledged message was handed to whoever is there.
 */
export async function startMosquitto({
  config = [],
  files = {},
  autosaveChanges = 1,
}: MosquittoOptions = {}): Promise<Mosquitto> {
  const dir = await mkdtemp(join(tmpdir(), 'linewatt-mosquitto-'));
  const port = await freePort();
  const access = config.some((line) => /allow_anonymous|password_file|require_certificate/.test(line));
  const lines = [
    `listener ${port} 127.0.0.1`,
    ...(access ? [] : ['allow_anonymous true']),
    ...config.map((line) => line.replaceAll('DIR', dir)),
    // Started by root it would become another user, who cannot read this folder.
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    'persistence true',
    `persistence_location ${dir}/`,
    'autosave_on_changes true',
    `autosave_interval ${autosaveChanges}`,
    'max_inflight_messages 0',
    'max_queued_messages 0',
    '',
  ];
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  await writeFile(join(dir, 'mosquitto.conf'), lines.join('\n'));
  let child: ChildProcess | null = null;
  let output = '';

  async function start(): Promise<void> {
    const started = spawn('mosquitto', ['-c', join(dir, 'mosquitto.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
    started.stderr.on('data', (bytes) => {
      output = (output + bytes).slice(-4000);
    });
    child = started;
    const deadline = Date.now() + 15_000;
    while (!(await answers(port))) {
      if (started.exitCode !== null || Date.now() > deadline) {
        throw new Error(`mosquitto did not start; is the package mosquitto installed?\n${output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
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
    url: `mqtt://127.0.0.1:${port}`,
    kill,
    start,
    async stop() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
