import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { openSqliteLedger } from '#api/ledger/sqlite.ts';
import { UserError } from '#shared/contract/command.ts';
import { ledgerSuite } from './ledger-suite.ts';

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});
const fresh = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'linewatt-ledger-'));
  dirs.push(dir);
  return join(dir, 'ledger.sqlite');
};

describe('the ledger on SQLite', () => {
  ledgerSuite(() => {
    const file = fresh();
    return {
      open: async (clock) => openSqliteLedger(file, clock),
      async tamper(sql) {
        const db = new DatabaseSync(file);
        try {
          db.exec(sql);
        } finally {
          db.close();
        }
      },
      clear: async () => {},
    };
  });

  it('says in a sentence what is wrong with a file that is no ledger, or of a newer version', () => {
    const file = fresh();
    writeFileSync(file, 'x'.repeat(4096));
    expect(() => openSqliteLedger(file, () => 1)).toThrow(UserError);
    const newer = fresh();
    const db = new DatabaseSync(newer);
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(() => openSqliteLedger(newer, () => 1)).toThrow(/newer Linewatt/);
  });
});
