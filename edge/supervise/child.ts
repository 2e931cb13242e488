import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createBackoff } from '#edge/core/backoff.ts';

/*
 * - A child that ends without being told to is started again, after a pause that doubles up to 10 s.
 * - `stop` asks with SIGTERM and, when that is not heard within its patience, ends it with SIGKILL.
 * - What a child writes comes out line by line behind its name.
 */

const ROOT = resolve(import.meta.dirname, '../..');
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** A child that lived this long was well: the next pause is short again. */
const WELL_AFTER_MS = 30_000;
const PATIENCE_MS = 5000;

export interface ChildTask {
  /** A command of linewatt. */
  readonly name: string;
  readonly args: readonly string[];
  /** Name of the child that it waits for: until that one has said something, or for five seconds. */
  readonly after?: string;
}

export interface Child {
  readonly name: string;
  readonly restarts: number;
  /** Resolves when it is gone for good. */
  stop(): Promise<void>;
}

export interface ChildEvents {
  line(name: string, text: string): void;
  /** It ended by itself; `true` starts it again. */
  ended(name: string, how: string, exitCode: number | null): boolean;
}

export function superviseChild(task: ChildTask, events: ChildEvents): Child {
  const backoff = createBackoff({ firstMs: FIRST_PAUSE_MS, mostMs: LONGEST_PAUSE_MS, random: Math.random });
  let running: ChildProcess | null = null;
  let restart: NodeJS.Timeout | undefined;
  let stopping = false;
  let restarts = 0;
  let gone: () => void = () => {};

  function start(): void {
    const startedAt = performance.now();
    const leash = join(ROOT, 'edge/supervise/leash.ts');
    const child = spawn(process.execPath, ['--import', leash, join(ROOT, 'linewatt.ts'), task.name, ...task.args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    running = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) forwardLines(stream, (text) => events.line(task.name, text));
    }
    child.once('error', (error) => events.line(task.name, `cannot be started: ${error.message}`));
    child.once('close', (code, signal) => {
      running = null;
      if (stopping) return gone();
      const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
      if (!events.ended(task.name, how, code)) return;
      if (performance.now() - startedAt > WELL_AFTER_MS) backoff.reset();
      restart = setTimeout(() => {
        restarts += 1;
        start();
      }, backoff.next());
    });
  }

  start();
  return {
    name: task.name,
    get restarts() {
      return restarts;
    },
    async stop() {
      stopping = true;
      clearTimeout(restart);
      const child = running;
      if (!child) return;
      const ended = new Promise<void>((done) => {
        gone = done;
      });
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      await ended;
      clearTimeout(force);
    },
  };
}

function forwardLines(stream: NodeJS.ReadableStream, tell: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) tell(line);
  });
  stream.on('end', () => {
    if (rest !== '') tell(rest);
  });
}
