import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Accounts, createAccounts } from './accounts.ts';
import { hashPassword, verifyPassword, weakness, weakPin } from './passwords.ts';
import { prepareAccounts } from './schema.ts';
import { openSqliteSql, type Sql } from './sql.ts';

let now = 1_780_000_000_000;
let sql: Sql;
let accounts: Accounts;
beforeEach(async () => {
  now = 1_780_000_000_000;
  sql = openSqliteSql(':memory:');
  await prepareAccounts(sql);
  accounts = createAccounts(sql, 'p'.repeat(43), () => now);
});
afterEach(() => sql.close());

const PASSWORD = 'three green bottles';
const add = (name: string, more: object = {}) => accounts.add({ name, role: 'operator', password: PASSWORD, ...more });

describe('accounts', () => {
  it('have names that are one whatever their case, and not those of the server itself', async () => {
    await add('Kim');
    for (const name of ['kim', ' KIM ', 'linewatt', 'unnamed', '', 'a\nb', '<b>', '-']) {
      await expect(add(name)).rejects.toThrow();
    }
  });

  it('lock after five wrong passwords for a minute, then for twice as long each time, and forget at the right one', async () => {
    await add('kim');
    const wrong = async () =>
      (await accounts.withPassword('kim', 'not this one')) as { refused: string; until: number | null };
    const told: string[] = [];
    for (let n = 0; n < 5; n++) told.push((await wrong()).refused);
    expect(told).toEqual(['wrong', 'wrong', 'wrong', 'wrong', 'locked']);
    expect(await accounts.withPassword('kim', PASSWORD)).toMatchObject({ refused: 'locked', until: now + 60_000 });
    now += 60_000;
    expect((await wrong()).until).toBe(now + 120_000);
    now += 120_000;
    const found = await accounts.withPassword('kim', PASSWORD);
    if (!('account' in found)) throw new Error('refused');
    await accounts.noteSignIn(found.account.id);
    expect((await wrong()).refused).toBe('wrong');
  });

  it('count tries at the same time each', async () => {
    await add('kim');
    await Promise.all(Array.from({ length: 5 }, () => accounts.withPassword('kim', 'not this one')));
    expect(await accounts.withPassword('kim', PASSWORD)).toMatchObject({ refused: 'locked' });
  });

  it('end with their day, and are then as good as unknown', async () => {
    await add('guest', { endsAt: now + 1000, sponsor: 'kim' });
    expect(await accounts.withPassword('guest', PASSWORD)).toHaveProperty('account');
    now += 1000;
    expect(await accounts.withPassword('guest', PASSWORD)).toMatchObject({ refused: 'ended' });
  });

  it('always leave one administrator who can sign in', async () => {
    const { id } = await accounts.add({ name: 'kim', role: 'admin', password: PASSWORD });
    for (const change of [
      { disabled: true },
      { role: 'viewer' as const },
      { endsAt: now + 9 },
      { scopes: ['line:a'] },
    ]) {
      await expect(accounts.change(id, change)).rejects.toThrow(/only administrator/);
    }
    expect(await accounts.byId(id)).toMatchObject({ role: 'admin', disabled: false, endsAt: null, scopes: 'all' });
    await accounts.add({ name: 'lee', role: 'admin', password: PASSWORD });
    await accounts.change(id, { disabled: true });
  });

  it('have a badge each', async () => {
    await add('kim', { badge: '04:A2' });
    await expect(add('lee', { badge: '04:a2 ' })).rejects.toThrow('already belongs to kim');
    expect(await accounts.withBadge('04:a2')).toMatchObject({ account: { name: 'kim' } });
  });

  it('are added with their record or not at all', async () => {
    const broken = accounts.add({ name: 'kim', role: 'viewer' }, async () => {
      throw new Error('disk full');
    });
    await expect(broken).rejects.toThrow('disk full');
    expect(await accounts.list()).toEqual([]);
  });
});

describe('passwords', () => {
  it('are kept as Argon2id, each with its own salt, whatever writing system', async () => {
    const [a, b] = await Promise.all([hashPassword('größe ½ 界'), hashPassword('größe ½ 界')]);
    expect(a).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(a).not.toBe(b);
    expect(await verifyPassword(a, 'gro\u0308ße ½ 界')).toBe(true);
    expect(await verifyPassword(a, 'größe ½')).toBe(false);
    for (const broken of [null, '', '$argon2id$', a?.replace('m=19456', 'm=8')]) {
      expect(await verifyPassword(broken ?? null, 'größe ½ 界')).toBe(false);
    }
  });

  it.each(['short', 'aaaaaaaaaaaaaa', 'Password2026!', 'linewatt-2026', 'kimberley-was-here'])(
    '%s is too weak',
    (text) => {
      expect(weakness(text, 'kimberley')).not.toBeNull();
    },
  );
  it.each(['1111', '1234', '4321', '12', '12a4', '12345678901'])('%s is no PIN', (pin) => {
    expect(weakPin(pin)).not.toBeNull();
  });
  it('three words are good, and so is a PIN that is not the first guess', () => {
    expect(weakness(PASSWORD, 'kim')).toBeNull();
    expect(weakPin('2580')).toBeNull();
  });
});
