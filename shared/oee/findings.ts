import { effectiveEntries } from '../ledger/effective.ts';
import type { Entry } from '../ledger/entry.ts';
import { ownerOf } from '../ledger/subject.ts';
import type { Plant } from '../plant/model.ts';
import { type Instant, MINUTE, toIso } from '../time/instant.ts';
import type { CounterEvent } from './facts.ts';
import { firstEndingAfter, isPlanned, sumSpans } from './figures.ts';
import type { Finding, JudgedSpan } from './judged.ts';
import { coverageOf } from './sums.ts';

/* What people should know about a figure before they trust it. Never a repair: the figure stays as the facts give it. */

/** Below this a KPI is greyed and says so (RULES section 6). */
export const COVERAGE_FLOOR = 0.95;
/** A rate that was held this long is sustained. */
const SUSTAINED_MS = 15 * MINUTE;
const EPSILON = 1e-9;
/** Share of pieces counted while the machine was said to stand still from which the state signal is doubted. */
const STOPPED_SHARE = 0.05;

export interface FindingsInput {
  readonly plant: Plant;
  readonly machine: string;
  /** Judged spans of the machine over one window. */
  readonly spans: readonly JudgedSpan[];
  readonly entries?: readonly Entry[];
  /** Steps of its counters that were no plausible increase; other machines' may be among them. */
  readonly counterEvents?: readonly CounterEvent[];
}

export function findingsOf(input: FindingsInput): Finding[] {
  return [
    ...ofProducts(input),
    ...ofCounts(input),
    ...ofCounterSteps(input),
    ...ofReasons(input),
    ...ofCoverage(input),
    ...ofEntries(input),
  ];
}

function make(machine: string, code: string, detail: string, t: Instant | null, message: string): Finding {
  return { id: [code, machine, ...(detail === '' ? [] : [detail])].join(':'), code, scope: machine, t, message };
}

function ofProducts({ plant, machine, spans }: FindingsInput): Finding[] {
  const found: Finding[] = [];
  for (const [product, own] of groupByProduct(spans)) {
    const sums = sumSpans(own);
    const what = product === '' ? `${machine}` : `product ${product} on ${machine}`;
    const first = own[0]?.start ?? null;
    if (product !== '' && !plant.products.has(product)) {
      found.push(
        make(
          machine,
          'unknownProduct',
          product,
          first,
          `${machine} reports the product "${product}", which the plant file does not have: add it under products, or map the value.`,
        ),
      );
    }
    const missing = own.find((s) => s.idealSecondsPerPiece === null && s.totalCount > 0);
    if (missing) {
      found.push(
        make(
          machine,
          'noIdealCycle',
          product,
          missing.start,
          `There is no ideal cycle time for ${what}: its pieces add nothing to performance and OEE; give idealCycleSeconds.`,
        ),
      );
    } else if (sums.runSeconds > 0 && sums.idealSeconds > sums.runSeconds * (1 + EPSILON)) {
      const best = bestSustained(own);
      const percent = ((sums.idealSeconds / sums.runSeconds) * 100).toFixed(1);
      const seen = best === null ? '' : ` (best sustained: ${seconds(best)} s per piece)`;
      found.push(
        make(
          machine,
          'performanceOver100',
          product,
          first,
          sums.idealSeconds - sums.runSeconds < startedBefore(plant, product, own)
            ? `Performance of ${what} is ${percent} %: its first cycle began before this window and its pieces count whole; correct idealCycleSeconds only if that goes on.`
            : `Performance of ${what} is ${percent} %: its ideal cycle time is too slow${seen}; correct idealCycleSeconds.`,
        ),
      );
    }
  }
  return found;
}

/**
 * Seconds that the first cycle of a window may have begun before it: its pieces count whole, its time does not. Less than
 * this above the run time, and the ideal cycle need not be to blame.
 */
function startedBefore(plant: Plant, product: string, spans: readonly JudgedSpan[]): number {
  const ideal = spans.find((s) => s.totalCount > 0)?.idealSecondsPerPiece ?? 0;
  return ideal * (plant.products.get(product)?.activeCavities ?? 1);
}

/** Fewest seconds per piece that were held for 15 minutes of running; null where it never ran that long. */
export function bestSustained(spans: readonly JudgedSpan[]): number | null {
  const running = spans.filter((s) => s.category === 'run');
  let best: number | null = null;
  let total = 0;
  let ms = 0;
  let first = 0;
  for (const span of running) {
    total += span.totalCount;
    ms += span.end - span.start;
    for (let head = running[first]; head && ms - (head.end - head.start) >= SUSTAINED_MS; head = running[++first]) {
      ms -= head.end - head.start;
      total -= head.totalCount;
    }
    if (ms >= SUSTAINED_MS && total > 0) best = Math.min(best ?? Number.POSITIVE_INFINITY, ms / 1000 / total);
  }
  return best;
}

function ofCounts({ machine, spans }: FindingsInput): Finding[] {
  const found: Finding[] = [];
  const sums = sumSpans(spans);
  if (sums.goodCount > sums.totalCount + 1e-6) {
    found.push(
      make(
        machine,
        'goodOverTotal',
        '',
        spans[0]?.start ?? null,
        `${machine} counted more good pieces (${sums.goodCount}) than pieces (${sums.totalCount}): check which counter is bound to good and to total.`,
      ),
    );
  }
  if (sums.goodCount < -1e-6) {
    found.push(
      make(
        machine,
        'scrapOverGood',
        '',
        spans[0]?.start ?? null,
        `More scrap was entered or counted on ${machine} than it made: ${-sums.goodCount} pieces too many; check the scrap entries of this window.`,
      ),
    );
  }
  let stopped = 0;
  for (const s of spans) if (isPlanned(s) && s.state !== 'running' && s.state !== 'unknown') stopped += s.totalCount;
  if (sums.totalCount >= 20 && stopped > sums.totalCount * STOPPED_SHARE) {
    const percent = ((stopped / sums.totalCount) * 100).toFixed(0);
    found.push(
      make(
        machine,
        'countedWhileStopped',
        '',
        spans[0]?.start ?? null,
        `${percent} % of the pieces of ${machine} were counted while its state said it stood still: check the state map against the machine.`,
      ),
    );
  }
  return found;
}

/** Jumps that were not counted, until somebody says what they were. */
function ofCounterSteps({ machine, spans, entries = [], counterEvents = [] }: FindingsInput): Finding[] {
  const from = spans[0]?.start ?? 0;
  const to = spans.at(-1)?.end ?? 0;
  const said = new Set(
    effectiveEntries(entries).flatMap((e) => (e.type === 'counterVerdict' ? [`${e.signal} ${e.t}`] : [])),
  );
  return counterEvents
    .filter((e) => e.verdict === 'preset' || e.verdict === 'pendingJump')
    .filter((e) => !e.void && ownerOf(e.signal) === machine && e.t > from && e.t <= to)
    .filter((e) => !said.has(`${e.signal} ${e.t}`))
    .map(({ signal, t, previousRaw, raw }) =>
      make(
        machine,
        'counterQuarantined',
        `${signal}:${t}`,
        t,
        `${signal} jumped from ${previousRaw} to ${raw} at ${toIso(t)}, faster than it can count: nothing of that is counted. If pieces were made, enter how many (counterVerdict); if not, it may stay so.`,
      ),
    );
}

function ofReasons({ plant, machine, spans }: FindingsInput): Finding[] {
  const unknown = new Map<string, Instant>();
  for (const { reason, start } of spans) {
    if (reason !== null && !plant.reasons.has(reason) && !unknown.has(reason)) unknown.set(reason, start);
  }
  return [...unknown].map(([reason, t]) =>
    make(
      machine,
      'unknownReason',
      reason,
      t,
      `${machine} stopped for "${reason}", which the plant file does not have: add it under reasons, or map the code; until then the state decides the category.`,
    ),
  );
}

function ofCoverage({ machine, spans }: FindingsInput): Finding[] {
  const coverage = coverageOf(sumSpans(spans));
  if (coverage === null || coverage >= COVERAGE_FLOOR) return [];
  const first = spans.find((s) => s.category === 'unknown')?.start ?? null;
  const percent = (coverage * 100).toFixed(1);
  return [
    make(
      machine,
      'lowCoverage',
      '',
      first,
      `Only ${percent} % of the window of ${machine} is known: availability is a lower bound; see the source's connection.`,
    ),
  ];
}

function ofEntries({ plant, machine, spans, entries = [] }: FindingsInput): Finding[] {
  const found: Finding[] = [];
  const from = spans[0]?.start ?? 0;
  const to = spans.at(-1)?.end ?? 0;
  for (const e of effectiveEntries(entries)) {
    if (!('machine' in e) || e.machine !== machine || !('at' in e) || e.at < from || e.at >= to) continue;
    if (e.type === 'product' && !plant.products.has(e.product)) {
      found.push(
        make(
          machine,
          'unknownProduct',
          e.product,
          e.at,
          `Entry ${e.id} names the product "${e.product}", which the plant file does not have: add it under products.`,
        ),
      );
    }
    if (e.type !== 'stopReason') continue;
    const span = spans[firstEndingAfter(spans, e.at)];
    if (span?.state !== 'running') continue;
    found.push(
      make(
        machine,
        'reasonWhileRunning',
        e.id,
        e.at,
        `Entry ${e.id} gives a reason at ${toIso(e.at)}, when ${machine} was running: running time takes no reason, so it labels nothing.`,
      ),
    );
  }
  return found;
}

function groupByProduct(spans: readonly JudgedSpan[]): Map<string, JudgedSpan[]> {
  const groups = new Map<string, JudgedSpan[]>();
  for (const span of spans) {
    const group = groups.get(span.product);
    if (group) group.push(span);
    else groups.set(span.product, [span]);
  }
  return groups;
}

function seconds(value: number): string {
  return value >= 10 ? value.toFixed(1) : value.toPrecision(3);
}
