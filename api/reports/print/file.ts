import { type CsvDialect, PLAIN_CSV } from '#shared/report/csv.ts';
import type { ReportFormat, ReportHead, ReportStream } from '#shared/report/model.ts';
import { localDate } from '#shared/time/zone.ts';
import { wholeReport } from '../open.ts';
import { printCsv } from './csv.ts';
import { reportJson } from './json.ts';
import { printPdf } from './pdf.ts';
import { printXlsx } from './xlsx.ts';

export const MEDIA_TYPES: Readonly<Record<ReportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pdf: 'application/pdf',
  json: 'application/json; charset=utf-8',
};

export interface PrintOptions {
  readonly dialect?: CsvDialect;
  readonly tableOnly?: boolean;
}

/** A report as the bytes of a file, as they are made. */
export async function* printReport(
  stream: ReportStream,
  format: ReportFormat,
  { dialect = PLAIN_CSV, tableOnly = false }: PrintOptions = {},
): AsyncGenerator<string | Buffer> {
  switch (format) {
    case 'csv':
      yield* printCsv(stream, { dialect, tableOnly });
      return;
    case 'xlsx':
      yield* printXlsx(stream);
      return;
    case 'pdf':
      yield await printPdf(await wholeReport(stream));
      return;
    case 'json':
      yield `${JSON.stringify(reportJson(await wholeReport(stream)), null, 1)}\n`;
  }
}

/** `leeds-tariff-line-filling-2026-06-01-2026-06-30.xlsx`; nothing in it that a shell or a header minds. */
export function fileName({ name, site, scope, from, to }: ReportHead, format: ReportFormat): string {
  const first = localDate(site.timezone, Date.parse(from));
  const last = localDate(site.timezone, Date.parse(to) - 1);
  const parts = [site.id, name, ...(scope === 'site' ? [] : [scope]), first, ...(last === first ? [] : [last])];
  return `${parts.join('-').replace(/[^A-Za-z0-9._-]+/g, '-')}.${format}`;
}
