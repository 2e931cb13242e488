import { resolve } from 'node:path';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import { readLedgerFile } from '#shared/store/ledger-file.ts';
import { checkEntries } from '../audit/entries.ts';
import { ledgerFile } from '../auth/open.ts';
import { STORE_OPTIONS, STORE_USAGE, type Store, withStore } from './accounts.ts';
import { readWords } from './options.ts';

const usage = `linewatt audit: the record of who did what

Usage: linewatt audit verify [--head SEQ:HASH] [options]   checks every record and every entry of the ledger
       linewatt audit head                                 the end of the chain, to write down somewhere else
       linewatt audit list [--limit N] [--kind KIND]       newest first, one JSON object a line

  --head SEQ:HASH  a head that was written down earlier: it must still be in the chain, or its end was cut off
${STORE_USAGE}

Exit code 0: nothing was changed, 1: something was (it says what), 2: wrong usage.`;

export const auditCommand: Command = {
  name: 'audit',
  summary: 'the record of who did what: verify, head, list',
  usage,
  async run(args, io) {
    const { values, positionals } = readWords(
      args,
      {
        ...STORE_OPTIONS,
        head: { type: 'string' },
        limit: { type: 'string', default: '100' },
        kind: { type: 'string' },
      },
      'audit',
    );
    const [verb, ...more] = positionals;
    if (more.length > 0) throw wrongUsage();
    const place = { data: resolve(values.data), ledger: values.ledger };
    const ledgerUrl = values.ledger ?? io.env['LINEWATT_LEDGER_URL'] ?? 'sqlite:';
    switch (verb) {
      case 'verify':
        return withStore(place, io, (store) => verify(store, values.head, entriesOf(ledgerUrl, place.data, io), io));
      case 'head':
        return withStore(place, io, async ({ audit }) => {
          const { head } = await audit.verify();
          io.out(head ? `${head.seq}:${head.hash}\n` : 'the audit log is empty\n');
          return 0;
        });
      case 'list':
        return withStore(place, io, async ({ audit }) => {
          const limit = Number(values.limit);
          if (!Number.isInteger(limit) || limit < 1) throw new UserError('--limit must be a whole number from 1 up', 2);
          for (const { recordedAt, ...record } of await audit.list({ limit, kind: values.kind })) {
            io.out(`${JSON.stringify({ recordedAt: new Date(recordedAt).toISOString(), ...record })}\n`);
          }
          return 0;
        });
      default:
        throw wrongUsage();
    }
  },
};

/** Null where the ledger is on PostgreSQL, which this command does not read. */
function entriesOf(ledgerUrl: string, data: string, io: CommandIo): readonly Entry[] | null {
  if (!/^postgres(ql)?:/.test(ledgerUrl)) return readLedgerFile(ledgerFile(ledgerUrl, data));
  io.err('the entries on PostgreSQL are not compared; the chain is\n');
  return null;
}

async function verify(
  { audit }: Store,
  noted: string | undefined,
  entries: readonly Entry[] | null,
  io: CommandIo,
): Promise<number> {
  const parts = noted === undefined ? undefined : /^(\d+):([\w-]{43})$/.exec(noted);
  if (parts === null) throw new UserError('--head is written SEQ:HASH, as linewatt audit head prints it', 2);
  const { records, head, faults } = await audit.verify(parts && { seq: Number(parts[1]), hash: parts[2] ?? '' });
  const wrong = [...faults, ...(entries ? await checkEntries(audit, entries) : [])];
  for (const fault of wrong) io.out(`${fault}\n`);
  const end = head ? `, the head is ${head.seq}:${head.hash}` : '';
  const compared = entries ? ` and ${entries.length} entries of the ledger` : '';
  io.out(`${records} records${compared}: ${wrong.length === 0 ? 'nothing was changed' : 'NOT as written'}${end}\n`);
  return wrong.length === 0 ? 0 : 1;
}

const wrongUsage = (): UserError => new UserError('say linewatt audit verify, head or list; --help tells more', 2);
