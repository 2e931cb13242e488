import type { Report, ReportColumn, ReportRow } from '#shared/report/model.ts';
import { toIso } from '#shared/time/instant.ts';

/** The model itself; instants as ISO 8601 UTC. `limit` cuts the rows of the main table and says how many there were. */
export function reportJson({ head, rows, tail }: Report, limit: number = Number.POSITIVE_INFINITY): unknown {
  return {
    ...head,
    table: {
      ...head.table,
      rows: rows.slice(0, limit).map((row) => jsonRow(head.table.columns, row)),
      total: tail.total && jsonRow(head.table.columns, tail.total),
      rowCount: rows.length,
    },
    figures: tail.figures,
    charts: tail.charts,
    tables: tail.tables.map((table) => ({
      ...table,
      rows: table.rows.map((row) => jsonRow(table.columns, row)),
      total: table.total && jsonRow(table.columns, table.total),
    })),
    basis: tail.basis,
    coverage: tail.coverage,
    provisional: tail.provisional,
    method: tail.method,
    findings: tail.findings,
  };
}

function jsonRow(columns: readonly ReportColumn[], row: ReportRow): ReportRow {
  return row.map((cell, i) => (columns[i]?.kind === 'instant' && typeof cell === 'number' ? toIso(cell) : cell));
}
