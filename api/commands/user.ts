import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import { ROLES, type Role } from '../auth/access.ts';
import { type Account, AccountProblem } from '../auth/accounts.ts';
import { readEnd, STORE_OPTIONS, STORE_USAGE, type Store, withStore } from './accounts.ts';
import { readWords } from './options.ts';

const usage = `linewatt user: the people who may sign in

Usage: linewatt user add NAME --role ROLE [options]     adds an account
       linewatt user passwd NAME [--password-file FILE]  gives it a new password and ends its sessions
       linewatt user unlock NAME                         takes a lock-out away
       linewatt user end NAME                            switches it off and ends its sessions
       linewatt user list

  --role ROLE           viewer, operator, supervisor, energyManager, engineer or admin
  --scope SCOPE         what it may see and touch, as line:filling; give it again for more; default: the whole site
  --until DAY           the account ends with this day (UTC); for guests
  --sponsor WHO         who answers for a guest
  --password-file FILE  its first line is the password; - reads it from standard input. Without it, one is made and shown once
${STORE_USAGE}

It works beside a running server. As soon as the first account exists, that server asks everybody to sign in.
Exit code 0: done, 1: it cannot be done, 2: wrong usage.`;

export const userCommand: Command = {
  name: 'user',
  summary: 'the people who may sign in: add, passwd, unlock, end, list',
  usage,
  async run(args, io) {
    const { values, positionals } = readWords(
      args,
      {
        ...STORE_OPTIONS,
        role: { type: 'string' },
        scope: { type: 'string', multiple: true },
        until: { type: 'string' },
        sponsor: { type: 'string' },
        'password-file': { type: 'string' },
      },
      'user',
    );
    const [verb = '', name, ...more] = positionals;
    if (more.length > 0 || !['add', 'passwd', 'unlock', 'end', 'list'].includes(verb)) throw wrongUsage();
    const place = { data: resolve(values.data), ledger: values.ledger };
    if (verb === 'list') return withStore(place, io, (store) => list(store, io));
    if (name === undefined) throw wrongUsage();
    if (verb === 'add') {
      const role = roleOf(values.role);
      const scopes = values.scope ? values.scope.map(scopeOf) : ('all' as const);
      const endsAt = readEnd(values.until);
      const { password, made } = passwordOf(values['password-file']);
      const sponsor = values.sponsor ?? null;
      return withStore(place, io, async (store) => {
        const details = { account: name, role, scopes, sponsor };
        await granted(
          store.accounts.add({ name, role, scopes, endsAt, sponsor, password }, (inside) =>
            store.audit.recordIn(inside, store.event('accountAdded', details)),
          ),
        );
        io.out(`${name} may sign in as ${role}${made ? ` with this password, shown once: ${password}` : ''}\n`);
        return 0;
      });
    }
    return withStore(place, io, (store) => change(store, verb, name, values['password-file'], io));
  },
};

async function change(store: Store, verb: string, name: string, file: string | undefined, io: CommandIo) {
  const account = await store.accounts.byName(name);
  if (!account) throw new UserError(`there is no account named ${name}; linewatt user list shows them`);
  const { password, made } = verb === 'passwd' ? passwordOf(file) : { password: '', made: false };
  const wish = verb === 'passwd' ? { password } : verb === 'end' ? { disabled: true } : {};
  await granted(
    store.accounts.change(account.id, wish, (inside) =>
      store.audit.recordIn(inside, store.event('accountChanged', { account: account.name, by: `user ${verb}` })),
    ),
  );
  if (verb === 'unlock') {
    await store.accounts.unlock(account.id);
    io.out(`${account.name} may try again\n`);
    return 0;
  }
  const ended = await store.sessions.endOf(account.id);
  const what = verb === 'end' ? 'is switched off' : `has a new password${made ? `, shown once: ${password}` : ''}`;
  io.out(`${account.name} ${what}; ${ended.length} sessions ended\n`);
  return 0;
}

async function list({ accounts }: Store, io: CommandIo): Promise<number> {
  const all = await accounts.list();
  for (const account of all) io.out(`${lineOf(account)}\n`);
  if (all.length === 0) io.out('no account yet; make an administrator: linewatt user add NAME --role admin\n');
  return 0;
}

function lineOf({ name, role, scopes, disabled, endsAt, lockedUntil, sponsor, lastSignIn }: Account): string {
  const day = (t: number): string => new Date(t).toISOString().slice(0, 10);
  const notes = [
    ...(scopes === 'all' ? [] : [scopes.join(' ')]),
    ...(disabled ? ['switched off'] : []),
    ...(endsAt === null ? [] : [`until ${day(endsAt)}`]),
    ...(sponsor === null ? [] : [`sponsor ${sponsor}`]),
    ...(lockedUntil !== null && lockedUntil > Date.now() ? ['locked'] : []),
    lastSignIn === null ? 'never signed in' : `last seen ${day(lastSignIn)}`,
  ];
  return `${name.padEnd(24)} ${role.padEnd(14)} ${notes.join(', ')}`;
}

async function granted<T>(wish: Promise<T>): Promise<T> {
  try {
    return await wish;
  } catch (error) {
    if (error instanceof AccountProblem) throw new UserError(error.message);
    throw error;
  }
}

function roleOf(text: string | undefined): Role {
  const role = ROLES.find((known) => known === text);
  if (role) return role;
  throw new UserError(`--role must be one of ${ROLES.join(', ')}${text === undefined ? '' : `, not "${text}"`}`, 2);
}

export function scopeOf(text: string): string {
  if (/^(site|(area|line|machine|meter):[^\s:]\S{0,127})$/.test(text)) return text;
  throw new UserError(`--scope "${text}" must be site, area:ID, line:ID, machine:ID or meter:ID`, 2);
}

/** Letters and digits that are not mistaken for each other. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

function passwordOf(file: string | undefined): { readonly password: string; readonly made: boolean } {
  if (file === undefined) {
    const letters = [...randomBytes(16)].map((byte) => LETTERS[byte % LETTERS.length] ?? 'a').join('');
    return { password: letters.replace(/(.{4})(?=.)/g, '$1-'), made: true };
  }
  try {
    const [line = ''] = readFileSync(file === '-' ? 0 : file, 'utf8').split(/\r?\n/, 1);
    return { password: line, made: false };
  } catch (error) {
    throw new UserError(`the password cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

const wrongUsage = (): UserError =>
  new UserError(
    'say linewatt user add, passwd, unlock or end with a NAME, or linewatt user list; --help tells more',
    2,
  );
