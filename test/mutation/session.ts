import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker, WorkerData } from './messages.ts';

/** A thread with woven code and loaded tests. Ends itself when a test takes longer than it may. */
export interface Session {
  readonly loaded: Extract<FromWorker, { type: 'loaded' }>;
  readonly alive: boolean;
  /** Runs tests until one fails. Answers with what ended; `hung`: the test that had to be cut off. */
  run(message: ToWorker, limitMs: (index: number) => number): Promise<Ran>;
  end(): Promise<void>;
}

export type Ended = Extract<FromWorker, { type: 'ended' }>;

export interface Ran {
  readonly ended: readonly Ended[];
  readonly hung: number | null;
  /** What the thread died of, where it did. */
  readonly crash: string | null;
}

const LOAD_LIMIT_MS = 120_000;

/** Null where the code does not even load. */
export async function openSession(data: WorkerData): Promise<Session | null> {
  const worker = new Worker(join(import.meta.dirname, 'worker.ts'), {
    workerData: data,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 1500 },
  });
  worker.stdout.resume();
  worker.stderr.resume();
  let alive = true;
  let listener: (message: FromWorker | { type: 'exit'; message: string }) => void = () => {};
  worker.on('message', (message: FromWorker) => listener(message));
  worker.on('error', (error) => {
    alive = false;
    listener({ type: 'exit', message: String(error) });
  });
  worker.on('exit', () => {
    alive = false;
    listener({ type: 'exit', message: 'the thread ended' });
  });

  const loaded = await new Promise<Session['loaded'] | null>((resolve) => {
    const timer = setTimeout(() => resolve(null), LOAD_LIMIT_MS);
    listener = (message) => {
      if (message.type !== 'loaded' && message.type !== 'exit') return;
      clearTimeout(timer);
      resolve(message.type === 'loaded' ? message : null);
    };
  });
  if (!loaded) {
    await worker.terminate();
    return null;
  }
  return {
    loaded,
    get alive() {
      return alive;
    },
    run: (message, limitMs) =>
      new Promise((resolve) => {
        const ended: Ended[] = [];
        let timer: NodeJS.Timeout | undefined;
        const finish = (hung: number | null, crash: string | null) => {
          clearTimeout(timer);
          listener = () => {};
          resolve({ ended, hung, crash });
        };
        listener = (answer) => {
          if (answer.type === 'begun') {
            clearTimeout(timer);
            timer = setTimeout(() => {
              alive = false;
              void worker.terminate();
              finish(answer.index, null);
            }, limitMs(answer.index));
          } else if (answer.type === 'ended') ended.push(answer);
          else if (answer.type === 'exit') finish(null, answer.message);
          else if (answer.type === 'done') finish(null, null);
        };
        if (alive) worker.postMessage(message);
        else finish(null, 'the thread had ended');
      }),
    end: async () => {
      alive = false;
      await worker.terminate();
    },
  };
}
