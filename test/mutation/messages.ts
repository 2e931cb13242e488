import type { Mutant } from './weave.ts';

/** What a worker is started with. */
export interface WorkerData {
  readonly tree: string;
  /** To be woven, by file. */
  readonly mutants: readonly Mutant[];
  readonly ask: 'which' | 'note';
  readonly testFiles: readonly string[];
  /** The mutant that is on from before the first import; -1: none. */
  readonly on: number;
  readonly seed: number;
}

export type ToWorker = {
  readonly on: number;
  readonly tests: readonly { readonly index: number; readonly turns: number }[];
};

export interface LoadedTest {
  readonly file: string;
  readonly name: string;
}

export type FromWorker =
  | {
      readonly type: 'loaded';
      readonly tests: readonly LoadedTest[];
      readonly failed: readonly { readonly file: string; readonly message: string }[];
      /** Mutants that were passed while a test file and what it was the first to import loaded, by test file. */
      readonly passed: ReadonlyMap<string, ReadonlySet<number>>;
    }
  | { readonly type: 'begun'; readonly index: number }
  | {
      readonly type: 'ended';
      readonly index: number;
      /** Processor time. */
      readonly ms: number;
      /** Null: it passed. */
      readonly error: string | null;
      readonly turns: number;
      readonly passed: readonly number[];
    }
  | { readonly type: 'done' };
