import type { FiguresView } from '#shared/contract/socket.ts';
import { t } from '../../language/language.ts';

/** Behind by more than this share of the target is amber. */
export const BEHIND_SHARE = 0.05;

export interface Verdict {
  /** Pieces away from the target so far, never negative: the word carries the sign. */
  readonly gap: number | null;
  readonly word: 'behind' | 'ahead' | 'on target' | null;
  readonly warn: boolean;
  readonly good: number | null;
  readonly due: number | null;
  readonly projected: number | null;
  readonly dueAtEnd: number | null;
  readonly endGap: number | null;
  readonly endWord: 'short' | 'over' | 'on target' | null;
  readonly endWarn: boolean;
}

/** "behind", beside the pieces it is about. */
export function verdictWord(word: NonNullable<Verdict['word']>): string {
  return t(`verdict.${word === 'on target' ? 'onTarget' : word}`);
}

/** "2,870 short" or "on target". @param pieces - how many, as they are to be read. */
export function endWords(word: NonNullable<Verdict['endWord']>, pieces: string): string {
  return word === 'on target' ? t('verdict.onTarget') : t(`verdict.end.${word}`, { pieces });
}

export function verdictOf(figures: FiguresView | null): Verdict {
  const good = figures?.counts.good ?? null;
  const due = figures?.targetCount ?? null;
  const projected = figures?.projectedCount ?? null;
  const dueAtEnd = figures?.targetAtEnd ?? null;
  const now = difference(good, due);
  const end = difference(projected, dueAtEnd);
  return {
    gap: now && Math.abs(now.by),
    word: now && (now.by < 0 ? 'behind' : now.by > 0 ? 'ahead' : 'on target'),
    warn: now?.warn ?? false,
    good,
    due,
    projected,
    dueAtEnd,
    endGap: end && Math.abs(end.by),
    endWord: end && (end.by < 0 ? 'short' : end.by > 0 ? 'over' : 'on target'),
    endWarn: end?.warn ?? false,
  };
}

function difference(actual: number | null, target: number | null): { by: number; warn: boolean } | null {
  if (actual === null || target === null) return null;
  const by = Math.round(actual) - Math.round(target);
  return { by, warn: target > 0 && -by > target * BEHIND_SHARE };
}

export type FactorName = 'availability' | 'performance' | 'quality';

/** The factor that costs the most OEE, while OEE is under its target; null otherwise. */
export function biggestLoss(figures: FiguresView | null): FactorName | null {
  const kpi = figures?.kpi;
  if (!figures || !kpi || kpi.oee === null || figures.targetOee === null || kpi.oee >= figures.targetOee) return null;
  const factors = (['availability', 'performance', 'quality'] as const).flatMap((name) => {
    const value = kpi[name];
    return value === null ? [] : [{ name, value }];
  });
  factors.sort((a, b) => a.value - b.value);
  const worst = factors[0];
  return worst && worst.value < 1 ? worst.name : null;
}
