import { resolve } from 'node:path';
import { type Command, UserError } from '#shared/contract/command.ts';
import { KIOSK_KINDS } from '../auth/kiosks.ts';
import { kioskLink } from '../routes/kiosks.ts';
import { readEnd, STORE_OPTIONS, STORE_USAGE, withStore } from './accounts.ts';
import { readWords } from './options.ts';
import { scopeOf } from './user.ts';

const usage = `linewatt kiosk: tokens of wall screens, shared tablets and programs: read-only, one scope, revocable

Usage: linewatt kiosk add NAME --scope SCOPE [options]
       linewatt kiosk revoke ID
       linewatt kiosk list

  --scope SCOPE  the one thing that it shows, as line:filling
  --kind KIND    wall (default), tablet (people say who they are by PIN or badge), or program (Authorization: Bearer ...)
  --until DAY    the token ends with this day (UTC)
  --url URL      how the screen calls the server, for its link (default http://127.0.0.1:8080)
${STORE_USAGE}

The token is shown once. Open its link on the screen: the page keeps the token in a cookie and takes it out of the address.`;

export const kioskCommand: Command = {
  name: 'kiosk',
  summary: 'tokens of wall screens and tablets: add, revoke, list',
  usage,
  async run(args, io) {
    const { values, positionals } = readWords(
      args,
      {
        ...STORE_OPTIONS,
        scope: { type: 'string' },
        kind: { type: 'string', default: 'wall' },
        until: { type: 'string' },
        url: { type: 'string', default: 'http://127.0.0.1:8080' },
      },
      'kiosk',
    );
    const [verb, name, ...more] = positionals;
    const place = { data: resolve(values.data), ledger: values.ledger };
    if (verb === 'list' && name === undefined) {
      return withStore(place, io, async ({ kiosks }) => {
        for (const { id, name: called, kind, scope, revokedAt, seenAt } of await kiosks.list()) {
          const seen = seenAt === null ? 'never seen' : `seen ${new Date(seenAt).toISOString().slice(0, 16)}Z`;
          io.out(`${id}  ${kind.padEnd(8)} ${scope.padEnd(24)} ${revokedAt === null ? seen : 'revoked'}  ${called}\n`);
        }
        return 0;
      });
    }
    if (name === undefined || more.length > 0 || (verb !== 'add' && verb !== 'revoke')) {
      throw new UserError(
        'say linewatt kiosk add NAME --scope SCOPE, kiosk revoke ID or kiosk list; --help tells more',
        2,
      );
    }
    if (verb === 'revoke') {
      return withStore(place, io, async (store) => {
        const revoked = await store.kiosks.revoke(name);
        if (!revoked) throw new UserError(`there is no token ${name} to revoke; linewatt kiosk list shows them`);
        await store.audit.record(store.event('tokenRevoked', { token: revoked.id, name: revoked.name }));
        io.out(`${revoked.name} is revoked; its screens close within two seconds\n`);
        return 0;
      });
    }
    const kind = KIOSK_KINDS.find((known) => known === values.kind);
    if (!kind) throw new UserError(`--kind must be one of ${KIOSK_KINDS.join(', ')}, not "${values.kind}"`, 2);
    const scope = scopeOf(values.scope ?? '');
    const endsAt = readEnd(values.until);
    return withStore(place, io, async (store) => {
      const { token } = await store.kiosks.add({ name, kind, scope, createdBy: 'console', endsAt }, (inside, { id }) =>
        store.audit.recordIn(inside, store.event('tokenAdded', { token: id, name, kind, scope })),
      );
      io.out(`token, shown once: ${token}\n`);
      if (kind !== 'program') io.out(`open on the screen:  ${kioskLink(values.url.replace(/\/+$/, ''), token)}\n`);
      return 0;
    });
  },
};
