import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import { LANGUAGE_IDS, type Language } from '#shared/language/languages.ts';
import type { CsvDialect } from '#shared/report/csv.ts';
import { REPORT_FORMATS, REPORT_NAMES, type ReportFormat, type ReportName } from '#shared/report/model.ts';
import { HistorianError } from '#shared/store/historian.ts';
import { Problem } from '../problem.ts';
import type { ReportPlace } from '../reports/offline.ts';
import { REPORT_PERIODS, type ReportPeriod } from '../reports/question.ts';
import { readWords } from './options.ts';

const usage = `linewatt report: what the dashboard exports, as a file

Usage: linewatt report tariff|shift|energy|oee|stops --format csv|xlsx|pdf|json [--out FILE] [options]

  --from, --to T     a local date, or an instant with offset; --to is exclusive. Default: the last whole month of tariff and
                     energy, the last seven whole days of the others
  --period P         instead: today, yesterday, last7Days, thisWeek, lastWeek, thisMonth, lastMonth, thisYear
  --scope S          site (default), area:ID, line:ID, machine:ID, meter:ID
  --by LIST          comma separated: shift, hour, day, week, month, interval, and band, state, category, machine, product, order
  --language L       en, de, fr, es, pl: titles, column heads and sentences; default: the site's. --table-only stays English
  --as-of T          as it was known then: entries, data and plant file
  --format F         default: as the name of --out ends, else csv
  --out FILE         default: stdout
  --separator ","    of a csv; or ";" or tab
  --decimal "."      of a csv; or ","
  --table-only       csv without figures, bill and method
  --plant FILE       the plant file; default: the demo plant
  --data DIR         data directory (default ./data)
  --historian URL    sqlite: (default, in the data directory) or http(s)://host:8086/linewatt
  --ledger URL       sqlite: (default, in the data directory), or postgres://...

It reads beside a running Linewatt and changes nothing. Minutes that are not committed yet are not in it.
Exit code 0: written, 1: a problem with the input, 2: wrong usage.`;

/** `linewatt report` (the same reports as /api/v1/reports). */
export const reportCommand: Command = {
  name: 'report',
  summary: 'write a tariff or shift report as csv, xlsx, pdf or json',
  usage,
  run,
};

const text = { type: 'string' } as const;
const OPTIONS = {
  from: text,
  to: text,
  period: text,
  scope: text,
  by: text,
  'as-of': text,
  language: text,
  format: text,
  out: text,
  separator: text,
  decimal: text,
  'table-only': { type: 'boolean' },
  plant: text,
  data: text,
  historian: text,
  ledger: text,
} as const;
const DEMO_PLANT = resolve(import.meta.dirname, '../../config/demo.plant.yaml');

interface Options extends ReportPlace {
  readonly name: ReportName;
  readonly format: ReportFormat;
  readonly out: string | null;
  readonly asked: {
    readonly from: string | undefined;
    readonly to: string | undefined;
    readonly period: ReportPeriod | undefined;
    readonly scope: string | undefined;
    readonly asOf: string | undefined;
    readonly by: readonly string[] | undefined;
    readonly language: Language | undefined;
  };
  readonly dialect: CsvDialect;
  readonly tableOnly: boolean;
}

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const options = readOptions(args, io.env);
  const [{ openReportRoom }, { reportQuestion }, { openReport }, { printReport }] = await Promise.all([
    import('../reports/offline.ts'),
    import('../reports/question.ts'),
    import('../reports/open.ts'),
    import('../reports/print/file.ts'),
  ]);
  const room = await openReportRoom(options, io.env);
  try {
    const { name, asked, format, dialect, tableOnly, out } = options;
    const asOf = asked.asOf === undefined ? Number.NaN : Date.parse(asked.asOf);
    const plant = room.plant(Number.isNaN(asOf) ? undefined : asOf);
    const stream = openReport(room.deps, reportQuestion(name, plant, asked, room.deps.clock()));
    const pieces = printReport(stream, format, { dialect, tableOnly });
    if (out === null) for await (const piece of pieces) io.out(piece.toString());
    else await writeWhole(out, pieces, io);
    return 0;
  } catch (error) {
    if (error instanceof Problem || error instanceof HistorianError) throw new UserError(error.message);
    throw error;
  } finally {
    await room.close();
  }
}

/** The file appears when it is whole; what stood there before stays until then. */
async function writeWhole(out: string, pieces: AsyncIterable<string | Buffer>, io: CommandIo): Promise<void> {
  const draft = join(dirname(out), `.${basename(out)}.part`);
  try {
    await mkdir(dirname(out), { recursive: true });
    await pipeline(Readable.from(pieces, { objectMode: false }), createWriteStream(draft));
    await rename(draft, out);
  } catch (error) {
    await rm(draft, { force: true });
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (/^E[A-Z]+$/.test(code))
      throw new UserError(`${out} cannot be written (${code}); choose another place with --out`);
    throw error;
  }
  io.err(`${out} written\n`);
}

function readOptions(args: readonly string[], env: CommandIo['env']): Options {
  const wrong = (message: string): never => {
    throw new UserError(`${message}; linewatt report --help tells more`, 2);
  };
  const { values, positionals } = readWords(args, OPTIONS, 'report');
  const [given = '', ...more] = positionals;
  const name = REPORT_NAMES.find((n) => n === given);
  if (!name || more.length > 0) return wrong(`say which report: ${REPORT_NAMES.join(', ')}`);
  const ending = /\.([a-z]+)$/.exec(values.out ?? '')?.[1] ?? 'csv';
  const wanted = values.format ?? ending;
  const format = REPORT_FORMATS.find((f) => f === wanted);
  if (!format) return wrong(`"${wanted}" is no format; there are ${REPORT_FORMATS.join(', ')}`);
  if (values.out === undefined && (format === 'xlsx' || format === 'pdf')) {
    return wrong(`a ${format} is not for the screen; name a file with --out`);
  }
  const period = REPORT_PERIODS.find((p) => p === values.period);
  if (values.period !== undefined && !period) return wrong(`--period takes ${REPORT_PERIODS.join(', ')}`);
  const language = LANGUAGE_IDS.find((id) => id === values.language);
  if (values.language !== undefined && !language) return wrong(`--language takes ${LANGUAGE_IDS.join(', ')}`);
  const separator = values.separator === 'tab' ? '\t' : (values.separator ?? ',');
  const decimal = values.decimal ?? '.';
  if (separator !== ',' && separator !== ';' && separator !== '\t') return wrong('--separator takes "," or ";" or tab');
  if (decimal !== '.' && decimal !== ',') return wrong('--decimal takes "." or ","');
  if (separator === decimal) return wrong('a comma cannot be both separator and decimal sign; add --separator ";"');
  const plantFile = resolve(values.plant ?? DEMO_PLANT);
  if (!existsSync(plantFile)) throw new UserError(`there is no file ${plantFile}; give the plant file with --plant`);
  return {
    name,
    format,
    out: values.out === undefined || values.out === '-' ? null : resolve(values.out),
    asked: {
      from: values.from,
      to: values.to,
      period,
      scope: values.scope,
      asOf: values['as-of'],
      by: values.by?.split(',').map((part) => part.trim()),
      // A table alone is for programs: its heads are fixed names.
      language: format === 'csv' && values['table-only'] ? 'en' : language,
    },
    dialect: { separator, decimal },
    tableOnly: values['table-only'] ?? false,
    plantFile,
    dataDir: resolve(values.data ?? 'data'),
    historianUrl: values.historian ?? env['LINEWATT_HISTORIAN_URL'] ?? 'sqlite:',
    ledgerUrl: values.ledger ?? env['LINEWATT_LEDGER_URL'] ?? 'sqlite:',
  };
}
