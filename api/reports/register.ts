import { randomUUID } from 'node:crypto';
import type { Language } from '#shared/language/languages.ts';
import type { ReportFormat, ReportHead, ReportName, ReportTail } from '#shared/report/model.ts';
import type { Instant } from '#shared/time/instant.ts';
import { column, instantIn, type Row, type Sql, textIn } from '../auth/sql.ts';

/*
 * Every report that was made: what was asked, what it rested on, and whether it is still the last word.
 *
 * - A row is never deleted; `superseded` is the only thing that changes in it, once.
 * - A scheduled report of one period is made once: its key is unique.
 */
export interface MadeReport {
  readonly id: string;
  readonly name: ReportName;
  readonly title: string;
  readonly scope: string;
  readonly scopeName: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly period: string;
  readonly by: readonly string[];
  readonly format: ReportFormat;
  readonly asOf: Instant;
  /** Asked as of then: no later entry changes it. */
  readonly frozen: boolean;
  readonly madeAt: Instant;
  readonly madeBy: string;
  /** Id of the schedule in the plant file; null for a download. */
  readonly schedule: string | null;
  /** Of its words: made again in another one it would not be the same. */
  readonly language: Language;
  readonly plantHash: string;
  readonly ledgerSeq: number;
  readonly tariffs: readonly string[];
  readonly coverage: number | null;
  readonly provisional: boolean;
  /** Fingerprint of its figures. */
  readonly digest: string;
  /** Where the file lies on the server; null for a download. */
  readonly file: string | null;
  readonly supersededAt: Instant | null;
  readonly supersededWhy: string | null;
}

export type NewReport = Omit<MadeReport, 'id' | 'madeAt' | 'supersededAt' | 'supersededWhy'>;

export interface ReportRegister {
  /** `key` names the one run of a schedule; null where it was made already, and nothing is added. */
  add(report: NewReport, key?: string): Promise<MadeReport | null>;
  has(key: string): Promise<boolean>;
  /** End of the last period that a schedule has made a report of. */
  lastOf(schedule: string): Promise<Instant | null>;
  /** Newest first. */
  list(limit: number): Promise<readonly MadeReport[]>;
  get(id: string): Promise<MadeReport | null>;
  /** Of those that stand, the ones that overlap the span; newest first. */
  standing(from: Instant, to: Instant, limit: number): Promise<readonly MadeReport[]>;
  supersede(id: string, why: string): Promise<void>;
}

const TABLE = `CREATE TABLE IF NOT EXISTS report_made (
  id TEXT PRIMARY KEY, runkey TEXT UNIQUE, name TEXT NOT NULL, scope TEXT NOT NULL, fromt BIGINT NOT NULL, tot BIGINT NOT NULL,
  madeat BIGINT NOT NULL, schedule TEXT, content TEXT NOT NULL, supersededat BIGINT, supersededwhy TEXT)`;

export async function openReportRegister(sql: Sql, clock: () => Instant): Promise<ReportRegister> {
  // In one step, because two servers may start at the same time.
  await sql.transaction(async (inside) => {
    await inside.run(TABLE);
    await inside.run('CREATE INDEX IF NOT EXISTS report_made_at ON report_made (madeat)');
  });
  const one = async (text: string, values: (string | number)[]): Promise<MadeReport | null> => {
    const [row] = await sql.all(text, values);
    return row ? reportOf(row) : null;
  };
  return {
    async add(report, key) {
      const id = randomUUID();
      const { name, scope, from, to, schedule } = report;
      const added = await sql.run(
        `INSERT INTO report_made (id, runkey, name, scope, fromt, tot, madeat, schedule, content)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (runkey) DO NOTHING`,
        [id, key ?? null, name, scope, from, to, clock(), schedule, JSON.stringify(report)],
      );
      return added === 0 ? null : one('SELECT * FROM report_made WHERE id = ?', [id]);
    },
    async has(key) {
      return (await sql.all('SELECT id FROM report_made WHERE runkey = ?', [key])).length > 0;
    },
    async lastOf(schedule) {
      const [row] = await sql.all('SELECT MAX(tot) AS last FROM report_made WHERE schedule = ?', [schedule]);
      return row ? instantIn(row, 'last') : null;
    },
    async list(limit) {
      return (await sql.all('SELECT * FROM report_made ORDER BY madeat DESC, id LIMIT ?', [limit])).map(reportOf);
    },
    get: (id) => one('SELECT * FROM report_made WHERE id = ?', [id]),
    async standing(from, to, limit) {
      const rows = await sql.all(
        'SELECT * FROM report_made WHERE supersededat IS NULL AND fromt < ? AND tot > ? ORDER BY madeat DESC LIMIT ?',
        [to, from, limit],
      );
      return rows.map(reportOf);
    },
    async supersede(id, why) {
      await sql.run(
        'UPDATE report_made SET supersededat = ?, supersededwhy = ? WHERE id = ? AND supersededat IS NULL',
        [clock(), why, id],
      );
    },
  };
}

function reportOf(row: Row): MadeReport {
  return {
    // Reports made before they had one spoke English.
    ...{ language: 'en' as const },
    ...(JSON.parse(String(column(row, 'content'))) as NewReport),
    id: String(column(row, 'id')),
    madeAt: instantIn(row, 'madeat') ?? 0,
    supersededAt: instantIn(row, 'supersededat'),
    supersededWhy: textIn(row, 'supersededwhy'),
  };
}

/** What the register keeps of a report that has passed. */
export function registered(
  {
    head,
    tail,
    digest,
  }: {
    readonly head: ReportHead;
    readonly tail: ReportTail;
    readonly digest: string;
  },
  how: Pick<NewReport, 'format' | 'madeBy' | 'schedule' | 'file' | 'frozen'>,
): NewReport {
  return {
    name: head.name,
    title: head.title,
    scope: head.scope,
    scopeName: head.scopeName,
    from: Date.parse(head.from),
    to: Date.parse(head.to),
    period: head.period,
    language: head.language,
    by: head.by,
    asOf: Date.parse(tail.basis.asOf),
    plantHash: tail.basis.plantHash,
    ledgerSeq: tail.basis.ledgerSeq,
    tariffs: tail.basis.tariffs,
    coverage: tail.coverage,
    provisional: tail.provisional,
    digest,
    ...how,
  };
}
