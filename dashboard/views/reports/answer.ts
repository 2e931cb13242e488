import type { ReportFigure, ReportHead, ReportStatement, ReportTable } from '#shared/report/model.ts';

/** The preview of a report, as /reports/preview answers: instants are ISO 8601. */
export interface ReportAnswer extends Omit<ReportHead, 'table'> {
  readonly table: ReportTable & { readonly rowCount: number };
  readonly figures: readonly ReportFigure[];
  readonly tables: readonly ReportTable[];
  readonly charts: readonly {
    readonly id: string;
    readonly title: string;
    readonly form: 'columns' | 'line';
    readonly unit: string;
    readonly labels: readonly string[];
    readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
    readonly level: { readonly name: string; readonly value: number } | null;
  }[];
  readonly basis: { readonly asOf: string; readonly plantHash: string; readonly tariffs: readonly string[] };
  readonly coverage: number | null;
  readonly provisional: boolean;
  readonly method: readonly ReportStatement[];
  readonly findings: readonly string[];
}
