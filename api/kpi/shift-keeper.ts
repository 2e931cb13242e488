import { hash } from 'node:crypto';
import type { Plant } from '#shared/plant/model.ts';
import type { JudgedWriter, ShiftPoint } from '#shared/store/judged/shift-point.ts';
import { DAY, type Instant, MINUTE, type Span } from '#shared/time/instant.ts';
import type { HistorianLink } from '../historian/link.ts';
import type { Counters } from '../metrics/counters.ts';
import { requireScope } from '../scope.ts';
import { answerKpi, WATERMARK_MS } from './kpi-question.ts';
import type { KpiService } from './service.ts';

/*
 * Finished shifts, as judged now, written where other tools read them.
 *
 * - A shift is written a quarter of an hour after its end, and again whenever an entry, late data or another plant file changes it.
 * - What is written is the answer of /kpi, so a dashboard on the database and the screens here say the same.
 * - Replicas write the same points; the same point twice is one.
 */
export interface ShiftKeeper {
  /** Looks now instead of at the next minute. */
  pass(): Promise<void>;
  stop(): Promise<void>;
}

export interface ShiftKeeperDeps {
  readonly plant: () => Plant;
  readonly kpi: KpiService;
  readonly historian: Pick<HistorianLink, 'connected'>;
  readonly open: () => Promise<JudgedWriter>;
  readonly clock: () => Instant;
  readonly counters: Counters;
  readonly log: (line: string) => void;
}

const EVERY_MS = MINUTE;
/** How far back the first look reaches. */
const FIRST_REACH_MS = 14 * DAY;
/** How far back every look reaches: a shift that has just become due is in it. */
const REACH_MS = DAY;

export function startShiftKeeper(deps: ShiftKeeperDeps): ShiftKeeper {
  const { kpi, clock, counters, log } = deps;
  const written = new Map<string, string>();
  let writer: JudgedWriter | null = null;
  let dirtyFrom = clock() - FIRST_REACH_MS;
  let told: string | null = null;
  let running: Promise<void> | null = null;
  kpi.onInvalidated(({ start }: Span) => {
    dirtyFrom = Math.min(dirtyFrom, Math.max(start, clock() - FIRST_REACH_MS));
  });

  async function look(): Promise<void> {
    if (!deps.historian.connected || !kpi.settled) return;
    const now = clock();
    // A shift is looked at whole: it may have begun a day before what changed in it.
    const changedFrom = Math.min(dirtyFrom, now - REACH_MS);
    const from = Math.floor((changedFrom - DAY) / MINUTE) * MINUTE;
    dirtyFrom = Number.POSITIVE_INFINITY;
    try {
      for (const line of deps.plant().lines.keys()) await write(await changedSince(line, from, now));
      told = null;
    } catch (error) {
      dirtyFrom = Math.min(dirtyFrom, changedFrom);
      const why = error instanceof Error ? error.message : String(error);
      counters.count('shifts_not_written');
      if (told !== why) log(`judged shifts are not written for now (${why})`);
      told = why;
    }
  }

  async function changedSince(
    line: string,
    from: Instant,
    now: Instant,
  ): Promise<{ key: string; print: string; point: ShiftPoint }[]> {
    const plant = deps.plant();
    const scope = requireScope(plant, `line:${line}`);
    const window = { scope, from, to: now, now };
    const items = [
      ...(await answerKpi(plant, kpi.kpi, kpi.windows, { ...window, by: ['shift'] })),
      ...(await answerKpi(plant, kpi.kpi, kpi.windows, { ...window, by: ['shift', 'machine'] })),
    ];
    return items.flatMap((item) => {
      const point = pointOf(plant, line, item);
      // A shift that began before the window is cut: it is not the whole one.
      if (!point || point.start < from || point.end + WATERMARK_MS > now) return [];
      const key = `${point.scope} ${point.start} ${point.shift}`;
      const print = hash('sha1', JSON.stringify(point));
      return written.get(key) === print ? [] : [{ key, print, point }];
    });
  }

  async function write(changed: readonly { key: string; print: string; point: ShiftPoint }[]): Promise<void> {
    if (changed.length === 0) return;
    writer ??= await deps.open();
    await writer.write(changed.map(({ point }) => point));
    for (const { key, print } of changed) written.set(key, print);
    counters.count('shifts_written', '', changed.length);
  }

  const pass = (): Promise<void> => {
    running ??= look().finally(() => {
      running = null;
    });
    return running;
  };
  const timer = setInterval(() => void pass(), EVERY_MS);
  return {
    pass,
    async stop() {
      clearInterval(timer);
      await running;
      await writer?.close();
    },
  };
}

type KpiItem = Awaited<ReturnType<typeof answerKpi>>[number];

/** Null for time outside shifts. */
function pointOf(plant: Plant, line: string, item: KpiItem): ShiftPoint | null {
  const { scope, shift, date, window, seconds, counts, idealSeconds, idealGoodSeconds, kpi, coverage } = item;
  if (!window || shift === null || date === null || shift === 'offShift') return null;
  const { id: site } = plant.site;
  const machine = scope.startsWith('machine:') ? scope.slice('machine:'.length) : null;
  const sums = {
    allSeconds: seconds.all,
    runSeconds: seconds.run,
    smallStopSeconds: seconds.smallStop,
    unplannedStopSeconds: seconds.unplannedStop,
    plannedStopSeconds: seconds.plannedStop,
    unknownSeconds: seconds.unknown,
    scheduleLossSeconds: seconds.scheduleLoss,
    breakSeconds: seconds.break,
    offShiftSeconds: seconds.offShift,
    totalCount: counts.total,
    goodCount: counts.good,
    rejectCount: counts.reject,
    unscheduledTotalCount: counts.unscheduledTotal,
    unscheduledGoodCount: counts.unscheduledGood,
    idealSeconds,
    idealGoodSeconds,
  };
  return {
    scope,
    site,
    area: plant.lines.get(line)?.area ?? '',
    line,
    machine,
    shift,
    date,
    start: Date.parse(window.start),
    end: Date.parse(window.end),
    sums,
    ratios: kpi,
    coverage,
  };
}
