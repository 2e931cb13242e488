import { get, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import type { CommandIo } from '#shared/contract/command.ts';
import { type Child, type ChildTask, superviseChild } from './child.ts';

const HEALTH_POLL_MS = 200;
/** A child that gives up this early, by its own exit code, has told the user what is wrong: starting it again helps nobody. */
const START_UP_MS = 10_000;
/** The longest that a child waits for the one before it. */
const AFTER_MS = 5000;

/** Runs the children until `io.signal`, or until one of them refuses to start. Resolves with the exit code of `up`. */
export async function superviseAll(tasks: readonly ChildTask[], io: CommandIo): Promise<number> {
  const width = Math.max(...tasks.map((task) => task.name.length));
  const startedAt = performance.now();
  const refusing = new Set<string>();
  const spoke = new Map(tasks.map((task) => [task.name, Promise.withResolvers<void>()] as const));
  const children: Child[] = [];
  const listening = Promise.withResolvers<string>();
  let stopping = false;
  let finish: (exitCode: number) => void = () => {};
  const finished = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const events = {
    line(name: string, text: string): void {
      spoke.get(name)?.resolve();
      const url = name === 'api' ? LISTENING.exec(text)?.[1] : undefined;
      if (url !== undefined) listening.resolve(url);
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
  void announce(listening.promise, () => stopping, io);
  const exitCode = await finished;
  stopping = true;
  await Promise.all(children.map((child) => child.stop()));
  return exitCode;
}

/** The api says where it is: server.yaml may have a word in it. */
const LISTENING = /listening on (https?:\/\/[^\s,]+)/;

/** One line with the address, as soon as it answers. */
async function announce(listening: Promise<string>, stopped: () => boolean, io: CommandIo): Promise<void> {
  const url = await listening;
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
    const options = { agent: false, timeout: 2000 } as const;
    const heard = (response: IncomingMessage): void => {
      response.resume();
      resolve(response.statusCode === 200);
    };
    // It is our own child on this machine: whether browsers trust its certificate is another question.
    const request = url.startsWith('https:')
      ? getSecurely(url, { ...options, rejectUnauthorized: false }, heard)
      : get(url, options, heard);
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
