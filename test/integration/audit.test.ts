import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CommandIo } from '#shared/contract/command.ts';
import { UserError } from '#shared/contract/command.ts';
import { createAudit } from '../../api/audit/audit.ts';
import { prepareAccounts } from '../../api/auth/schema.ts';
import { openSqliteSql, type Sql } from '../../api/auth/sql.ts';
import { auditCommand } from '../../api/commands/audit.ts';
import { backupCommand } from '../../api/commands/backup.ts';
import { restoreCommand } from '../../api/commands/restore.ts';
import { userCommand } from '../../api/commands/user.ts';
import { createCounters } from '../../api/metrics/counters.ts';
import { type RunningApi, startRealApi } from '../servers/api.ts';
import { ROOT } from '../servers/linewatt.ts';

async function command(run: typeof auditCommand.run, args: readonly string[]) {
  let out = '';
  const io: CommandIo = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      out += text;
    },
    env: {},
    signal: { aborted: false, addEventListener: () => {} },
  };
  try {
    return { code: await run(args, io), out };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { code: error.exitCode, out: out + error.message };
  }
}

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'linewatt-audit-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A log of its own with five records. */
async function writtenLog(): Promise<{ file: string; head: string }> {
  const file = join(dir, 'accounts.sqlite');
  writeFileSync(join(dir, 'secrets.json'), JSON.stringify({ audit: 'k'.repeat(43), pepper: 'p'.repeat(43) }), {
    mode: 0o600,
  });
  const sql = openSqliteSql(file);
  await prepareAccounts(sql);
  const audit = createAudit(sql, 'k'.repeat(43), () => 1_780_000_000_000);
  let head = '';
  for (let n = 1; n <= 5; n++) {
    const { seq, hash } = await audit.record({
      kind: 'signIn',
      actor: `a${n}`,
      name: `n${n}`,
      address: null,
      details: { n },
    });
    head = `${seq}:${hash}`;
  }
  await sql.close();
  return { file, head };
}

/** As somebody with the file and without the key does: past the triggers that keep it append-only. */
function tamper(file: string, statement: string): void {
  const db = new DatabaseSync(file);
  db.exec('DROP TRIGGER audit_keep_update; DROP TRIGGER audit_keep_delete;');
  db.exec(statement);
  db.close();
}

describe('the chain of the audit log', () => {
  it('holds as it was written', async () => {
    const { head } = await writtenLog();
    const { code, out } = await command(auditCommand.run, ['verify', '--data', dir, '--head', head]);
    expect(out).toContain('5 records and 0 entries of the ledger: nothing was changed');
    expect(code).toBe(0);
  });

  it.each([
    ['a changed name', `UPDATE audit SET name = 'mallory' WHERE seq = 2`, 'record 2 (signIn) is not what was written'],
    ['changed details', `UPDATE audit SET details = '{"n":9}' WHERE seq = 3`, 'record 3'],
    ['a changed time', 'UPDATE audit SET recordedAt = recordedAt + 1 WHERE seq = 4', 'record 4'],
    ['a removed record', 'DELETE FROM audit WHERE seq = 3', 'record 3 is missing'],
    ['the first one removed', 'DELETE FROM audit WHERE seq = 1', 'record 1 is missing'],
    [
      'two records that changed places',
      'UPDATE audit SET seq = 99 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 99',
      'record 2',
    ],
    [
      'one put in',
      `INSERT INTO audit SELECT 6, recordedAt, kind, actor, name, address, details, hash FROM audit WHERE seq = 5`,
      'record 6',
    ],
  ])('shows %s', async (_what, statement, told) => {
    const { file } = await writtenLog();
    tamper(file, statement);
    const { code, out } = await command(auditCommand.run, ['verify', '--data', dir]);
    expect(out).toContain(told);
    expect(out).toContain('NOT as written');
    expect(code).toBe(1);
  });

  it('shows a cut at the end to whoever noted the head', async () => {
    const { file, head } = await writtenLog();
    tamper(file, 'DELETE FROM audit WHERE seq > 3');
    expect((await command(auditCommand.run, ['verify', '--data', dir])).code).toBe(0);
    const { code, out } = await command(auditCommand.run, ['verify', '--data', dir, '--head', head]);
    expect(out).toContain('the end was cut off');
    expect(code).toBe(1);
  });

  it('is refused by the database itself to whoever would change or delete', async () => {
    const { file } = await writtenLog();
    const db = new DatabaseSync(file);
    expect(() => db.exec(`UPDATE audit SET name = 'x'`)).toThrow(/append-only/);
    expect(() => db.exec('DELETE FROM audit')).toThrow(/append-only/);
    db.close();
  });

  it('takes records of several processes at once in one row', async () => {
    await writtenLog();
    const add = (n: number) =>
      new Promise<number | null>((done) => {
        const args = ['linewatt.ts', 'user', 'add', `person-${n}`, '--role', 'viewer', '--data', dir];
        spawn(process.execPath, args, { cwd: ROOT, stdio: 'ignore' }).once('exit', done);
      });
    expect(await Promise.all([1, 2, 3].map(add))).toEqual([0, 0, 0]);
    const { code, out } = await command(auditCommand.run, ['verify', '--data', dir]);
    expect(out).toContain('8 records');
    expect(code).toBe(0);
  });
});

describe('a full disk', () => {
  let sql: Sql;
  it('keeps out what must be on record, counts the rest, and goes on when there is room', async () => {
    const { file } = await writtenLog();
    sql = openSqliteSql(file);
    const counters = createCounters();
    const audit = createAudit(sql, 'k'.repeat(43), Date.now, counters);
    const big = {
      kind: 'refused',
      actor: null,
      name: 'n',
      address: null,
      details: { text: 'x'.repeat(20_000) },
    } as const;
    // What SQLite says then is what it says when the disk is full: SQLITE_FULL.
    const [pages] = await sql.all('PRAGMA page_count');
    await sql.all(`PRAGMA max_page_count = ${Number(pages?.['page_count']) + 2}`);
    await expect(audit.record(big)).rejects.toThrow(/full/);
    await audit.note(big);
    expect(audit.trouble).toMatch(/full/);
    expect(counters.get('audit_not_written', 'refused')).toBe(2);
    await sql.all('PRAGMA max_page_count = 1000000');
    await audit.record(big);
    expect(audit.trouble).toBeNull();
    expect((await audit.verify()).faults).toEqual([]);
    await sql.close();
  });
});

describe('backup and restore, a drill', () => {
  let api: RunningApi;
  beforeAll(async () => {
    api = await startRealApi();
  });
  afterAll(() => api.dispose());

  it('brings entries, people, tokens and the record back on another machine, and proves it', async () => {
    const data = ['--data', api.dataDir];
    const entry = { type: 'scrap', machine: 'filler', at: new Date(Date.now() - 60_000).toISOString(), count: 3 };
    const post = (count: number, headers: Record<string, string> = {}) =>
      fetch(`${api.url}/api/v1/entries`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `drill-${count}`, ...headers },
        body: JSON.stringify({ ...entry, count }),
      });
    for (const count of [1, 2, 3]) expect((await post(count)).status).toBe(201);
    writeFileSync(join(dir, 'password'), 'quiet yellow river\n');
    const added = await command(userCommand.run, [
      ...['add', 'kim', '--role', 'admin', '--password-file', join(dir, 'password')],
      ...data,
    ]);
    expect(added).toMatchObject({ code: 0 });
    // Made while the server runs.
    const out = join(dir, 'backup.tar.gz');
    const made = await command(backupCommand.run, ['--out', out, '--plant', join(api.dataDir, 'plant.yaml'), ...data]);
    expect(made).toMatchObject({ code: 0 });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect((await command(backupCommand.run, ['--out', out, ...data])).code).toBe(1);

    const elsewhere = join(dir, 'elsewhere');
    const restored = await command(restoreCommand.run, [out, '--data', elsewhere]);
    expect(restored.out).toMatch(/3 entries, \d+ records: whole/);
    expect(restored.code).toBe(0);
    expect(statSync(join(elsewhere, 'secrets.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(elsewhere, 'plant.yaml'), 'utf8')).toBe(
      readFileSync(join(api.dataDir, 'plant.yaml'), 'utf8'),
    );

    const again = await startRealApi({ dataDir: elsewhere });
    const signedIn = await fetch(`${again.url}/api/v1/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'kim', password: 'quiet yellow river' }),
    });
    expect(signedIn.status).toBe(200);
    const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const { items } = (await (await fetch(`${again.url}/api/v1/entries`, { headers: { cookie } })).json()) as {
      items: { count: number }[];
    };
    expect(items.map(({ count }) => count)).toEqual([1, 2, 3]);
    await again.dispose();
    expect((await command(restoreCommand.run, [out, '--data', api.dataDir])).out).toContain('never writes over');
  });

  it('refuses a backup that was damaged, before it writes anything', async () => {
    const out = join(dir, 'b.tar.gz');
    await command(backupCommand.run, ['--out', out, '--data', api.dataDir]);
    const whole = readFileSync(out);
    const cases = [whole.subarray(0, whole.length - 200), Buffer.from('not a backup'), Buffer.alloc(0)];
    for (const [n, content] of cases.entries()) {
      writeFileSync(out, content);
      const answer = await command(restoreCommand.run, [out, '--data', join(dir, `r${n}`)]);
      expect(answer.code).toBe(1);
      expect(() => statSync(join(dir, `r${n}`))).toThrow();
    }
  });

  it('finds an entry that was changed behind the back of the ledger', async () => {
    const copy = join(dir, 'copy');
    const out = join(dir, 'c.tar.gz');
    await command(backupCommand.run, ['--out', out, '--data', api.dataDir]);
    await command(restoreCommand.run, [out, '--data', copy]);
    const db = new DatabaseSync(join(copy, 'ledger.sqlite'));
    db.exec('DROP TRIGGER entry_keep_update');
    db.exec(`UPDATE entry SET content = replace(content, '"count":2', '"count":200')`);
    db.close();
    const { code, out: told } = await command(auditCommand.run, ['verify', '--data', copy]);
    expect(told).toMatch(/entry \S+ \(by unnamed\) is not what was entered/);
    expect(code).toBe(1);
  });
});
