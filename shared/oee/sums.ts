/*
 * - Sums are stored and added; ratios are taken last and never added (RULES section 0).
 * - Undefined is null: never 0, NaN or 100 %.
 * - A x P x Q = OEE to float precision wherever all four are defined.
 */

/** Seconds by time category of one scope and window. `runSeconds` includes small stops; `smallStopSeconds` is a part of it. */
export interface KpiSums {
  readonly allSeconds: number;
  readonly runSeconds: number;
  readonly smallStopSeconds: number;
  readonly unplannedStopSeconds: number;
  readonly plannedStopSeconds: number;
  readonly unknownSeconds: number;
  readonly scheduleLossSeconds: number;
  readonly breakSeconds: number;
  readonly offShiftSeconds: number;
  readonly totalCount: number;
  readonly goodCount: number;
  readonly rejectCount: number;
  readonly unscheduledTotalCount: number;
  readonly unscheduledGoodCount: number;
  /** Sum of ideal cycle time x total, by product. */
  readonly idealSeconds: number;
  /** Sum of ideal cycle time x good, by product: fully productive time. */
  readonly idealGoodSeconds: number;
}

export interface KpiRatios {
  readonly availability: number | null;
  readonly performance: number | null;
  readonly quality: number | null;
  readonly oee: number | null;
  readonly utilization: number | null;
  readonly teep: number | null;
  readonly ooe: number | null;
  readonly yield: number | null;
}

export type MutableSums = { -readonly [K in keyof KpiSums]: KpiSums[K] };

export function zeroSums(): MutableSums {
  return {
    allSeconds: 0,
    runSeconds: 0,
    smallStopSeconds: 0,
    unplannedStopSeconds: 0,
    plannedStopSeconds: 0,
    unknownSeconds: 0,
    scheduleLossSeconds: 0,
    breakSeconds: 0,
    offShiftSeconds: 0,
    totalCount: 0,
    goodCount: 0,
    rejectCount: 0,
    unscheduledTotalCount: 0,
    unscheduledGoodCount: 0,
    idealSeconds: 0,
    idealGoodSeconds: 0,
  };
}

/** Field by field: live figures add some dozens of these for each machine and second. */
export function addSums(into: MutableSums, other: KpiSums): MutableSums {
  into.allSeconds += other.allSeconds;
  into.runSeconds += other.runSeconds;
  into.smallStopSeconds += other.smallStopSeconds;
  into.unplannedStopSeconds += other.unplannedStopSeconds;
  into.plannedStopSeconds += other.plannedStopSeconds;
  into.unknownSeconds += other.unknownSeconds;
  into.scheduleLossSeconds += other.scheduleLossSeconds;
  into.breakSeconds += other.breakSeconds;
  into.offShiftSeconds += other.offShiftSeconds;
  into.totalCount += other.totalCount;
  into.goodCount += other.goodCount;
  into.rejectCount += other.rejectCount;
  into.unscheduledTotalCount += other.unscheduledTotalCount;
  into.unscheduledGoodCount += other.unscheduledGoodCount;
  into.idealSeconds += other.idealSeconds;
  into.idealGoodSeconds += other.idealGoodSeconds;
  return into;
}

/** PPT = run (small stops in) + unplanned + planned + unknown. */
export function plannedProductionSeconds(s: KpiSums): number {
  return s.runSeconds + s.unplannedStopSeconds + s.plannedStopSeconds + s.unknownSeconds;
}

export function ratiosOf(s: KpiSums): KpiRatios {
  const planned = plannedProductionSeconds(s);
  const manned = planned + s.scheduleLossSeconds + s.breakSeconds;
  // Pieces without any ideal cycle time: what rests on ideal seconds is undefined, not zero.
  const noIdeal = s.totalCount > 0 && s.idealSeconds === 0;
  // A line's last machine may still put out while the constraint never ran: availability is 0, and so is what it multiplies.
  const ran = s.runSeconds > 0;
  const fullyProductive = ran ? s.idealGoodSeconds : 0;
  return {
    availability: ratio(s.runSeconds, planned),
    performance: noIdeal ? null : ratio(s.idealSeconds, s.runSeconds),
    quality: ran ? ratio(s.idealGoodSeconds, s.idealSeconds) : null,
    oee: noIdeal ? null : ratio(fullyProductive, planned),
    utilization: ratio(planned, s.allSeconds),
    teep: noIdeal ? null : ratio(fullyProductive, s.allSeconds),
    ooe: noIdeal ? null : ratio(fullyProductive, manned),
    yield: ratio(s.goodCount, s.totalCount),
  };
}

/** Coverage of a KPI: 1 - unknown / all; null for an empty window. */
export function coverageOf(s: KpiSums): number | null {
  return s.allSeconds > 0 ? 1 - s.unknownSeconds / s.allSeconds : null;
}

function ratio(numerator: number, denominator: number): number | null {
  return denominator > 0 ? numerator / denominator : null;
}
