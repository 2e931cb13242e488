import { guessByName, type NameGuess, type Role } from '#shared/state/standard-names.ts';
import type { FoundVariable } from './walk.ts';

/*
 * Variables -> machines and meters, by where they lie and how they are called.
 *
 * - What lies in folders that only sort (Status, Admin, Production, Energy) belongs to the object above them.
 * - Of several candidates for one role the best name wins, then the shortest path; the others are kept as alternatives.
 * - A role takes only types that can carry it: no counter from a text, no product from a fraction.
 */

export interface Candidate {
  readonly variable: FoundVariable;
  readonly guess: NameGuess;
  readonly alternatives: readonly FoundVariable[];
}

export interface Place {
  /** Browse names of the object that it all belongs to. */
  readonly path: readonly string[];
  readonly roles: ReadonlyMap<Role, Candidate>;
  readonly conditions: readonly Candidate[];
}

const SORTING = new Set(
  [
    'Status',
    'Admin',
    'Command',
    'Production',
    'ProductionStatistics',
    'ActiveJob',
    'ActiveJobValues',
    'Jobs',
    'Job',
    'Counters',
    'Counts',
    'Energy',
    'Power',
    'Electrical',
    'Measurements',
    'Monitoring',
    'MachineryBuildingBlocks',
    'MachineryItemState',
    'MachineryEnergy',
    'CurrentState',
    'State',
    'StateMachine',
    'Data',
    'Values',
    'IO',
    'Conditions',
    'Sensors',
    'JobManagement',
    'JobOrderControl',
    'StopReason',
    'ProdProcessedCount',
    'ProdDefectiveCount',
    'Controller',
    'Path',
  ].map((name) => name.toLowerCase()),
);
/** Children that carry the value of the node above them. */
const VALUE_OF_PARENT = new Set(['CurrentState', 'Count', 'AccCount', 'ID', 'Id', 'Number', 'StateNumber']);
const WHOLE = new Set(['SByte', 'Byte', 'Int16', 'UInt16', 'Int32', 'UInt32', 'Int64', 'UInt64']);
const NUMBERS = new Set([...WHOLE, 'Float', 'Double']);
const NAMES = new Set([...WHOLE, 'String', 'LocalizedText']);
const TYPES: Readonly<Record<Role, ReadonlySet<string>>> = {
  state: new Set([...WHOLE, 'String', 'LocalizedText', 'Boolean']),
  total: NUMBERS,
  good: NUMBERS,
  reject: NUMBERS,
  cycles: NUMBERS,
  product: NAMES,
  order: NAMES,
  reason: NAMES,
  importWh: NUMBERS,
  exportWh: NUMBERS,
  importVarh: NUMBERS,
  powerW: NUMBERS,
  condition: new Set(['Float', 'Double', 'Int16', 'Int32', 'UInt16']),
};

export function guessPlaces(variables: readonly FoundVariable[]): Place[] {
  const places = new Map<string, { path: readonly string[]; found: { variable: FoundVariable; guess: NameGuess }[] }>();
  for (const variable of variables) {
    const guess = guessOf(variable);
    if (!guess) continue;
    const path = ownerOf(variable.path);
    const key = path.join('\n');
    const place = places.get(key) ?? { path, found: [] };
    place.found.push({ variable, guess });
    places.set(key, place);
  }
  return [...places.values()].map(({ path, found }) => {
    const roles = new Map<Role, Candidate>();
    for (const role of new Set(found.map(({ guess }) => guess.role))) {
      if (role === 'condition') continue;
      const [best, ...others] = found
        .filter(({ guess }) => guess.role === role)
        .sort((a, b) => b.guess.rank - a.guess.rank || a.variable.path.length - b.variable.path.length);
      if (best) roles.set(role, { ...best, alternatives: others.map(({ variable }) => variable) });
    }
    const conditions = found.filter(({ guess }) => guess.role === 'condition').map((c) => ({ ...c, alternatives: [] }));
    return { path, roles, conditions };
  });
}

function guessOf(variable: FoundVariable): NameGuess | null {
  if (variable.isArray || variable.nodeId.namespace === 0) return null;
  const name = nameOf(variable.path);
  const guess = guessByName(name);
  return guess && (TYPES[guess.role].has(variable.dataType) || variable.dataType === 'Null') ? guess : null;
}

/** The name that says what it is: of `ProdProcessedCount[0].Count` the one above. */
function nameOf(path: readonly string[]): string {
  const own = path.at(-1) ?? '';
  if (!VALUE_OF_PARENT.has(own)) return own;
  const above = (path.at(-2) ?? '').replace(/\[?\d+\]?$/, '');
  const further = (path.at(-3) ?? '').replace(/\[?\d+\]?$/, '');
  return [above, further].find((name) => guessByName(name)?.rank !== undefined) ?? own;
}

function ownerOf(path: readonly string[]): readonly string[] {
  const owner = path.slice(0, -1);
  while (owner.length > 1 && isSorting(owner.at(-1) ?? '')) owner.pop();
  return owner;
}

function isSorting(name: string): boolean {
  return SORTING.has(name.replace(/\[?\d+\]?$/, '').toLowerCase()) || name === '' || /^\[?\d+\]?$/.test(name);
}
