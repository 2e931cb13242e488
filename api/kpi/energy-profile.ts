import { type DemandBlock, demandBlocks } from '#shared/energy/demand.ts';
import type { MeterRow } from '#shared/energy/meter-rows.ts';
import { type Instant, MINUTE, type Span } from '#shared/time/instant.ts';

/*
 * What a meter read over a slice, in bins of five minutes of the world's clock.
 *
 * - Every settlement block of 5, 10, 15, 20, 30 or 60 minutes is whole bins, in any zone; a slice may cut a bin, and the
 *   parts of a bin add up. So the blocks of a year come from kept slices, and equal those made from the minutes.
 * - Rows of facts never cross a whole minute, so none crosses a bin.
 */
export const BIN_MS = 5 * MINUTE;

export interface LoadProfile {
  /** Bins since 1970 before the first one here. */
  readonly firstBin: number;
  readonly energyWh: Float64Array;
  readonly exportWh: Float64Array;
  readonly varh: Float64Array;
  readonly coveredSeconds: Float64Array;
}

const FIELDS = ['energyWh', 'exportWh', 'varh', 'coveredSeconds'] as const;

function emptyProfile(span: Span): LoadProfile {
  const firstBin = Math.floor(span.start / BIN_MS);
  const bins = Math.max(1, Math.ceil(span.end / BIN_MS) - firstBin);
  const bin = (): Float64Array => new Float64Array(bins);
  return { firstBin, energyWh: bin(), exportWh: bin(), varh: bin(), coveredSeconds: bin() };
}

/** One profile per slice; `rows` and `slices` in order, slices consecutive. */
export function profilesOf(rows: readonly MeterRow[], slices: readonly Span[]): LoadProfile[] {
  const profiles = slices.map(emptyProfile);
  let k = 0;
  for (const row of rows) {
    while (k + 1 < slices.length && (slices[k]?.end ?? 0) <= row.start) k += 1;
    const profile = profiles[k];
    if (profile) addToBin(profile, Math.floor(row.start / BIN_MS), row);
  }
  return profiles;
}

function addToBin(profile: LoadProfile, bin: number, row: Pick<MeterRow, (typeof FIELDS)[number]>): void {
  const i = bin - profile.firstBin;
  for (const field of FIELDS) {
    const values = profile[field];
    if (i >= 0 && i < values.length) values[i] = (values[i] ?? 0) + row[field];
  }
}

/** Profiles of consecutive slices as rows of one bin each, inside [from, to). Bins without a reading are left out. */
export function rowsOfProfiles(profiles: readonly LoadProfile[], from: Instant, to: Instant): MeterRow[] {
  const whole = emptyProfile({ start: from, end: to });
  for (const profile of profiles) {
    for (let i = 0; i < profile.energyWh.length; i += 1) {
      const at = (field: (typeof FIELDS)[number]): number => profile[field][i] ?? 0;
      addToBin(whole, profile.firstBin + i, {
        energyWh: at('energyWh'),
        exportWh: at('exportWh'),
        varh: at('varh'),
        coveredSeconds: at('coveredSeconds'),
      });
    }
  }
  const rows: MeterRow[] = [];
  for (let i = 0; i < whole.energyWh.length; i += 1) {
    const coveredSeconds = whole.coveredSeconds[i] ?? 0;
    const energyWh = whole.energyWh[i] ?? 0;
    if (coveredSeconds === 0 && energyWh === 0) continue;
    const start = (whole.firstBin + i) * BIN_MS;
    rows.push({
      start: Math.max(start, from),
      end: Math.min(start + BIN_MS, to),
      energyWh,
      exportWh: whole.exportWh[i] ?? 0,
      varh: whole.varh[i] ?? 0,
      coveredSeconds,
      estimated: false,
    });
  }
  return rows;
}

export interface Settlement {
  readonly zone: string;
  /** A multiple of five. */
  readonly windowMinutes: number;
  readonly withVarh: boolean;
}

export function blocksOfProfiles(
  profiles: readonly LoadProfile[],
  { zone, windowMinutes, withVarh }: Settlement,
  from: Instant,
  to: Instant,
): DemandBlock[] {
  return demandBlocks({ rows: rowsOfProfiles(profiles, from, to), zone, windowMinutes, from, to, withVarh });
}
