/*
 * Who may use a route or watch, declared where it stands: Fastify's `config: { access: ... }`.
 *
 * - Every route declares; api/auth/route-table.test.ts fails for one that does not, and the server lets only an
 *   administrator use it (deny by default).
 * - A declaration names roles and the one object that is touched. A person or wall screen whose scope does not hold the whole
 *   object is refused; so is one who asks for an object that does not exist, unless they see the whole site.
 * - Wall screens (kiosk tokens) count as viewers of their scope, and only GET and HEAD are open to them.
 *
 * Declare with the five words below:
 *
 *   config: { access: reads(scopeIn('query')) }       GET with ?scope=, `site` where it is left out
 *   config: { access: enters(machineIn('body')) }     POST of what happened, body.machine
 *   config: { access: decides(ofSite) }               what supervisors decide: locks, calendar exceptions, targets
 *   config: { access: administers }                   accounts, tokens, audit
 *   config: { access: everyone }                      nothing of the plant is in the answer
 */
export const ROLES = ['viewer', 'operator', 'supervisor', 'energyManager', 'engineer', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export type Place = 'query' | 'params' | 'body';

export type AccessObject =
  /** No part of the plant; or the handler itself shows each asker only their part (`visibleTo`). */
  | { readonly of: 'nothing' }
  | { readonly of: 'site' }
  /** A scope text such as `line:filling`; left out, it is the site. */
  | { readonly of: 'scope'; readonly in: Place; readonly name: string }
  /** An id. Left out where that is allowed, the handler shows each asker only their part. */
  | { readonly of: 'line' | 'machine' | 'meter'; readonly in: Place; readonly name: string; readonly optional: boolean }
  /** The body is a ledger entry: its type decides who may, and what it names is the object. */
  | { readonly of: 'entry' };

export interface Access {
  /** `everyone`: no sign-in at all. */
  readonly roles: readonly Role[] | 'everyone';
  readonly object: AccessObject;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
}

export const ofNothing: AccessObject = { of: 'nothing' };
export const ofSite: AccessObject = { of: 'site' };
export const ofEntry: AccessObject = { of: 'entry' };
export const scopeIn = (place: Place, name = 'scope'): AccessObject => ({ of: 'scope', in: place, name });
export const machineIn = (place: Place, name = 'machine', optional = false): AccessObject => ({
  of: 'machine',
  in: place,
  name,
  optional,
});
export const lineIn = (place: Place, name = 'line', optional = false): AccessObject => ({
  of: 'line',
  in: place,
  name,
  optional,
});
export const meterIn = (place: Place, name = 'meter', optional = false): AccessObject => ({
  of: 'meter',
  in: place,
  name,
  optional,
});

/** Everybody who works at a machine or answers for one. */
export const ENTRANTS: readonly Role[] = ['operator', 'supervisor', 'engineer', 'admin'];
export const DECIDERS: readonly Role[] = ['supervisor', 'engineer', 'admin'];
export const ENGINEERS: readonly Role[] = ['engineer', 'admin'];
/** Whoever answers for tariffs, meters and bills. */
export const ENERGY: readonly Role[] = ['energyManager', 'engineer', 'admin'];

export const everyone: Access = { roles: 'everyone', object: ofNothing };
export const administers: Access = { roles: ['admin'], object: ofNothing };
export const reads = (object: AccessObject): Access => ({ roles: ROLES, object });
export const enters = (object: AccessObject): Access => ({ roles: ENTRANTS, object });
export const decides = (object: AccessObject): Access => ({ roles: DECIDERS, object });
export const engineers = (object: AccessObject): Access => ({ roles: ENGINEERS, object });
export const managesEnergy = (object: AccessObject): Access => ({ roles: ENERGY, object });

/**
 * Who may append an entry of a type. A type that is not here yet may be appended by supervisors, engineers and administrators.
 */
const ENTRY_ROLES: Readonly<Record<string, readonly Role[]>> = {
  stopReason: ENTRANTS,
  scrap: ENTRANTS,
  product: ENTRANTS,
  orderStart: ENTRANTS,
  orderFinish: ENTRANTS,
  note: ENTRANTS,
  andonCall: ENTRANTS,
  andonAcknowledge: ENTRANTS,
  andonClose: ENTRANTS,
  merge: ENTRANTS,
  /** Operators take back what they entered themselves; see `may.ts`. */
  void: [...ENTRANTS, 'energyManager'],
  meterExchange: ENERGY,
  counterVerdict: DECIDERS,
};

export function entryRoles(type: unknown): readonly Role[] {
  return (typeof type === 'string' && Object.hasOwn(ENTRY_ROLES, type) ? ENTRY_ROLES[type] : undefined) ?? DECIDERS;
}

/** Every role that may append some entry: what the route itself lets in. */
export const entersEntry: Access = { roles: [...ENTRANTS, 'energyManager'], object: ofEntry };
