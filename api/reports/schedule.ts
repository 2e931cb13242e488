import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Plant, ReportConfig } from '#shared/plant/model.ts';
import type { ReportHead, ReportTail } from '#shared/report/model.ts';
import { createCellShower } from '#shared/report/show.ts';
import { sayIn } from '#shared/report/words/words.ts';
import { MINUTE, type Span, toIso } from '#shared/time/instant.ts';
import type { Message } from '../delivery/message.ts';
import type { Outbox } from '../delivery/outbox.ts';
import type { Counters } from '../metrics/counters.ts';
import type { ReportDeps } from './deps.ts';
import { begun, digested } from './digest.ts';
import { openReport } from './open.ts';
import { duePeriods } from './periods.ts';
import { fileName, MEDIA_TYPES, printReport } from './print/file.ts';
import { reportQuestion } from './question.ts';
import { type MadeReport, type ReportRegister, registered } from './register.ts';
import { shownFor, tariffWords } from './words.ts';

/*
 * Makes the reports of the plant file when their period is over, and hands them to the outbox.
 *
 * - A period is made once, also by several servers on one database and across restarts; missed ones are made up for.
 * - A file appears in its folder when it is whole. What goes wrong is tried again and said.
 */
export interface ReportSchedule {
  /** Makes what is due. */
  work(): Promise<void>;
  /** Why a schedule does not make its report for now, by its id. */
  readonly problems: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

export interface ScheduleDeps extends ReportDeps {
  readonly plant: () => Plant;
  readonly register: ReportRegister;
  readonly outbox: Outbox;
  readonly dataDir: string;
  readonly ready: () => boolean;
  readonly counters: Counters;
  readonly log: (line: string) => void;
  /** Null: only when told to. */
  readonly everyMs?: number | null;
}

export function startSchedule(deps: ScheduleDeps): ReportSchedule {
  const { plant, register, outbox, dataDir, ready, clock, counters, log, everyMs = MINUTE / 2 } = deps;
  const problems = new Map<string, string>();
  let working: Promise<void> | null = null;
  let closed = false;

  async function makeOne(config: ReportConfig, { start, end }: Span): Promise<void> {
    const key = `${config.id} ${toIso(start)} ${toIso(end)}`;
    if (await register.has(key)) return;
    const here = plant();
    const { scope, language } = config;
    const asked = { scope, from: toIso(start), to: toIso(end), ...(language !== undefined && { language }) };
    const stream = digested(await begun(openReport(deps, reportQuestion(config.type, here, asked, clock()))));
    const folder = folderOf(dataDir, config);
    const name = fileName(stream.head, config.format).replace(/^/, `${config.id}-`);
    const file = join(folder, name);
    const draft = join(folder, `.${name}.part`);
    try {
      await mkdir(folder, { recursive: true });
      const pieces = Readable.from(printReport(stream, config.format), { objectMode: false });
      await pipeline(pieces, createWriteStream(draft));
      await rename(draft, file);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    const tail = await stream.tail();
    const how = { format: config.format, madeBy: 'schedule', schedule: config.id, file, frozen: false };
    const made = await register.add(registered({ head: stream.head, tail, digest: stream.digest() }, how), key);
    if (!made) return;
    counters.count('reports_made', 'schedule');
    const message = messageOf(made, stream.head, tail, { path: file, name, mediaType: MEDIA_TYPES[config.format] });
    for (const channel of config.to)
      await outbox.add(`report:${key}:${channel}`, `report:${made.id}`, channel, message);
  }

  async function round(): Promise<void> {
    if (!ready()) return;
    const configs = plant().reports ?? [];
    for (const id of problems.keys()) if (!configs.some((c) => c.id === id)) problems.delete(id);
    for (const config of configs) {
      try {
        for (const period of duePeriods(plant(), config, await register.lastOf(config.id), clock())) {
          if (closed) return;
          await makeOne(config, period);
        }
        problems.delete(config.id);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        counters.count('reports_not_made');
        if (problems.get(config.id) !== why) log(`report ${config.id} is not made for now: ${why}`);
        problems.set(config.id, why);
      }
    }
  }

  const timer = everyMs === null ? null : setInterval(() => void schedule.work(), everyMs);
  timer?.unref();
  const schedule: ReportSchedule = {
    problems,
    async work() {
      working ??= round().finally(() => {
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
  return schedule;
}

/** A relative folder is in the data directory. */
function folderOf(dataDir: string, { folder }: ReportConfig): string {
  if (folder === null) return join(dataDir, 'reports');
  return isAbsolute(folder) ? folder : join(dataDir, folder);
}

export function messageOf(
  { id, title, scope, scopeName, period, asOf, plantHash, tariffs, provisional }: MadeReport,
  head: ReportHead,
  tail: ReportTail,
  file: Message['file'],
): Message {
  const { show } = createCellShower(shownFor(head));
  const say = sayIn(head.language);
  const lines = tail.figures.map(({ name, value, kind, unit, digits }) => {
    const said = show(value, kind, digits);
    return `${name}: ${said}${kind === 'ratio' || unit === null || value === null ? '' : ` ${unit}`}`;
  });
  const basis = {
    time: toIso(asOf),
    hash: plantHash.slice(0, 12),
    tariffs: tariffs.map((version) => tariffWords(version, say)).join('; '),
  };
  const place = scope === 'site' ? head.site.name : `${head.site.name}, ${scopeName}`;
  return {
    kind: 'report',
    subject: `${place}: ${title}, ${period}`,
    text: [
      say(provisional ? 'mail.headingProvisional' : 'mail.heading', { title, place, period }),
      '',
      ...lines,
      '',
      say(tariffs.length > 0 ? 'mail.basisTariff' : 'mail.basis', basis),
      ...(tail.findings.length > 0 ? ['', ...tail.findings] : []),
      '',
    ].join('\n'),
    payload: {
      report: id,
      name: head.name,
      title,
      language: head.language,
      site: head.site.id,
      scope,
      from: head.from,
      to: head.to,
      period,
      asOf: toIso(asOf),
      plantHash,
      tariffs,
      coverage: tail.coverage,
      provisional,
      figures: Object.fromEntries(tail.figures.map((f) => [f.id, f.value])),
    },
    file,
  };
}
