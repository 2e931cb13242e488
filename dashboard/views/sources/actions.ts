import type { HealthAnswer } from '#shared/contract/rest-answers.ts';

type Edge = HealthAnswer['edges'][number];

/** What somebody should do about a finding, where its own sentence does not say so. */
const ACTIONS: Readonly<Record<string, string>> = {
  clockSkew: 'Set the clock of this source, or of the edge: keep both on one time server.',
  tooLate: 'Find out what held these samples back; the facts of that time stay as they are.',
  badTime: 'See that the source stamps its samples with a time.',
  uncertain: 'Look up why the source doubts this value; it is used all the same.',
  notANumber: 'Check the node or register and its data type in the plant file.',
  unknownState: 'Add this value to the map of the state in the plant file.',
  unmappedState: 'Add this value to the map of the state in the plant file.',
  unmappedReason: 'Add this code to the map of the reason in the plant file.',
  unknownSignal: 'Give the edge and the server the same plant file.',
  counterEvent: 'Compare it with the counter on the machine; an entry can overrule what was counted.',
  reset: 'Nothing, where the counter was set back on purpose.',
  lowCoverage: 'See which source was silent, above.',
};

export function whatToDo(code: string): string | null {
  return ACTIONS[code] ?? null;
}

/** An edge as a person would tell it; `trouble` where its data cannot be trusted to be current. */
export function edgeStanding(edge: Edge, ago: (iso: string) => string): { text: string; trouble: boolean } {
  switch (edge.state) {
    case 'online':
      return { text: `online, heard ${ago(edge.heardAt)}`, trouble: false };
    case 'seeding':
      return {
        text: `writing the past of the demo plant, ${Math.floor((edge.seedProgress ?? 0) * 100)} %`,
        trouble: false,
      };
    case 'offline':
      return { text: `stopped in order, last heard ${ago(edge.heardAt)}`, trouble: true };
    case 'silent':
      return { text: `silent, last heard ${ago(edge.heardAt)}`, trouble: true };
  }
}

/** The first sentence of the page: the worst thing that is true. */
export function headlineOf(
  sources: readonly { readonly state: string }[],
  edges: readonly Edge[],
): { text: string; trouble: boolean } {
  const gone = edges.filter((edge) => edge.state === 'silent' || edge.state === 'offline');
  if (edges.length === 0) return { text: 'No edge has been heard yet', trouble: true };
  if (gone.length > 0) {
    const who = gone.length === 1 ? `Edge ${gone[0]?.id} is ${gone[0]?.state}` : `${gone.length} edges are silent`;
    return { text: `${who}: nothing of its sources is current`, trouble: true };
  }
  if (sources.length === 0) return { text: 'No sources in the plant file', trouble: true };
  const bad = sources.filter((source) => source.state !== 'connected').length;
  if (bad === 0)
    return {
      text: sources.length === 1 ? 'The source is connected' : `All ${sources.length} sources connected`,
      trouble: false,
    };
  return { text: `${bad} of ${sources.length} sources ${bad === 1 ? 'needs' : 'need'} attention`, trouble: true };
}
