import { describe, expect, it } from 'vitest';
import { parsePlant } from '#shared/plant/parse.ts';
import { PLANT } from '../fixture.ts';
import { ENTRANTS, entryRoles, ofEntry, ROLES, type Role } from './access.ts';
import { mayTouch, mayUse } from './may.ts';
import { ANYONE, type Principal, VISITOR, visibleTo } from './principal.ts';

const { plant } = parsePlant(PLANT, { hash: 'test' });
const who = (role: Role, scopes: Principal['scopes'] = 'all', name = 'sam'): Principal => ({
  kind: 'user',
  id: name,
  name,
  role,
  scopes,
  session: 's',
});
const entries = [
  { id: 'e1', seq: 1, recordedAt: 0, by: 'sam', type: 'scrap', machine: 'filler', at: 0, count: 1 },
  { id: 'e2', seq: 2, recordedAt: 0, by: 'pat', type: 'scrap', machine: 'filler', at: 0, count: 1 },
] as const;
const world = { plant, entries: () => entries };
const enters = (principal: Principal, body: unknown): boolean =>
  mayTouch(principal, ofEntry, { query: {}, params: {}, body }, world).ok;

describe('who may enter what', () => {
  const DECIDE: readonly Role[] = ['supervisor', 'engineer', 'admin'];
  const TYPES: readonly (readonly [string, readonly Role[]])[] = [
    ['stopReason', ['operator', ...DECIDE]],
    ['scrap', ['operator', ...DECIDE]],
    ['meterExchange', ['energyManager', 'engineer', 'admin']],
    ['counterVerdict', DECIDE],
    ['periodLock', DECIDE],
    ['calendarException', DECIDE],
    ['target', DECIDE],
    ['somethingNew', DECIDE],
    ['__proto__', DECIDE],
    ['constructor', DECIDE],
  ];
  it.each(TYPES)('%s', (type, roles) => {
    expect(ROLES.filter((role) => entryRoles(type).includes(role))).toEqual([...roles]);
    for (const role of ROLES) expect(enters(who(role), { type, machine: 'filler' })).toBe(roles.includes(role));
  });

  it('nobody without a role for any type, whatever the body is', () => {
    for (const body of [null, 'text', [], 7, {}, { type: null }, { type: {} }]) {
      expect(enters(who('viewer'), body)).toBe(false);
      expect(enters(who('operator'), body)).toBe(false);
    }
  });

  it('operators take back their own entries, supervisors those of their scope', () => {
    expect(enters(who('operator'), { type: 'void', entry: 'e1' })).toBe(true);
    expect(enters(who('operator'), { type: 'void', entry: 'e2' })).toBe(false);
    expect(enters(who('supervisor'), { type: 'void', entry: 'e2' })).toBe(true);
    expect(enters(who('supervisor', ['machine:packer']), { type: 'void', entry: 'e2' })).toBe(false);
    expect(enters(who('supervisor', ['machine:packer']), { type: 'void', entry: 'nope' })).toBe(false);
    expect(ENTRANTS).not.toContain('viewer');
  });

  it('with a scope, only what it holds: a machine, a line, a meter, and nothing about the site', () => {
    const sam = who('supervisor', ['machine:filler']);
    expect(enters(sam, { type: 'scrap', machine: 'filler' })).toBe(true);
    expect(enters(sam, { type: 'scrap', machine: 'packer' })).toBe(false);
    expect(enters(sam, { type: 'calendarException', line: 'filling' })).toBe(false);
    expect(enters(who('supervisor', ['line:filling']), { type: 'calendarException', line: 'filling' })).toBe(true);
    expect(enters(sam, { type: 'periodLock' })).toBe(false);
    expect(enters(sam, { type: 'counterVerdict', signal: 'filler.total' })).toBe(true);
    expect(enters(sam, { type: 'counterVerdict', signal: 'packer.total' })).toBe(false);
    // Two objects in one body: both must be theirs.
    expect(enters(sam, { type: 'scrap', machine: 'filler', line: 'filling' })).toBe(false);
    expect(enters(sam, { type: 'scrap', machine: ['filler'] })).toBe(false);
  });
});

describe('what is seen', () => {
  it('of a line: it, its machines, the meters that feed them and nothing else', () => {
    const seen = visibleTo({ scopes: ['line:filling'] }, plant);
    expect([[...seen.lines], [...seen.machines], [...seen.meters]]).toEqual([
      ['filling'],
      ['filler', 'packer'],
      ['m-filler'],
    ]);
  });
  it('of a machine: not its line', () => {
    const seen = visibleTo({ scopes: ['machine:packer'] }, plant);
    expect([[...seen.lines], [...seen.machines], [...seen.meters]]).toEqual([[], ['packer'], []]);
  });
  it('of what is gone from the plant: nothing', () => {
    const seen = visibleTo({ scopes: ['line:gone', 'machine:__proto__'] }, plant);
    expect(seen.all || seen.lines.size + seen.machines.size + seen.meters.size > 0).toBe(false);
  });
});

describe('before the body is read', () => {
  it('a route without a declaration is an administrator’s alone', () => {
    for (const role of ROLES) expect(mayUse(who(role), undefined, 'GET').ok).toBe(role === 'admin');
    expect(mayUse(null, undefined, 'GET')).toMatchObject({ ok: false, status: 401 });
  });
  it('nobody administers before there is an account, and visitors only look', () => {
    expect(mayUse(ANYONE, { roles: ['admin'], object: { of: 'nothing' } }, 'GET').ok).toBe(false);
    expect(mayUse(ANYONE, { roles: ENTRANTS, object: { of: 'nothing' } }, 'POST').ok).toBe(true);
    expect(mayUse(VISITOR, { roles: ROLES, object: { of: 'nothing' } }, 'POST').ok).toBe(false);
  });
});
