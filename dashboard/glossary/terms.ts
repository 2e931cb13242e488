import { t } from '../language/language.ts';

/*
 * One sentence for every term that a screen shows: messages/<language>/glossary.json. The exact rules are in docs/rules.md; a
 * sentence there must not contradict them.
 */
/** The parts of its page, in order. */
export const PARTS = [
  {
    title: 'glossary.page.figures',
    ids: [
      'oee',
      'availability',
      'performance',
      'quality',
      'utilization',
      'teep',
      'ooe',
      'yield',
      'target',
      'idealCycle',
      'constraint',
    ],
  },
  { title: 'glossary.page.states', ids: ['run', 'idle', 'setup', 'minor', 'down', 'plan', 'unknown'] },
  {
    title: 'glossary.page.time',
    ids: [
      'all',
      'planned',
      'plannedStop',
      'unplannedStop',
      'running',
      'smallStop',
      'slowCycles',
      'net',
      'startupRejects',
      'productionRejects',
      'fullyProductive',
      'break',
      'scheduleLoss',
      'offShift',
    ],
  },
  {
    title: 'glossary.page.pieces',
    ids: [
      'total',
      'good',
      'reject',
      'targetCount',
      'targetAtEnd',
      'projectedCount',
      'behind',
      'made',
      'remaining',
      'dueThisShift',
      'finish',
    ],
  },
  {
    title: 'glossary.page.energy',
    ids: [
      'power',
      'energy',
      'energyCost',
      'lostMoney',
      'perGood',
      'wasted',
      'usual',
      'demand',
      'limit',
      'band',
      'cost',
      'co2',
    ],
  },
  { title: 'glossary.page.sure', ids: ['coverage', 'provisional', 'restated', 'stopsWithoutReason'] },
] as const;

/** Other names that the api gives to what the page lists already. */
const ALSO = ['counts', 'plannedProduction', 'productive', 'seconds', 'waiting'] as const;

export const TERMS = [...PARTS.flatMap(({ ids }): readonly (typeof PARTS)[number]['ids'][number][] => ids), ...ALSO];

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
