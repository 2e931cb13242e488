import type { Plant } from '#shared/plant/model.ts';
import { scopeOf } from '../scope.ts';
import type { Role } from './access.ts';

/** Who asks, as far as the server knows. */
export interface Principal {
  /**
   * `user`: an account. `demo`: one of the demo people. `kiosk`: a wall screen. `tablet`: a shared tablet where nobody has
   * said who they are. `anyone`: no account exists yet. `visitor`: looks at the demo plant without signing in.
   */
  readonly kind: 'user' | 'demo' | 'kiosk' | 'tablet' | 'anyone' | 'visitor';
  /** Of the account, the demo person or the token; null for `anyone` and `visitor`. */
  readonly id: string | null;
  /** As the ledger and the audit log write it. */
  readonly name: string;
  readonly role: Role;
  /** Scope texts such as `line:filling`; `all`: the whole site. */
  readonly scopes: 'all' | readonly string[];
  /** Id of the session that it came with; null for tokens and without sign-in. */
  readonly session: string | null;
}

/** While there are no accounts, whoever reaches the loopback address reads and enters everything, and administers nothing. */
export const ANYONE: Principal = {
  kind: 'anyone',
  id: null,
  name: 'unnamed',
  role: 'engineer',
  scopes: 'all',
  session: null,
};

/** The demo plant is for looking at. */
export const VISITOR: Principal = { ...ANYONE, kind: 'visitor', name: 'visitor', role: 'viewer' };

/** The parts of a plant that somebody sees. */
export interface Visible {
  readonly all: boolean;
  readonly lines: ReadonlySet<string>;
  readonly machines: ReadonlySet<string>;
  readonly meters: ReadonlySet<string>;
}

const NOTHING: ReadonlySet<string> = new Set();
const EVERYTHING: Visible = { all: true, lines: NOTHING, machines: NOTHING, meters: NOTHING };

/** What lies within the scopes on this plant. A scope that the plant no longer has holds nothing. */
export function visibleTo({ scopes }: Pick<Principal, 'scopes'>, plant: Plant): Visible {
  if (scopes === 'all' || scopes.includes('site')) return EVERYTHING;
  const found = scopes.map((text) => scopeOf(plant, text)).filter((scope) => scope !== null);
  const lines = new Set(found.flatMap((s) => (s.kind === 'area' || s.kind === 'line' ? s.lines : [])));
  const machines = new Set(found.flatMap((s) => s.machines));
  const named = new Set(found.flatMap((s) => (s.kind === 'meter' ? [s.id] : [])));
  return { all: false, lines, machines, meters: metersOf(plant, machines, named) };
}

/**
 * Meters that were named, those that feed seen machines and nothing else, and sums of such. A meter above them also carries what
 * nobody measures, so it belongs to those who see the site.
 */
function metersOf(plant: Plant, machines: ReadonlySet<string>, named: ReadonlySet<string>): Set<string> {
  const seen = new Set(named);
  for (const { id, feeds } of plant.meters.values()) {
    const fed = feeds.flatMap(({ value }) => value.map(({ machine }) => machine));
    if (fed.length > 0 && fed.every((machine) => machines.has(machine))) seen.add(id);
  }
  let before = -1;
  while (before !== seen.size) {
    before = seen.size;
    for (const { id, sum } of plant.meters.values()) {
      if (sum && sum.length > 0 && sum.every(({ meter }) => seen.has(meter))) seen.add(id);
    }
  }
  return seen;
}
