import type { HealthAnswer } from '#shared/contract/rest-answers.ts';
import { t } from '../../language/language.ts';

type Edge = HealthAnswer['edges'][number];

/** What somebody should do about a finding, where its own sentence does not say so. */
const ACTIONS: Readonly<Record<string, string>> = {
  clockSkew: 'sources.todo.clockSkew',
  tooLate: 'sources.todo.tooLate',
  badTime: 'sources.todo.badTime',
  uncertain: 'sources.todo.uncertain',
  notANumber: 'sources.todo.notANumber',
  unknownState: 'sources.todo.stateMap',
  unmappedState: 'sources.todo.stateMap',
  unmappedReason: 'sources.todo.reasonMap',
  unknownSignal: 'sources.todo.unknownSignal',
  counterEvent: 'sources.todo.counterEvent',
  reset: 'sources.todo.reset',
  lowCoverage: 'sources.todo.lowCoverage',
};

export function whatToDo(code: string): string | null {
  const key = ACTIONS[code];
  return key === undefined ? null : t(key);
}

/** An edge as a person would tell it; `trouble` where its data cannot be trusted to be current. */
export function edgeStanding(edge: Edge, ago: (iso: string) => string): { text: string; trouble: boolean } {
  switch (edge.state) {
    case 'online':
      return { text: t('sources.edges.online', { ago: ago(edge.heardAt) }), trouble: false };
    case 'seeding':
      return {
        text: t('sources.edges.seeding', { share: Math.floor((edge.seedProgress ?? 0) * 100) }),
        trouble: false,
      };
    case 'offline':
      return { text: t('sources.edges.offline', { ago: ago(edge.heardAt) }), trouble: true };
    case 'silent':
      return { text: t('sources.edges.silent', { ago: ago(edge.heardAt) }), trouble: true };
  }
}

/** The first sentence of the page: the worst thing that is true. */
export function headlineOf(
  sources: readonly { readonly state: string }[],
  edges: readonly Edge[],
): { text: string; trouble: boolean } {
  const gone = edges.filter((edge) => edge.state === 'silent' || edge.state === 'offline');
  if (edges.length === 0) return { text: t('sources.headline.noEdge'), trouble: true };
  if (gone.length > 0) {
    const [first] = gone;
    if (gone.length > 1 || !first)
      return { text: t('sources.headline.edgesSilent', { count: gone.length }), trouble: true };
    const key = first.state === 'silent' ? 'sources.headline.edgeSilent' : 'sources.headline.edgeOffline';
    return { text: t(key, { id: first.id }), trouble: true };
  }
  if (sources.length === 0) return { text: t('sources.headline.noSources'), trouble: true };
  const bad = sources.filter((source) => source.state !== 'connected').length;
  if (bad === 0) return { text: t('sources.headline.connected', { n: sources.length }), trouble: false };
  return { text: t('sources.headline.needs', { n: bad, all: sources.length }), trouble: true };
}
