import type { Plant } from '#shared/plant/model.ts';
import { DAY, type Instant, SECOND, toIso } from '#shared/time/instant.ts';
import { touchedBy } from '../kpi/touched.ts';
import type { LiveStore } from '../live/store.ts';
import type { Counters } from '../metrics/counters.ts';
import type { ReportDeps } from './deps.ts';
import { digested } from './digest.ts';
import { openReport, wholeReport } from './open.ts';
import { SETTLED_MS } from './periods.ts';
import { reportQuestion } from './question.ts';
import type { MadeReport, ReportRegister } from './register.ts';

/*
 * Finds reports that are no longer the last word: made again in the background, their figures differ.
 *
 * - Entries, late facts, facts written again and another plant file make the reports of their time doubtful; a doubtful one is made again, and
 *   only a figure that really changed supersedes it.
 * - One at a time, after a rest, and not before the period is over and settled: live screens come first.
 */
export interface SupersededWatch {
  work(): Promise<void>;
  close(): Promise<void>;
}

export interface SupersededDeps extends ReportDeps {
  readonly plant: () => Plant;
  readonly onPlantChange: (listener: () => void) => void;
  readonly register: ReportRegister;
  readonly live: Pick<LiveStore, 'on'>;
  readonly counters: Counters;
  readonly log: (line: string) => void;
  readonly everyMs?: number | null;
}

/** Reports looked at after a change; older ones of the same time were superseded by newer ones that people have. */
const MOST_DOUBTED = 200;
const EVERY_MS = 10 * SECOND;

export function watchSuperseded(deps: SupersededDeps): SupersededWatch {
  const { plant, onPlantChange, register, live, kpi, ledger, clock, counters, log, everyMs = EVERY_MS } = deps;
  /** Report id -> what made it doubtful. */
  const doubtful = new Map<string, string>();
  let spans: { from: Instant; to: Instant; why: string }[] = [
    { from: clock() - 100 * DAY, to: clock(), why: 'changed while the server was away' },
  ];
  let working: Promise<void> | null = null;
  let closed = false;

  const doubt = (from: Instant, to: Instant, why: string): void => {
    const last = spans.at(-1);
    if (last && last.why === why && from <= last.to && to >= last.from) {
      last.from = Math.min(last.from, from);
      last.to = Math.max(last.to, to);
    } else spans.push({ from, to, why });
  };
  ledger.onAppend((entry) => {
    const of = entry.type === 'void' ? ledger.entries().find((e) => e.id === entry.entry) : entry;
    if (!of) return;
    const { start, end } = touchedBy(of);
    const why = `entry no. ${entry.seq} (${entry.type}) by ${entry.by}`;
    // What makes another plant has no time of its own here.
    if (of.type === 'calendarException' || of.type === 'target') return doubt(0, clock(), why);
    // A stop is judged whole, and may reach over the end of a period.
    if (start <= end) doubt(Math.max(0, start - DAY), Math.min(end, clock()) + DAY, why);
  });
  live.on((change) => {
    if (change.kind !== 'facts' && change.kind !== 'meterFacts') return;
    // Facts of the running minutes belong to no report that is settled.
    if (change.from < clock() - SETTLED_MS) doubt(change.from, change.to + 1, 'data that came late');
  });
  kpi.onRewritten(({ start, end }) => doubt(start - DAY, end + DAY, 'data of its days that was written again'));
  onPlantChange(() => doubt(0, clock(), 'another version of the plant file'));

  async function round(): Promise<void> {
    const taken = spans;
    spans = [];
    for (const { from, to, why } of taken) {
      for (const report of await register.standing(from, to, MOST_DOUBTED)) {
        if (!doubtful.has(report.id)) doubtful.set(report.id, why);
      }
    }
    for (const [id, why] of doubtful) {
      if (closed) return;
      const report = await register.get(id);
      if (report && !report.frozen && report.to + SETTLED_MS > clock()) continue;
      doubtful.delete(id);
      if (report && !report.frozen && report.supersededAt === null) await look(report, why);
    }
  }

  async function look(report: MadeReport, why: string): Promise<void> {
    const { scope, by, language } = report;
    const asked = { scope, from: toIso(report.from), to: toIso(report.to), by, language };
    try {
      const again = digested(openReport(deps, reportQuestion(report.name, plant(), asked, clock())));
      await wholeReport(again);
      if (again.digest() === report.digest) return;
      await register.supersede(report.id, report.asOf < report.to ? 'made before its period was over' : why);
    } catch (error) {
      // Its scope may be gone from the plant file, or the historian away: it stays as it is, and is looked at after the next change.
      log(`report ${report.id} could not be made again: ${error instanceof Error ? error.message : error}`);
      return;
    }
    counters.count('reports_superseded');
  }

  const timer = everyMs === null ? null : setInterval(() => void watch.work(), everyMs);
  timer?.unref();
  const watch: SupersededWatch = {
    async work() {
      working ??= round()
        .catch((error: unknown) => log(`reports are not compared for now: ${error}`))
        .finally(() => {
          working = null;
        });
      await working;
    },
    async close() {
      closed = true;
      if (timer) clearInterval(timer);
      await working;
    },
  };
  return watch;
}
