import type { VersionsAnswer } from '#shared/contract/desk.ts';
import { effectiveEntries } from '#shared/ledger/effective.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import type { Plant } from '#shared/plant/model.ts';
import { DAY, type Instant, MINUTE, type Span, toIso } from '#shared/time/instant.ts';
import { clockLabel, localDate } from '#shared/time/zone.ts';
import type { ApiDeps } from '../deps.ts';
import { answerKpi, WATERMARK_MS } from '../kpi/kpi-question.ts';
import { touchedBy } from '../kpi/touched.ts';
import { stopAt } from '../ledger/stop-at.ts';
import { causeOf } from './causes.ts';
import { type AskedShift, shiftAnswer, shiftOn } from './shift.ts';

/*
 * The published versions of a shift.
 *
 * - The first is what was known fifteen minutes after its end. Each later one is what an entry, another plant file or late data
 *   changed, with its cause; what changed nothing makes none.
 * - They are worked out as of those instants, from facts, entries and plant files that are all kept as they were: every replica
 *   gives the same ones, and nobody can forget to write one down.
 * - After a period lock they are adjustments: the last version before it stays what was published.
 */
type Figures = Omit<
  VersionsAnswer['versions'][number],
  'version' | 'at' | 'atLabel' | 'cause' | 'by' | 'entry' | 'adjustment'
>;

interface Event {
  readonly t: Instant;
  readonly entry: Entry | null;
}

/** Answers for instants that are over never change, and one costs a judgement of the whole shift. */
const kept = new WeakMap<ApiDeps['kpi'], Map<string, Figures>>();
const MOST_KEPT = 2000;

export async function shiftVersions(deps: ApiDeps, asked: AskedShift): Promise<VersionsAnswer> {
  const { shift, scope, line } = asked;
  const now = deps.clock();
  const plant = deps.plant.current;
  const known = shiftOn(deps.plant.at(shift.end + WATERMARK_MS), line.id, shift.id, shift.productionDate);
  const publishedAt = (known ?? shift).end + WATERMARK_MS;
  const all = deps.ledger.entries();
  const byId = new Map(all.map((e) => [e.id, e]));
  const lockAt = (t: Instant) =>
    effectiveEntries(all, t).find(
      (e) => e.type === 'periodLock' && e.until >= shift.end && (e.line === undefined || e.line === line.id),
    );
  const versions: VersionsAnswer['versions'] = [];
  if (now >= publishedAt) {
    const add = (at: Instant, figures: Figures, cause: string | null, entry: Entry | null): void => {
      const lock = lockAt(at);
      versions.push({
        version: versions.length + 1,
        at: toIso(at),
        atLabel: label(plant, at, now),
        ...figures,
        cause,
        by: entry?.by ?? null,
        entry: entry?.id ?? null,
        adjustment: lock !== undefined && lock !== entry && lock.recordedAt < at,
      });
    };
    let last = await figuresAt(deps, asked, publishedAt);
    add(publishedAt, last, null, null);
    for (const { t, entry } of eventsSince(deps, asked, publishedAt, byId)) {
      const after = await figuresAt(deps, asked, t);
      if (same(last, after)) continue;
      const before = await figuresAt(deps, asked, t - 1);
      if (!same(last, before)) add(t - 1, before, 'late data changed it', null);
      if (!same(before, after)) add(t, after, await sentence(deps, plant, entry, byId), entry);
      last = after;
    }
    const current = await figuresAt(deps, asked, null);
    if (!same(last, current)) add(now, current, 'late data changed it', null);
  }
  const lock = lockAt(now);
  return {
    scope: scope.text,
    shift: shiftAnswer(plant, shift, now),
    publishedAt: toIso(publishedAt),
    locked: lock ? { by: lock.by, at: toIso(lock.recordedAt), atLabel: label(plant, lock.recordedAt, now) } : null,
    versions,
  };
}

/** Instants after publication at which entries and plant files may have changed the shift, in order. */
function eventsSince(
  deps: ApiDeps,
  { shift, scope, line }: AskedShift,
  since: Instant,
  byId: ReadonlyMap<string, Entry>,
): Event[] {
  // A stop may reach over the bounds of a shift; its class and label then come from outside.
  const reach: Span = { start: shift.start - DAY, end: shift.end + DAY };
  const concerns = (e: Entry): boolean => {
    if (e.type === 'void') {
      const taken = byId.get(e.entry);
      return taken !== undefined && taken.seq < e.seq && concerns(taken);
    }
    if (e.type === 'calendarException') return e.line === line.id;
    if (e.type === 'target') return scope.machines.includes(e.machine);
    if (e.type === 'counterVerdict') return scope.machines.includes(e.signal.split('.')[0] ?? '');
    if (!('machine' in e) || !scope.machines.includes(e.machine)) return false;
    const touched = touchedBy(e);
    return touched.start <= reach.end && touched.end >= reach.start;
  };
  const events = new Map<Instant, Event>();
  for (const t of deps.plant.changesSince(since)) events.set(t, { t, entry: null });
  for (const entry of deps.ledger.entries()) {
    if (entry.recordedAt > since && concerns(entry)) events.set(entry.recordedAt, { t: entry.recordedAt, entry });
  }
  return [...events.values()].sort((a, b) => a.t - b.t);
}

async function sentence(
  deps: ApiDeps,
  plant: Plant,
  entry: Entry | null,
  byId: ReadonlyMap<string, Entry>,
): Promise<string> {
  if (entry === null) return 'the plant file was changed';
  const about = entry.type === 'void' ? byId.get(entry.entry) : entry;
  let start: Instant | null = null;
  if (about && (about.type === 'stopReason' || about.type === 'merge')) {
    const found = await stopAt(deps.kpi.windows, about.machine, 'at' in about ? about.at : about.from);
    if (typeof found === 'object') start = found.start;
  }
  const who = entry.by === 'unnamed' ? (entry.device ?? 'somebody') : entry.by;
  return `${causeOf(plant, entry, () => start, byId)}, at ${clockLabel(plant.site.timezone, entry.recordedAt)} by ${who}`;
}

/** `t` null: as known now, which is not kept. */
async function figuresAt(deps: ApiDeps, asked: AskedShift, t: Instant | null): Promise<Figures> {
  const { scope, shift, line } = asked;
  const ofSite = kept.get(deps.kpi) ?? new Map<string, Figures>();
  kept.set(deps.kpi, ofSite);
  const key = `${scope.text} ${shift.id} ${shift.productionDate} ${t}`;
  const held = t === null ? undefined : ofSite.get(key);
  if (held) return held;
  const asOf = t ?? undefined;
  const plant = deps.plant.at(asOf);
  // The plan of then: an exception may have moved the shift, or closed it.
  const then = shiftOn(plant, line.id, shift.id, shift.productionDate);
  const [item] = then
    ? await answerKpi(plant, deps.kpi.kpi, deps.kpi.windows, {
        scope,
        from: then.start,
        to: then.end,
        ...(asOf !== undefined && { asOf }),
        by: ['total'],
        now: t ?? deps.clock(),
      })
    : [];
  const figures: Figures = {
    oee: item?.kpi.oee ?? null,
    availability: item?.kpi.availability ?? null,
    performance: item?.kpi.performance ?? null,
    quality: item?.kpi.quality ?? null,
    good: item?.counts.good ?? 0,
    total: item?.counts.total ?? 0,
    targetCount: item?.targetCount ?? null,
  };
  if (t !== null && t < deps.clock() - MINUTE) {
    if (ofSite.size >= MOST_KEPT) ofSite.clear();
    ofSite.set(key, figures);
  }
  return figures;
}

/** Sums are the same to the last bit only where they were added in the same order. */
function same(a: Figures, b: Figures): boolean {
  const close = (x: number | null, y: number | null): boolean =>
    x === null || y === null ? x === y : Math.abs(x - y) <= 1e-9 * Math.max(1, Math.abs(x));
  return (
    close(a.oee, b.oee) &&
    close(a.availability, b.availability) &&
    close(a.performance, b.performance) &&
    close(a.quality, b.quality) &&
    close(a.good, b.good) &&
    close(a.total, b.total) &&
    close(a.targetCount, b.targetCount)
  );
}

/** The clock of today, with the date on other days. */
function label(plant: Plant, t: Instant, now: Instant): string {
  const { timezone, locale } = plant.site;
  const clock = clockLabel(timezone, t);
  if (localDate(timezone, t) === localDate(timezone, now)) return clock;
  return `${new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: timezone }).format(t)} ${clock}`;
}
