import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { UserError } from '#shared/contract/command.ts';
import { scopeSchema } from '#shared/contract/rest.ts';
import type { CsvDialect } from '#shared/report/csv.ts';
import { REPORT_FORMATS, REPORT_NAMES, type ReportFormat, type ReportName } from '#shared/report/model.ts';
import { HistorianError } from '#shared/store/historian.ts';
import { reads, scopeIn } from '../auth/access.ts';
import type { ApiDeps } from '../deps.ts';
import { endForNow } from '../kpi/window.ts';
import { badRequest, notFound, Problem } from '../problem.ts';
import { begun } from '../reports/digest.ts';
import { openReport, wholeReport } from '../reports/open.ts';
import { fileName, MEDIA_TYPES, printReport } from '../reports/print/file.ts';
import { reportJson } from '../reports/print/json.ts';
import { reportQuestion } from '../reports/question.ts';
import { scopeOf } from '../scope.ts';

const when = z.string().max(40).describe('an instant with offset, or a local date: its midnight');
const reportQuery = z.strictObject({
  scope: scopeSchema.default('site'),
  from: when.optional(),
  to: when.optional().describe('exclusive'),
  asOf: when.optional(),
  by: z
    .string()
    .max(200)
    .transform((text) => text.split(',').map((part) => part.trim()))
    .optional()
    .describe('comma separated: a period (shift, hour, day, week, month) and what else to break it down by'),
  separator: z.enum(['comma', 'semicolon', 'tab']).default('comma').describe('csv'),
  decimal: z.enum(['point', 'comma']).default('point').describe('csv'),
  tableOnly: z.enum(['true', 'false']).default('false').describe('csv: without figures, bill and method'),
  rows: z.coerce.number().int().min(0).max(5000).optional().describe('json: at most so many rows, for a preview'),
});
type ReportQuery = z.output<typeof reportQuery>;

const SEPARATORS = { comma: ',', semicolon: ';', tab: '\t' } as const;
/** Made at once; live screens come first. */
const MOST_AT_ONCE = 4;

/** Reports as files, and as JSON for the page that shows them. */
export function reportRoutes(app: FastifyInstance, deps: ApiDeps): void {
  let making = 0;

  app.get<{ Params: { file: string }; Querystring: ReportQuery }>(
    '/api/v1/reports/:file',
    {
      config: { access: reads(scopeIn('query')) },
      schema: {
        summary: 'A report as a file: tariff.xlsx, shift.pdf, energy.csv, oee.json, stops.csv',
        params: z.strictObject({ file: z.string().max(40) }),
        querystring: reportQuery,
      },
    },
    async ({ params, query }, reply) => {
      const { name, format } = readName(params.file);
      const dialect = readDialect(query);
      if (making >= MOST_AT_ONCE) {
        reply.header('retry-after', '5');
        throw new Problem(503, 'Busy', `${making} reports are being made already; ask again in a few seconds`);
      }
      making += 1;
      let released = false;
      const release = (): void => {
        if (!released) making -= 1;
        released = true;
      };
      try {
        const stream = await guarded(begun(openReport(deps, questionOf(deps, name, query))));
        if (format === 'json' && query.rows !== undefined) {
          const report = await guarded(wholeReport(stream));
          release();
          return reportJson(report, query.rows);
        }
        const options = { dialect, tableOnly: query.tableOnly === 'true' };
        const file = Readable.from(printReport(stream, format, options), { objectMode: false });
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
}

function questionOf({ plant, live, clock }: ApiDeps, name: ReportName, query: ReportQuery) {
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
