import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import type { FromWorker, LoadedTest, ToWorker, WorkerData } from './messages.ts';
import { installSwitchboard } from './switchboard.ts';
import { type CollectedTest, takeCollected } from './test-api.ts';
import { weave } from './weave.ts';

/* A thread that loads the woven code and its tests once, then runs the tests it is told to, until the first one fails. */

const { tree, mutants, ask, testFiles, on, seed } = workerData as WorkerData;
const port = parentPort;
if (!port) throw new Error('worker.ts runs in a worker thread: start run.ts');
const tell = (message: FromWorker) => port.postMessage(message);

fc.configureGlobal({ seed });

const { board, counted } = installSwitchboard(on);
// While modules load; tests bring limits of their own.
counted.limit = 50_000_000;
const woven = new Map<string, typeof mutants>();
for (const m of mutants) woven.set(join(tree, m.file), [...(woven.get(join(tree, m.file)) ?? []), m]);

const here = (file: string) => pathToFileURL(join(import.meta.dirname, file)).href;
const REPLACED: ReadonlyMap<string, string> = new Map([
  ['vitest', here('test-api.ts')],
  ['fast-check', here('property-api.ts')],
]);
registerHooks({
  resolve(specifier, context, next) {
    const url = REPLACED.get(specifier);
    return url !== undefined && context.parentURL !== url ? { url, shortCircuit: true } : next(specifier, context);
  },
  load(url, context, next) {
    const path = url.startsWith('file:') ? fileURLToPath(url) : '';
    const own = woven.get(path);
    if (!own) return next(url, context);
    const text = weave(path, readFileSync(path, 'utf8'), own, ask);
    return { format: 'module', source: stripTypeScriptTypes(text), shortCircuit: true };
  },
});

const tests: (LoadedTest & CollectedTest)[] = [];
const passed = new Map<string, Set<number>>();
const failed: { file: string; message: string }[] = [];
for (const file of testFiles) {
  try {
    await import(pathToFileURL(join(tree, file)).href);
    tests.push(...takeCollected().map((t) => ({ ...t, file })));
  } catch (error) {
    takeCollected();
    failed.push({ file, message: String(error) });
  }
  passed.set(file, new Set(counted.passed));
  counted.passed.clear();
}
tell({ type: 'loaded', tests: tests.map(({ file, name }) => ({ file, name })), failed, passed });

port.on('message', async (message: ToWorker) => {
  board.on = message.on;
  for (const { index, turns } of message.tests) {
    tell({ type: 'begun', index });
    counted.passed.clear();
    counted.turns = 0;
    counted.limit = turns;
    const start = process.threadCpuUsage();
    let error: string | null = null;
    try {
      await tests[index]?.body();
    } catch (thrown) {
      error = String(thrown).slice(0, 300);
    }
    const { user, system } = process.threadCpuUsage(start);
    const ms = (user + system) / 1000;
    tell({ type: 'ended', index, ms, error, turns: counted.turns, passed: [...counted.passed] });
    if (error !== null && ask === 'which') break;
  }
  tell({ type: 'done' });
});
