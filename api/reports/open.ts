import type { Report, ReportStream, ReportTail } from '#shared/report/model.ts';
import type { ReportDeps } from './deps.ts';
import { openEnergyReport } from './energy-report.ts';
import type { ReportQuestion } from './question.ts';
import { openShiftReport } from './shift-report.ts';
import { openStopsReport } from './stops-report.ts';

/** A report by its name. Rows come as they are worked out; the tail is worked out once. */
export function openReport(deps: ReportDeps, question: ReportQuestion): ReportStream {
  const { head, rows, tail } = streamOf(deps, question);
  let made: Promise<ReportTail> | null = null;
  return {
    head,
    rows,
    tail() {
      made ??= tail();
      return made;
    },
  };
}

function streamOf(deps: ReportDeps, question: ReportQuestion): ReportStream {
  switch (question.name) {
    case 'tariff':
    case 'energy':
      return openEnergyReport(deps, question);
    case 'shift':
    case 'oee':
      return openShiftReport(deps, question);
    case 'stops':
      return openStopsReport(deps, question);
  }
}

/** The whole of it in memory, for printers that need the end at the beginning. */
export async function wholeReport(stream: ReportStream): Promise<Report> {
  const rows = await Array.fromAsync(stream.rows);
  return { head: stream.head, rows, tail: await stream.tail() };
}
