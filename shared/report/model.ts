import type { Language } from '../language/languages.ts';

/*
 * A report as its printers read it: one main table, and what stands around it.
 *
 * - Every figure is worked out and rounded here, once. CSV, XLSX, PDF, JSON and the screen print the same cells.
 * - Money is rounded line by line. What the printed lines lack of the rounded sum is a line of its own, "Rounding", so that
 *   every table of a report ends in the same total, to the cent.
 * - Energy keeps six decimals of a kWh in files for machines; people see the digits of the column.
 * - The rows of the main table may be many: they come one after the other, and the rest is known when they have passed.
 */

/** What a cell holds, by the kind of its column; null where it is not known, never 0. */
export type ReportCell = string | number | null;
export type ReportRow = readonly ReportCell[];

/**
 * `instant`: epoch ms, printed as local time of the site. `date`: YYYY-MM-DD. `ratio`: 0..1, printed as %. `money`: in the
 * site's currency, already rounded.
 */
export type ColumnKind = 'text' | 'date' | 'instant' | 'number' | 'money' | 'ratio';

export interface ReportColumn {
  readonly id: string;
  readonly name: string;
  readonly kind: ColumnKind;
  /** kWh, kg, min, GBP; null where the number has none. */
  readonly unit: string | null;
  /** Decimals that people see. */
  readonly digits: number;
}

export interface ReportTable {
  readonly id: string;
  readonly title: string;
  /** One sentence under the title; null where nothing needs to be said. */
  readonly note: string | null;
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly ReportRow[];
  readonly total: ReportRow | null;
}

/** One figure of the head: the same numbers as the totals of the tables. */
export interface ReportFigure {
  readonly id: string;
  readonly name: string;
  readonly kind: ColumnKind;
  readonly unit: string | null;
  readonly digits: number;
  readonly value: ReportCell;
  readonly note: string | null;
}

/** Stacked columns, or lines where `form` says so. Unknown is null and drawn as a gap. */
export interface ReportChart {
  readonly id: string;
  readonly title: string;
  readonly form: 'columns' | 'line';
  readonly unit: string;
  readonly labels: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  /** A level to compare with, such as an agreed limit or a target. */
  readonly level: { readonly name: string; readonly value: number } | null;
}

/** A line of "Method and coverage". */
export interface ReportStatement {
  readonly name: string;
  readonly text: string;
}

export const REPORT_NAMES = ['tariff', 'shift', 'energy', 'oee', 'stops'] as const;
export type ReportName = (typeof REPORT_NAMES)[number];

export const REPORT_FORMATS = ['csv', 'xlsx', 'pdf', 'json'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Known before the first row. */
export interface ReportHead {
  readonly version: 1;
  readonly name: ReportName;
  readonly title: string;
  /** Of titles, column heads, words and sentences; ids are the same in every language. */
  readonly language: Language;
  readonly site: {
    readonly id: string;
    readonly name: string;
    readonly timezone: string;
    readonly currency: string;
    readonly locale: string;
  };
  readonly scope: string;
  readonly scopeName: string;
  /** ISO 8601 UTC. */
  readonly from: string;
  readonly to: string;
  /** In words, on the site's clock. */
  readonly period: string;
  readonly by: readonly string[];
  /** Of the main table. */
  readonly table: Omit<ReportTable, 'rows' | 'total'>;
}

/** What a report rests on; two reports with the same basis have the same figures. */
export interface ReportBasis {
  /** ISO 8601 UTC: what was entered and received until then is in it. */
  readonly asOf: string;
  readonly plantHash: string;
  readonly ledgerSeq: number;
  readonly rulesVersion: string;
  /** Versions of tariffs in force in the window: `grid from 2026-04-01`. */
  readonly tariffs: readonly string[];
}

/** Known when the last row has passed. */
export interface ReportTail {
  readonly total: ReportRow | null;
  readonly figures: readonly ReportFigure[];
  readonly charts: readonly ReportChart[];
  readonly tables: readonly ReportTable[];
  readonly basis: ReportBasis;
  /** 0..1 of the time of the window; null where nothing stands for it. */
  readonly coverage: number | null;
  /** Late data of the ordinary kind may still change it. */
  readonly provisional: boolean;
  readonly method: readonly ReportStatement[];
  readonly findings: readonly string[];
}

/** A whole report in memory. */
export interface Report {
  readonly head: ReportHead;
  readonly rows: readonly ReportRow[];
  readonly tail: ReportTail;
}

/** A report whose rows come one after the other. `tail` may be asked when `rows` has ended, and not before. */
export interface ReportStream {
  readonly head: ReportHead;
  readonly rows: AsyncIterable<ReportRow>;
  tail(): Promise<ReportTail>;
}

export const textColumn = (id: string, name: string): ReportColumn => ({
  id,
  name,
  kind: 'text',
  unit: null,
  digits: 0,
});

/** "Energy, kWh": a column's name with its unit. */
export function columnTitle({ name, unit, kind }: Pick<ReportColumn, 'name' | 'unit' | 'kind'>): string {
  return unit === null || kind === 'ratio' ? name : `${name}, ${unit}`;
}
