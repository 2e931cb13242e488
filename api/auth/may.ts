import type { Entry } from '#shared/ledger/entry.ts';
import type { Plant } from '#shared/plant/model.ts';
import { scopeOf } from '../scope.ts';
import { type Access, type AccessObject, entryRoles } from './access.ts';
import { type Principal, type Visible, visibleTo } from './principal.ts';

/*
 * Whether somebody may do what a route declares, on the object that they named. Pure: the plant and the ledger are arguments.
 *
 * - Deny by default: an unknown object, a missing declaration, a type of entry that nobody thought of.
 * - Who sees only a part of the plant learns nothing from a refusal: what is not theirs and what does not exist answer alike.
 */
export type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly status: 401 | 403; readonly reason: 'signIn' | 'role' | 'object'; detail: string };

export interface Asked {
  readonly query: unknown;
  readonly params: unknown;
  readonly body: unknown;
}

export interface World {
  readonly plant: Plant;
  readonly entries: () => readonly Entry[];
}

const YES: Verdict = { ok: true };
const SIGN_IN: Verdict = {
  ok: false,
  status: 401,
  reason: 'signIn',
  detail: 'Sign in first: at /signin, or with a token as "Authorization: Bearer ...".',
};

/** What can be said before the body is read: whether this role may use this route at all. */
export function mayUse(principal: Principal | null, access: Access | undefined, method: string): Verdict {
  if (access?.roles === 'everyone') return YES;
  if (!principal) return SIGN_IN;
  const isRead = method === 'GET' || method === 'HEAD';
  if ((principal.kind === 'kiosk' || principal.kind === 'tablet' || principal.kind === 'visitor') && !isRead) {
    const who = principal.kind === 'visitor' ? 'Whoever has not signed in' : 'A wall screen or tablet by itself';
    return { ok: false, status: 403, reason: 'role', detail: `${who} only reads; sign in to enter something.` };
  }
  const roles = access?.roles ?? ['admin'];
  if (roles.includes(principal.role)) return YES;
  return refusedRole(principal, roles);
}

/** What can be said once query, parameters and body are known. */
export function mayTouch(principal: Principal | null, object: AccessObject, asked: Asked, world: World): Verdict {
  if (object.of === 'nothing') return YES;
  if (!principal) return SIGN_IN;
  if (object.of === 'entry') return mayEnter(principal, asked.body, world);
  const visible = visibleTo(principal, world.plant);
  if (visible.all) return YES;
  if (object.of === 'site') return outside('the whole site', principal);
  const value = field(asked[object.in], object.name);
  if (value === undefined && object.of === 'scope') return outside('the whole site', principal);
  if (value === undefined && object.of !== 'scope' && object.optional) return YES;
  if (typeof value !== 'string') return outside(`what ${object.name} names`, principal);
  if (object.of === 'scope') return maySee(principal, value, world.plant);
  return holds(visible, object.of, value) ? YES : outside(`${object.of}:${value}`, principal);
}

/** Whether somebody sees a scope: what every socket watch asks. */
export function maySee(principal: Principal, scope: string, plant: Plant): Verdict {
  const visible = visibleTo(principal, plant);
  if (visible.all) return YES;
  const known = scopeOf(plant, scope);
  const ok =
    known !== null &&
    (known.kind === 'site'
      ? false
      : known.kind === 'area'
        ? known.lines.every((line) => visible.lines.has(line))
        : holds(visible, known.kind, known.id));
  return ok ? YES : outside(scope, principal);
}

function mayEnter(principal: Principal, body: unknown, world: World): Verdict {
  const type = field(body, 'type');
  const roles = entryRoles(type);
  if (!roles.includes(principal.role)) {
    return refusedRole(principal, roles, `enter ${typeof type === 'string' ? type.slice(0, 40) : 'this'}`);
  }
  if (type === 'void') return mayTakeBack(principal, field(body, 'entry'), world);
  return mayTouchEntry(principal, body, world.plant);
}

/** Operators and energy managers take back only what they entered themselves; the others, what lies in their scope. */
function mayTakeBack(principal: Principal, id: unknown, world: World): Verdict {
  const entry = world.entries().find((e) => e.id === id);
  if (!entry) return visibleTo(principal, world.plant).all ? YES : outside('that entry', principal);
  const own = entry.by === principal.name;
  if (!own && (principal.role === 'operator' || principal.role === 'energyManager')) {
    return {
      ok: false,
      status: 403,
      reason: 'object',
      detail: `This was entered by ${entry.by}; only they, a supervisor or an engineer take it back.`,
    };
  }
  return mayTouchEntry(principal, entry, world.plant);
}

/** Whether somebody is shown an entry. */
export function maySeeEntry(principal: Principal | null, entry: Entry, world: World): boolean {
  if (!principal) return false;
  const target = entry.type === 'void' ? world.entries().find((e) => e.id === entry.entry) : entry;
  return target !== undefined && mayTouchEntry(principal, target, world.plant).ok;
}

/** An entry names a machine, a line or a meter; one that names none is about the whole site. */
function mayTouchEntry(principal: Principal, entry: unknown, plant: Plant): Verdict {
  const visible = visibleTo(principal, plant);
  if (visible.all) return YES;
  const scope = field(entry, 'scope');
  if (typeof scope === 'string') return maySee(principal, scope, plant);
  const named: { kind: 'line' | 'machine' | 'meter'; value: unknown }[] = (
    ['machine', 'line', 'meter'] as const
  ).flatMap((kind) => {
    const value = field(entry, kind);
    return value === undefined ? [] : [{ kind, value }];
  });
  const signal = field(entry, 'signal');
  if (typeof signal === 'string') named.push({ kind: 'machine', value: signal.split('.')[0] });
  if (named.length === 0) return outside('the whole site', principal);
  const missing = named.find(({ kind, value }) => typeof value !== 'string' || !holds(visible, kind, value));
  return missing ? outside(`${missing.kind}:${String(missing.value).slice(0, 128)}`, principal) : YES;
}

function holds(visible: Visible, kind: 'line' | 'machine' | 'meter', id: string): boolean {
  return { line: visible.lines, machine: visible.machines, meter: visible.meters }[kind].has(id);
}

function field(of: unknown, name: string): unknown {
  if (typeof of !== 'object' || of === null || !Object.hasOwn(of, name)) return undefined;
  return (of as Record<string, unknown>)[name];
}

function outside(what: string, { name, scopes }: Principal): Verdict {
  const own = scopes === 'all' ? 'site' : scopes.join(', ') || 'nothing';
  return { ok: false, status: 403, reason: 'object', detail: `${name} may use ${own}, and not ${what}.` };
}

function refusedRole({ kind, name, role }: Principal, roles: readonly string[], what = 'do this'): Verdict {
  if (kind === 'anyone') {
    const detail = 'Nobody administers before there is an account; the console shows the link for the first one.';
    return { ok: false, status: 403, reason: 'role', detail };
  }
  const words = roles.map((r) => (r === 'energyManager' ? 'energy manager' : r));
  const who = role === 'energyManager' ? 'energy manager' : role;
  const detail = `${name} is signed in as ${who}; to ${what} takes ${words.join(', ').replace(/, ([^,]*)$/, ' or $1')}.`;
  return { ok: false, status: 403, reason: 'role', detail };
}
