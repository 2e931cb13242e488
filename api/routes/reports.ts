import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { UserError } from '#shared/contract/command.ts';
import { madeReportsAnswer } from '#shared/contract/office-answers.ts';
import { scopeSchema } from '#shared/contract/rest.ts';
import { LANGUAGE_IDS } from '#shared/language/languages.ts';
import type { CsvDialect } from '#shared/report/csv.ts';
import { REPORT_FORMATS, REPORT_NAMES, type ReportFormat, type ReportName } from '#shared/report/model.ts';
import { HistorianError } from '#shared/store/historian.ts';
import { ofNothing, reads, scopeIn } from '../auth/access.ts';
import { signedInName } from '../auth/gate.ts';
import { maySee } from '../auth/may.ts';
import type { ApiDeps } from '../deps.ts';
import { endForNow } from '../kpi/window.ts';
import { badRequest, notFound, Problem } from '../problem.ts';
import { begun, digested } from '../reports/digest.ts';
import { madeReports } from '../reports/made.ts';
import { openReport, wholeReport } from '../reports/open.ts';
import { fileName, MEDIA_TYPES, printReport } from '../reports/print/file.ts';
import { reportJson } from '../reports/print/json.ts';
import { REPORT_PERIODS, reportQuestion } from '../reports/question.ts';
import { registered } from '../reports/register.ts';
import { scopeOf } from '../scope.ts';

const when = z.string().max(40).describe('an instant with offset, or a local date: its midnight');
const reportQuery = z.strictObject({
  scope: scopeSchema.default('site'),
  from: when.optional(),
  to: when.optional().describe('exclusive'),
  through: when.optional().describe('instead of to: the last local date that belongs to it'),
  period: z.enum(REPORT_PERIODS).optional().describe('instead of from and to'),
  asOf: when.optional(),
  language: z
    .enum(LANGUAGE_IDS)
    .optional()
    .describe(
      "of titles, column heads and sentences; default: the site's. Ids, and a csv with tableOnly, stay English",
    ),
  by: z
    .string()
    .max(200)
    .transform((text) => text.split(',').map((part) => part.trim()))
    .optional()
    .describe('comma separated: a period (shift, hour, day, week, month) and what else to break it down by'),
  separator: z.enum(['comma', 'semicolon', 'tab']).default('comma').describe('csv'),
  decimal: z.enum(['point', 'comma']).default('point').describe('csv'),
  tableOnly: z.enum(['true', 'false']).default('false').describe('csv: without figures, bill and method'),
});
type ReportQuery = z.output<typeof reportQuery>;
const previewQuery = reportQuery
  .omit({ separator: true, decimal: true, tableOnly: true })
  .extend({ rows: z.coerce.number().int().min(0).max(5000).default(200).describe('of the breakdown, at most') });

const SEPARATORS = { comma: ',', semicolon: ';', tab: '\t' } as const;
/** Made at once; live screens come first. */
const MOST_AT_ONCE = 4;

/** Reports as files, as JSON for the page that shows them, and the list of those that were made. */
export function reportRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { office } = deps;
  let making = 0;
  /** @throws Problem 503 where enough are made already. The returned function gives the place back, once. */
  const takePlace = (reply: FastifyReply): (() => void) => {
    if (making >= MOST_AT_ONCE) {
      reply.header('retry-after', '5');
      throw new Problem(503, 'Busy', `${making} reports are being made already; ask again in a few seconds`);
    }
    making += 1;
    let held = true;
    return () => {
      if (held) making -= 1;
      held = false;
    };
  };

  app.get<{ Params: { file: string }; Querystring: ReportQuery }>(
    '/api/v1/reports/:file',
    {
      config: { access: reads(scopeIn('query')), audit: 'export' },
      schema: {
        summary: 'A report as a file: tariff.xlsx, shift.pdf, energy.csv, oee.json, stops.csv',
        params: z.strictObject({ file: z.string().max(40) }),
        querystring: reportQuery,
      },
    },
    async (request, reply) => {
      const { query } = request;
      const { name, format } = readName(request.params.file);
      const dialect = readDialect(query);
      const release = takePlace(reply);
      try {
        const stream = digested(
          await guarded(begun(openReport(deps, questionOf(deps, name, forReader(query, format))))),
        );
        const made = async (): Promise<void> => {
          const madeBy = signedInName(request) ?? 'unnamed';
          const how = { format, madeBy, schedule: null, file: null, frozen: query.asOf !== undefined };
          const digest = stream.digest();
          await office?.register.add(registered({ head: stream.head, tail: await stream.tail(), digest }, how));
        };
        const pieces = printReport(stream, format, { dialect, tableOnly: query.tableOnly === 'true' });
        const file = Readable.from(andThen(pieces, made), { objectMode: false });
        file.once('close', release);
        return reply
          .type(MEDIA_TYPES[format])
          .header('content-disposition', `attachment; filename="${fileName(stream.head, format)}"`)
          .header('cache-control', 'no-store')
          .send(file);
      } catch (error) {
        release();
        throw error;
      }
    },
  );

  app.get<{ Params: { name: ReportName }; Querystring: z.output<typeof previewQuery> }>(
    '/api/v1/reports/preview/:name',
    {
      config: { access: reads(scopeIn('query')) },
      schema: {
        summary: 'A report for the screen: the same figures, the first rows of its breakdown',
        params: z.strictObject({ name: z.enum(REPORT_NAMES) }),
        querystring: previewQuery,
      },
    },
    async ({ params, query }, reply) => {
      const release = takePlace(reply);
      try {
        const stream = openReport(deps, questionOf(deps, params.name, query));
        return reportJson(await guarded(wholeReport(stream)), query.rows);
      } finally {
        release();
      }
    },
  );

  app.get<{ Querystring: { limit: number } }>(
    '/api/v1/reports',
    {
      config: { access: reads(ofNothing) },
      schema: {
        summary: 'Reports that were made, newest first, and those that the plant file has made by itself',
        querystring: z.strictObject({ limit: z.coerce.number().int().min(1).max(500).default(50) }),
        response: { 200: madeReportsAnswer },
      },
    },
    async ({ query, principal }) => madeReports(deps, principal, query.limit),
  );

  app.get<{ Params: { id: string } }>(
    '/api/v1/reports/made/:id',
    {
      config: { access: reads(ofNothing), audit: 'export' },
      schema: {
        summary: 'The file of a scheduled report, as it was made',
        params: z.strictObject({ id: z.string().max(64) }),
      },
    },
    async ({ params, principal }, reply) => {
      const report = await office?.register.get(params.id);
      const mine = report && principal && maySee(principal, report.scope, deps.plant.current).ok;
      if (!mine) throw notFound('There is no such report.');
      const { file, format } = report;
      if (file === null) throw notFound('This one was downloaded and not kept; make it again.');
      const name = basename(file);
      const handle = await open(file).catch(() => {
        throw notFound(`The file ${name} is no longer in its folder; make the report again.`);
      });
      return reply
        .type(MEDIA_TYPES[format])
        .header('content-disposition', `attachment; filename="${name.replace(/[^A-Za-z0-9._-]+/g, '-')}"`)
        .header('cache-control', 'no-store')
        .send(handle.createReadStream());
    },
  );
}

async function* andThen<T>(pieces: AsyncIterable<T>, done: () => Promise<void>): AsyncGenerator<T> {
  yield* pieces;
  await done();
}

/** A table alone is for programs: its heads are fixed names. */
function forReader(query: ReportQuery, format: ReportFormat): ReportQuery {
  return format === 'csv' && query.tableOnly === 'true' ? { ...query, language: 'en' } : query;
}

type Asked = Omit<ReportQuery, 'separator' | 'decimal' | 'tableOnly'>;

function questionOf({ plant, live, clock }: ApiDeps, name: ReportName, query: Asked) {
  const now = clock();
  const asOf = query.asOf === undefined ? Number.NaN : Date.parse(query.asOf);
  const here = plantAt(plant, Number.isNaN(asOf) ? undefined : asOf);
  const scope = scopeOf(here, query.scope);
  const meters = scope?.kind === 'meter' ? [scope.id] : [...here.meters.keys()];
  const known = endForNow(live, scope?.machines ?? [], meters, now);
  return reportQuestion(name, here, query, now, known);
}

function plantAt(file: ApiDeps['plant'], asOf: number | undefined) {
  try {
    return file.at(asOf);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new Problem(422, 'Plant file of then unreadable', error.message);
  }
}

function readName(file: string): { name: ReportName; format: ReportFormat } {
  const cut = file.lastIndexOf('.');
  const name = REPORT_NAMES.find((n) => n === file.slice(0, cut));
  const format = REPORT_FORMATS.find((f) => f === file.slice(cut + 1));
  if (name && format) return { name, format };
  throw notFound(
    `There is no report ${file}. Reports are ${REPORT_NAMES.join(', ')}, each as ${REPORT_FORMATS.map((f) => `.${f}`).join(', ')}.`,
  );
}

function readDialect({ separator, decimal }: ReportQuery): CsvDialect {
  if (separator === 'comma' && decimal === 'comma') {
    throw badRequest('a comma cannot be both separator and decimal sign; add separator=semicolon');
  }
  return { separator: SEPARATORS[separator], decimal: decimal === 'comma' ? ',' : '.' };
}

async function guarded<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof HistorianError)) throw error;
    throw new Problem(503, 'Historian away', `${error.message}. Live figures go on; ask again in a moment.`, {
      retryable: error.retryable,
    });
  }
}
