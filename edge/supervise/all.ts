import { get } from 'node:http';
import type { CommandIo } from '#shared/contract/command.ts';
import { type Child, type ChildTask, superviseChild } from './child.ts';

const HEALTH_POLL_MS = 200;
/** A child that gives up this early, by its own exit code, has told the user what is wrong: starting it again helps nobody. */
const START_UP_MS = 10_000;
/** The longest that a child waits for the one before it. */
const AFTER_MS = 5000;

/** Runs the children until `io.signal`, or until one of them refuses to start. Resolves with the exit code of `up`. */
export async function superviseAll(tasks: readonly ChildTask[], url: string, io: CommandIo): Promise<number> {
  const width = Math.max(...tasks.map((task) => task.name.length));
  const startedAt = performance.now();
  const refusing = new Set<string>();
  const spoke = new Map(tasks.map((task) => [task.name, Promise.withResolvers<void>()] as const));
  const children: Child[] = [];
  let stopping = false;
  let finish: (exitCode: number) => void = () => {};
  const finished = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const events = {
    line(name: string, text: string): void {
      spoke.get(name)?.resolve();
      io.err(`${name.padEnd(width)} | ${text}\n`);
    },
    ended(name: string, how: string, exitCode: number | null): boolean {
      if (stopping) return false;
      const early = performance.now() - startedAt < START_UP_MS;
      const ownWish = exitCode === 1 || exitCode === 2;
      if (early && ownWish && refusing.has(name)) {
        io.err(`linewatt up: ${name} cannot start (see above); stopping\n`);
        finish(1);
        return false;
      }
      if (ownWish) refusing.add(name);
      io.err(`${name.padEnd(width)} | ${how}; starting it again\n`);
      return true;
    },
  };
  if (io.signal.aborted) return 0;
  io.signal.addEventListener('abort', () => finish(0));
  for (const task of tasks) {
    const first = task.after === undefined ? undefined : spoke.get(task.after)?.promise;
    const start = () => {
      if (!stopping) children.push(superviseChild(task, events));
    };
    if (first) void Promise.race([first, pause(AFTER_MS)]).then(start);
    else start();
  }
  void announce(url, () => stopping, io);
  const exitCode = await finished;
  stopping = true;
  await Promise.all(children.map((child) => child.stop()));
  return exitCode;
}

/** One line with the address, as soon as it answers. */
async function announce(url: string, stopped: () => boolean, io: CommandIo): Promise<void> {
  while (!stopped()) {
    if ((await answers(`${url}/api/v1/health`)) && !stopped()) {
      io.out(`Linewatt is running: ${url}\n`);
      return;
    }
    await pause(HEALTH_POLL_MS);
  }
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
