import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, UserError } from '#shared/contract/command.ts';
import { makeBackup } from '../backup/backup.ts';
import { withStore } from './accounts.ts';
import { readWords } from './options.ts';

const usage = `linewatt backup: one file with ledger, accounts, audit log, plant files, configuration and keys

Usage: linewatt backup --out FILE [options]

  --out FILE     where to write it (.tar.gz); never over a file that is there
  --data DIR     data directory of the api (default ./data)
  --plant FILE   the plant file, to go with it (its history goes anyway)
  --historian    also the recorded facts of a SQLite historian, which may be large

It works beside a running server. The file holds every key: keep it where only its owner reads. A ledger on PostgreSQL is backed
up with pg_dump; the rest of it with this.`;

export const backupCommand: Command = {
  name: 'backup',
  summary: 'one file with ledger, accounts, configuration and keys',
  usage,
  async run(args, io) {
    const { values, positionals } = readWords(
      args,
      {
        out: { type: 'string' },
        data: { type: 'string', default: './data' },
        plant: { type: 'string' },
        historian: { type: 'boolean', default: false },
      },
      'backup',
    );
    if (positionals.length > 0 || !values.out)
      throw new UserError('say where to write it: linewatt backup --out FILE', 2);
    const dataDir = resolve(values.data);
    const out = resolve(values.out);
    const plantFile = values.plant === undefined ? null : resolve(values.plant);
    if (!existsSync(join(dataDir, 'ledger.sqlite')) && !existsSync(join(dataDir, 'secrets.json'))) {
      throw new UserError(`${dataDir} is no data directory of an api that ran; name it with --data`);
    }
    if (existsSync(out)) throw new UserError(`${out} is there already; choose another name`);
    if (plantFile !== null && !existsSync(plantFile)) throw new UserError(`there is no file ${plantFile}`);
    return withStore({ data: dataDir, ledger: 'sqlite:' }, io, async (store) => {
      // Its own record is in it: whoever restores it sees which one it was.
      const { seq, hash } = await store.audit.record(store.event('backup', { out }));
      const { file, manifest } = makeBackup(
        { dataDir, plantFile, historian: values.historian },
        `${seq}:${hash}`,
        Date.now(),
      );
      writeFileSync(out, file, { mode: 0o600, flag: 'wx', flush: true });
      const names = Object.keys(manifest.files);
      io.out(`${out}: ${names.join(', ')}; ${Math.ceil(file.length / 1024)} KiB, audit head ${manifest.auditHead}\n`);
      return 0;
    });
  },
};
