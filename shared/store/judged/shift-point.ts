import type { KpiRatios, KpiSums } from '../../oee/sums.ts';
import type { Instant } from '../../time/instant.ts';

/**
 * One finished shift of a machine or a line as judged now, for tools that read the database: `basis` restated. The same key is
 * written again whenever an entry or late data changes it. What is undefined is left out.
 */
export interface ShiftPoint {
  /** `machine:ID` or `line:ID`. */
  readonly scope: string;
  readonly site: string;
  readonly area: string;
  readonly line: string;
  /** Null for the line itself. */
  readonly machine: string | null;
  readonly shift: string;
  /** Production date, local YYYY-MM-DD. */
  readonly date: string;
  readonly start: Instant;
  readonly end: Instant;
  readonly sums: KpiSums;
  readonly ratios: KpiRatios;
  readonly coverage: number | null;
}

/** Where judged shifts are kept: beside the facts, never among them. */
export interface JudgedWriter {
  /** Writing the same point twice is writing it once. @throws HistorianError */
  write(points: readonly ShiftPoint[]): Promise<void>;
  close(): Promise<void>;
}

/** Numbers of a point by the names of `replay`, flattened; null where undefined. */
export function fieldsOf({ sums, ratios, coverage, end }: ShiftPoint): Record<string, number | null> {
  return { ...sums, ...ratios, coverage, end };
}
