import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UserError } from '#shared/contract/command.ts';
import { LedgerConflict } from './ledger.ts';
import { openSqliteLedger } from './sqlite.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'linewatt-ledger-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const content = { type: 'stopReason', machine: 'filler', at: 1000, reason: 'jam' } as const;

it('the same key with the same content is one entry, also after a restart', () => {
  const file = join(dir, 'ledger.sqlite');
  const first = openSqliteLedger(file, () => 5000);
  const { entry, repeated } = first.append({ idempotencyKey: 'k', by: 'ann', content });
  expect(repeated).toBe(false);
  expect(entry).toMatchObject({ seq: 1, recordedAt: 5000, by: 'ann', ...content });
  first.close();
  const second = openSqliteLedger(file, () => 9000);
  expect(second.append({ idempotencyKey: 'k', by: 'ann', content })).toEqual({ entry, repeated: true });
  expect(second.entries()).toEqual([entry]);
  expect(second.append({ idempotencyKey: 'k2', by: 'ann', content }).entry.seq).toBe(2);
  second.close();
});

it('refuses a key that was used for something else, and an id that is taken', () => {
  const ledger = openSqliteLedger(':memory:', () => 1);
  ledger.append({ idempotencyKey: 'k', id: 'e1', by: 'ann', content });
  const other = { ...content, reason: 'other' };
  expect(() => ledger.append({ idempotencyKey: 'k', id: 'e1', by: 'ann', content: other })).toThrow(LedgerConflict);
  expect(() => ledger.append({ idempotencyKey: 'k', id: 'e1', by: 'bob', content })).toThrow(LedgerConflict);
  expect(() => ledger.append({ idempotencyKey: 'k3', id: 'e1', by: 'ann', content })).toThrow(LedgerConflict);
  expect(ledger.seq).toBe(1);
});

it('never lets recordedAt fall, when the clock does', () => {
  let now = 5000;
  const ledger = openSqliteLedger(':memory:', () => now);
  ledger.append({ idempotencyKey: 'a', by: 'ann', content });
  now = 1000;
  expect(ledger.append({ idempotencyKey: 'b', by: 'ann', content }).entry.recordedAt).toBe(5000);
});

it('the file itself refuses to change or delete an entry', () => {
  const file = join(dir, 'ledger.sqlite');
  const ledger = openSqliteLedger(file, () => 1);
  ledger.append({ idempotencyKey: 'k', by: 'ann', content });
  ledger.close();
  const db = new DatabaseSync(file);
  expect(() => db.exec("UPDATE entry SET writer = 'eve'")).toThrow('append-only');
  expect(() => db.exec('DELETE FROM entry')).toThrow('append-only');
  db.close();
});

it('says in a sentence what is wrong with a file that is no ledger, or of a newer version', () => {
  const file = join(dir, 'ledger.sqlite');
  writeFileSync(file, 'x'.repeat(4096));
  expect(() => openSqliteLedger(file, () => 1)).toThrow(UserError);
  const newer = join(dir, 'newer.sqlite');
  const db = new DatabaseSync(newer);
  db.exec('PRAGMA user_version = 99');
  db.close();
  expect(() => openSqliteLedger(newer, () => 1)).toThrow(/newer Linewatt/);
});
