import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { whyEquivalent } from './equivalent.ts';
import type { RoomResult, Verdict } from './room.ts';

export interface Score {
  readonly tried: number;
  readonly killed: number;
  /** Of the killed: by turning for ever or by breaking the thread. */
  readonly hung: number;
  readonly unreached: number;
  readonly equivalent: number;
  /** Killed / tried; equivalent ones count as survivors. */
  readonly raw: number;
  /** Killed / (tried - equivalent). */
  readonly adjusted: number;
  /** 95 % Wilson interval of `adjusted`, of what all mutants of the room would give; exact where all were tried. */
  readonly low: number;
  readonly high: number;
}

export interface Survivor {
  readonly verdict: Verdict;
  readonly lineText: string;
  /** Why nothing can tell; null: a test is missing. */
  readonly equivalent: string | null;
}

export function survivorsOf(result: RoomResult, tree: string): Survivor[] {
  const texts = new Map<string, string[]>();
  return result.verdicts
    .filter((v) => v.outcome === 'survived' || v.outcome === 'unreached')
    .map((verdict) => {
      const { file, line } = verdict.mutant;
      const lines = texts.get(file) ?? readFileSync(join(tree, file), 'utf8').split('\n');
      texts.set(file, lines);
      const lineText = (lines[line - 1] ?? '').trim();
      return { verdict, lineText, equivalent: whyEquivalent(verdict.mutant, lineText) };
    });
}

export function scoreOf(verdicts: readonly Verdict[], survivors: readonly Survivor[], all: number): Score {
  const tried = verdicts.length;
  const killed = tried - survivors.length;
  const equivalent = survivors.filter((s) => s.equivalent !== null).length;
  const n = tried - equivalent;
  const adjusted = n > 0 ? killed / n : 1;
  const [low, high] = tried === all ? [adjusted, adjusted] : wilson(adjusted, n);
  return {
    tried,
    killed,
    hung: verdicts.filter((v) => v.outcome === 'hung').length,
    unreached: verdicts.filter((v) => v.outcome === 'unreached').length,
    equivalent,
    raw: tried > 0 ? killed / tried : 1,
    adjusted,
    low,
    high,
  };
}

function wilson(p: number, n: number): [number, number] {
  const z = 1.96;
  const middle = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return [middle - half, middle + half];
}
