import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedTest, WorkerData } from './messages.ts';
import { openSession, type Session } from './session.ts';
import { productFiles, type Tree, testsThatSee } from './tree.ts';
import { type Mutant, mutantsOf } from './weave.ts';

/*
 * One room: which tests pass which mutant's place, then each mutant against those tests, the quickest first.
 *
 * - Mutants share a thread, so one could leave something behind that fails another's tests. Every so often the tests that killed
 *   are run with none on; when one fails, the mutants since then are tried again, each in a thread of its own.
 * - A mutant that is passed while modules load, and that nothing kills, is tried once more in a thread in which it is on before
 *   the first import.
 */

export type Outcome = 'killed' | 'hung' | 'survived' | 'unreached';

export interface Verdict {
  readonly mutant: Mutant;
  readonly outcome: Outcome;
  /** The test that noticed. */
  readonly by: string | null;
}

export interface RoomResult {
  readonly room: string;
  readonly all: number;
  readonly verdicts: readonly Verdict[];
  /** What could not be used: files that do not load here and tests that fail without any mutant. */
  readonly unusable: readonly string[];
}

export interface RoomOptions {
  readonly tree: Tree;
  readonly room: string;
  readonly seed: number;
  /** At most so many mutants; null: all. */
  readonly sample: number | null;
  /** Only in files whose path contains this. */
  readonly only: string | null;
  readonly progress: (text: string) => void;
}

interface KnownTest extends LoadedTest {
  readonly index: number;
  readonly ms: number;
  readonly turns: number;
  readonly passed: ReadonlySet<number>;
}

/** Processor time of tests that a mutant is worth; the quickest tests come first, and at least one runs. */
const BUDGET_MS = 2000;

/** Kills in a row before their tests are run with no mutant on. */
const CHECK_EVERY = 40;

export async function tryRoom(options: RoomOptions): Promise<RoomResult> {
  const { tree, room, progress } = options;
  const files = productFiles(tree, room).filter((f) => options.only === null || f.includes(options.only));
  const every: Mutant[] = [];
  for (const file of files) every.push(...mutantsOf(file, readFileSync(join(tree.path, file), 'utf8'), every.length));
  const mutants = sampled(every, options.sample, options.seed);
  const testFiles = testsThatSee(tree, files);
  progress(
    `${room}: ${mutants.length} of ${every.length} mutants in ${files.length} files, ${testFiles.length} test files`,
  );

  const data: WorkerData = { tree: tree.path, mutants, ask: 'note', testFiles, on: -1, seed: options.seed };
  const noted = await openSession(data);
  if (!noted) throw new Error(`${room} does not load`);
  const unusable = noted.loaded.failed.map(({ file, message }) => `${file}: ${message}`);
  const usableFiles = testFiles.filter((file) => !noted.loaded.failed.some((f) => f.file === file));
  const everyTest = noted.loaded.tests.map((_, index) => ({ index, turns: Number.POSITIVE_INFINITY }));
  const { ended } = await noted.run({ on: -1, tests: everyTest }, () => 120_000);
  const atLoad = new Set([...noted.loaded.passed.values()].flatMap((ids) => [...ids]));
  await noted.end();
  const tests: KnownTest[] = [];
  for (const { index, ms, error, turns, passed } of ended) {
    const test = noted.loaded.tests[index] as LoadedTest;
    if (error === null) tests.push({ ...test, index, ms, turns, passed: new Set(passed) });
    else unusable.push(`${test.file}: ${test.name}: ${error}`);
  }
  tests.sort((a, b) => a.ms - b.ms);
  const ms = tests.reduce((sum, t) => sum + t.ms, 0);
  progress(`${room}: ${tests.length} tests, ${(ms / 1000).toFixed(1)} s of processor with no mutant on`);
  for (const t of tests.slice(-5)) progress(`  ${(t.ms / 1000).toFixed(1)} s ${t.file}: ${t.name}`);

  const trial = createTrial({ ...data, ask: 'which', testFiles: usableFiles }, tests);
  const verdicts: Verdict[] = [];
  const fileOf = new Map(mutants.map((m) => [m.id, m.file]));
  /** What may notice it when it is on from the first: tests that pass it, or of a file that does so while it loads. */
  const passing = (mutant: Mutant): KnownTest[] => {
    const own = tests.filter((t) => t.passed.has(mutant.id));
    if (!atLoad.has(mutant.id)) return own;
    const loading = tests.filter((t) => noted.loaded.passed.get(t.file)?.has(mutant.id));
    // A constant of the module: whatever else uses the file.
    const near = own.length > 0 ? [] : tests.filter((t) => [...t.passed].some((id) => fileOf.get(id) === mutant.file));
    return [...new Set([...own, ...loading, ...near])];
  };
  let unchecked: { mutant: Mutant; test: KnownTest | null }[] = [];
  const check = async () => {
    if (!(await trial.isClean(unchecked.flatMap((u) => u.test ?? [])))) {
      progress(`${room}: something was left behind; ${unchecked.length} mutants once more, apart`);
      for (const { mutant } of unchecked) {
        const again = await trial.apart(mutant, passing(mutant));
        verdicts[verdicts.findIndex((v) => v.mutant === mutant)] = again;
      }
    }
    unchecked = [];
  };
  for (const mutant of mutants) {
    const own = tests.filter((t) => t.passed.has(mutant.id));
    let verdict = await trial.together(mutant, own);
    const alive = verdict.outcome === 'survived' || verdict.outcome === 'unreached';
    if (alive && atLoad.has(mutant.id)) {
      verdict = await trial.apart(mutant, passing(mutant));
    } else if (verdict.outcome === 'killed') unchecked.push({ mutant, test: trial.lastKiller() });
    verdicts.push(verdict);
    if (verdict.outcome === 'survived' || verdict.outcome === 'unreached') {
      progress(
        `  ${mutant.file}:${mutant.line} ${mutant.original} -> ${mutant.replacement}`
          .replace(/\s+/g, ' ')
          .slice(0, 150),
      );
    }
    if (unchecked.length >= CHECK_EVERY) await check();
    if (verdicts.length % 50 === 0) {
      const killed = verdicts.filter((v) => v.outcome === 'killed' || v.outcome === 'hung').length;
      progress(`${room}: ${verdicts.length} tried, ${killed} killed`);
    }
  }
  await check();
  await trial.end();
  return { room, all: every.length, verdicts, unusable };
}

function createTrial(data: WorkerData, tests: readonly KnownTest[]) {
  let session: Session | null = null;
  let killer: KnownTest | null = null;
  const byIndex = new Map(tests.map((t) => [t.index, t]));
  // The thread that notes loaded the same files in the same order, so that positions agree, save for files that failed.
  const limit = (index: number) => 5000 + 20 * (byIndex.get(index)?.ms ?? 0);
  const message = (on: number, own: readonly KnownTest[]) => ({
    on,
    tests: own.map(({ index, turns }) => ({ index, turns: 10_000 + 20 * turns })),
  });
  const ready = async (): Promise<Session> => {
    if (session?.alive) return session;
    session = await openSession(data);
    if (!session) throw new Error('the woven code does not load');
    return session;
  };
  const affordable = (own: readonly KnownTest[]): KnownTest[] => {
    let ms = 0;
    return [...own]
      .sort((a, b) => a.ms - b.ms)
      .filter((t, i) => {
        ms += t.ms;
        return i === 0 || ms <= BUDGET_MS;
      });
  };
  const tryIn = async (where: Session, mutant: Mutant, own: readonly KnownTest[]): Promise<Verdict> => {
    killer = null;
    if (own.length === 0) return { mutant, outcome: 'unreached', by: null };
    const { ended, hung, crash } = await where.run(message(mutant.id, affordable(own)), limit);
    const name = (index: number | undefined) => byIndex.get(index ?? -1)?.name ?? null;
    if (hung !== null || crash !== null) return { mutant, outcome: 'hung', by: name(hung ?? undefined) };
    const last = ended.at(-1);
    if (!last || last.error === null) return { mutant, outcome: 'survived', by: null };
    killer = byIndex.get(last.index) ?? null;
    return { mutant, outcome: 'killed', by: name(last.index) };
  };
  return {
    lastKiller: () => killer,
    together: async (mutant: Mutant, own: readonly KnownTest[]) => tryIn(await ready(), mutant, own),
    async apart(mutant: Mutant, own: readonly KnownTest[]): Promise<Verdict> {
      const fresh = await openSession({ ...data, mutants: [mutant], on: mutant.id });
      if (!fresh) return { mutant, outcome: 'hung', by: null };
      try {
        const broken = fresh.loaded.failed[0];
        if (broken) return { mutant, outcome: 'killed', by: `${broken.file} while loading` };
        return await tryIn(fresh, mutant, own);
      } finally {
        await fresh.end();
      }
    },
    async isClean(killers: readonly KnownTest[]): Promise<boolean> {
      if (killers.length === 0) return true;
      const where = await ready();
      const { ended, hung, crash } = await where.run(message(-1, [...new Set(killers)]), limit);
      const clean = hung === null && crash === null && ended.every((e) => e.error === null);
      if (!clean) await where.end();
      return clean;
    },
    end: async () => session?.end(),
  };
}

/** `n` of the mutants, every one as likely as any other, in their own order. */
function sampled(mutants: readonly Mutant[], n: number | null, seed: number): Mutant[] {
  if (n === null || n >= mutants.length) return [...mutants];
  const random = mulberry32(seed);
  return mutants
    .map((mutant) => ({ mutant, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, n)
    .map(({ mutant }) => mutant)
    .sort((a, b) => a.id - b.id);
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 4_294_967_296;
  };
}
