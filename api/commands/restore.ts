import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, UserError } from '#shared/contract/command.ts';
import { readLedgerFile } from '#shared/store/ledger-file.ts';
import { checkEntries } from '../audit/entries.ts';
import { readBackup, writeBackup } from '../backup/backup.ts';
import { withStore } from './accounts.ts';
import { readWords } from './options.ts';

const usage = `linewatt restore: a data directory from a backup

Usage: linewatt restore FILE [--data DIR]

  --data DIR     an empty or new directory (default ./data); nothing is ever written over

Everything is checked before anything is written: each file against the manifest, and then the audit log and the ledger record by
record. Every session that was open is ended. Exit code 0: restored and whole, 1: not, 2: wrong usage.`;

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'a data directory from a backup, checked',
  usage,
  async run(args, io) {
    const { values, positionals } = readWords(args, { data: { type: 'string', default: './data' } }, 'restore');
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw new UserError('say which: linewatt restore FILE', 2);
    const dataDir = resolve(values.data);
    const { manifest, files } = readBackup(contentOf(file), file);
    writeBackup(files, dataDir);
    const [, seq = '0', hash = ''] = /^(\d+):(.*)$/.exec(manifest.auditHead ?? '') ?? [];
    return withStore({ data: dataDir, ledger: 'sqlite:' }, io, async (store) => {
      const { faults, records } = await store.audit.verify({ seq: Number(seq), hash });
      const entries = readLedgerFile(join(dataDir, 'ledger.sqlite'));
      const wrong = [...faults, ...(await checkEntries(store.audit, entries))];
      for (const fault of wrong) io.err(`${fault}\n`);
      // Whoever was signed in then may have been shown out since.
      await store.sessions.endAll();
      await store.audit.record(store.event('restore', { file, madeAt: manifest.madeAt, faults: wrong.length }));
      const verdict = wrong.length === 0 ? 'whole' : 'NOT as it was written, see above';
      io.out(`${dataDir}: backup of ${manifest.madeAt}, ${entries.length} entries, ${records} records: ${verdict}\n`);
      return wrong.length === 0 ? 0 : 1;
    });
  },
};

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
