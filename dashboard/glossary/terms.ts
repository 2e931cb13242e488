import { t } from '../language/language.ts';

/*
 * One sentence for every term that a screen shows: messages/<language>/glossary.json. The exact rules are in docs/rules.md; a
 * sentence there must not contradict them.
 */
export const TERMS = [
  'oee',
  'availability',
  'performance',
  'quality',
  'utilization',
  'teep',
  'ooe',
  'yield',
  'coverage',
  'provisional',
  'restated',
  'total',
  'made',
  'good',
  'reject',
  'remaining',
  'targetCount',
  'dueThisShift',
  'targetAtEnd',
  'projectedCount',
  'finish',
  'idealCycle',
  'target',
  'energy',
  'energyCost',
  'lostMoney',
  'perGood',
  'power',
  'wasted',
  'usual',
  'demand',
  'limit',
  'band',
  'cost',
  'co2',
  'run',
  'idle',
  'waiting',
  'setup',
  'minor',
  'down',
  'plan',
  'unknown',
  'planned',
  'plannedStop',
  'plannedProduction',
  'unplannedStop',
  'running',
  'smallStop',
  'slowCycles',
  'net',
  'startupRejects',
  'productionRejects',
  'fullyProductive',
  'productive',
  'break',
  'scheduleLoss',
  'offShift',
  'all',
  'behind',
  'constraint',
  'stopsWithoutReason',
  'seconds',
  'counts',
] as const;

export type TermId = (typeof TERMS)[number];

export function isTerm(id: string): id is TermId {
  return TERMS.some((term) => term === id);
}

/** "Availability". */
export function termName(id: TermId): string {
  return t(`glossary.${id}.name`);
}

/** What it means, in one sentence. */
export function termSentence(id: TermId): string {
  return t(`glossary.${id}.sentence`);
}
