import type { OperatorAnswer } from '#shared/contract/operator.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import { sumSpans } from '#shared/oee/figures.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { stopsOf } from '#shared/oee/stops.ts';
import { isAtFault, waitingCause } from '#shared/oee/waiting.ts';
import type { Line, Machine, Plant } from '#shared/plant/model.ts';
import { HOUR, type Instant, MINUTE, minuteOf, toIso } from '#shared/time/instant.ts';
import { dayBounds } from '#shared/time/periods.ts';
import { clockLabel, localDate } from '#shared/time/zone.ts';
import type { ApiDeps } from '../deps.ts';
import { endForNow } from '../kpi/window.ts';
import { notesSince, openCalls } from '../ledger/words.ts';
import { runningShift } from '../live/machine-now.ts';
import { type LikelyInput, likelyReasons, PAST_MS } from './likely.ts';
import { orderNow } from './order.ts';
import { type PastStop, pastStops } from './past-stops.ts';

/** The group of reasons that no controller of this machine tells, while others of its line might. */
const REST = 'Other';

/** Everything that a tablet asks about its machine beside the live view. @throws HistorianError while facts cannot be read. */
export async function operatorAnswer(deps: ApiDeps, machine: Machine, asked: Instant | null): Promise<OperatorAnswer> {
  const { kpi, ledger, clock } = deps;
  const plant = deps.plant.current;
  const line = plant.lines.get(machine.line);
  if (!line) throw new RangeError(`${machine.id} has no line`);
  const seq = ledger.seq;
  const now = clock();
  const end = endForNow(deps.live, [machine.id], [], now);
  const shift = runningShift(plant, line, now);
  const from = shift ? shift.start : minuteOf(now) - 8 * HOUR;
  const entries = kpi.entries.all();
  const zone = plant.site.timezone;
  // The hour before gives the pace of the order at the start of a shift.
  const judged = from - HOUR < end ? (await kpi.windows.judge(machine.id, from - HOUR, end)).spans : [];
  const spans = judged.filter((s) => s.start >= from);
  const past = await stopsBefore(deps, plant, machine, now);
  const current = askedStop(past, asked);
  const likely = current ? likelyReasons(await likelyInput(deps, plant, line, machine, past, current)) : [];
  const relevant = reasonsOf(plant, machine, past);
  return {
    machine: machine.id,
    machineName: machine.name,
    line: line.id,
    lineName: line.name,
    seq,
    serverTime: toIso(now),
    likely: likely.map(({ reason, evidence }) => ({
      reason,
      name: plant.reasons.get(reason)?.name ?? reason,
      group: plant.reasons.get(reason)?.group ?? '',
      evidence,
    })),
    groups: groupsOf(plant, relevant, lastUsed(past)),
    stops: stopsAnswer(plant, spans, past),
    order: await orderNow(plant, line, machine.id, kpi, entries, judged),
    products: [...plant.products.values()].map(({ id, name }) => ({ id, name })),
    scrap: {
      soFar: countsRejects(machine, entries) ? sumSpans(spans).rejectCount : null,
      reasons: scrapReasons(plant, machine, entries),
    },
    notes: notesSince(plant, entries, { lines: [line.id], machines: [machine.id] }, from - 8 * HOUR, now + MINUTE),
    calls: openCalls(plant, entries, [machine.id]),
  };

  function stopsAnswer(plant: Plant, spans: readonly JudgedSpan[], past: readonly PastStop[]): OperatorAnswer['stops'] {
    const said = new Map(past.map((p) => [`${p.start}`, p]));
    return stopsOf(spans, plant)
      .filter((s) => s.category !== 'scheduleLoss' || s.reason !== null)
      .map((s) => ({
        start: toIso(s.start),
        end: s.end === null ? null : toIso(s.end),
        startLabel: clockLabel(zone, s.start),
        endLabel: s.end === null ? null : clockLabel(zone, s.end),
        seconds: ((s.end ?? end) - s.start) / 1000,
        look: s.look,
        reason: s.reason,
        reasonName: s.reasonName,
        byPerson: s.reason !== null && said.get(`${s.start}`)?.measured !== s.reason,
        unexplained: s.unexplained,
        stretchStart: toIso(s.stretchStart),
      }))
      .reverse();
  }
}

/** The last two weeks of a machine's stops; looked up again when an entry came or a minute has passed. */
const kept = new WeakMap<ApiDeps['kpi'], Map<string, { key: string; entries: readonly Entry[]; stops: PastStop[] }>>();

async function stopsBefore(deps: ApiDeps, plant: Plant, machine: Machine, now: Instant): Promise<readonly PastStop[]> {
  const entries = deps.kpi.entries.ofMachine(machine.id);
  const state = deps.live.machine(machine.id).facts.state;
  const key = `${plant.hash} ${minuteOf(now)} ${state?.since} ${state?.reason}`;
  const ofSite = kept.get(deps.kpi) ?? new Map();
  kept.set(deps.kpi, ofSite);
  const held = ofSite.get(machine.id);
  if (held && held.key === key && held.entries === entries) return held.stops;
  const from = minuteOf(now) - PAST_MS;
  const { intervals, knownUntil } = await deps.kpi.facts.intervalsOf(machine.id, from, now);
  const stops = pastStops({ plant, machine, intervals, entries, from, to: now, knownUntil });
  ofSite.set(machine.id, { key, entries, stops });
  return stops;
}

/** The stop that contains `at`, or the last one without it. */
function askedStop(past: readonly PastStop[], at: Instant | null): PastStop | null {
  if (at === null) return past.at(-1) ?? null;
  return past.find((p) => p.start <= at && (at < p.end || p.open)) ?? past.at(-1) ?? null;
}

async function likelyInput(
  deps: ApiDeps,
  plant: Plant,
  line: Line,
  machine: Machine,
  past: readonly PastStop[],
  asked: PastStop,
): Promise<LikelyInput> {
  const zone = plant.site.timezone;
  return {
    past: past.filter((p) => p.stretchStart !== asked.stretchStart),
    asked,
    neighbour: asked.open && asked.state === 'idle' ? neighbourDown(deps, plant, line, machine) : null,
    today: dayBounds(zone, asked.start).start,
    secondOfDay: (t) => (t - dayBounds(zone, t).start) / 1000,
    dateLabel: dateLabelOf(plant),
    date: (t) => localDate(zone, t),
    may: (reason) => plant.reasons.has(reason),
  };
}

/** A machine of the line that is down now and keeps this one waiting, with the reason that says so in this plant. */
function neighbourDown(deps: ApiDeps, plant: Plant, line: Line, machine: Machine): LikelyInput['neighbour'] {
  const isDown = (id: string): boolean => {
    const state = line.machines.includes(id) ? deps.live.machine(id).facts.state : null;
    return state !== null && isAtFault(state);
  };
  const { kind, machine: cause } = waitingCause(plant, machine.id, null, isDown);
  if (cause === null || kind === 'waiting') return null;
  const pattern = kind === 'starved' ? /starv|infeed|upstream/i : /block|outfeed|downstream/i;
  const reason = [...plant.reasons.values()].find((r) => pattern.test(`${r.id} ${r.name}`));
  return reason ? { reason: reason.id, name: plant.machines.get(cause)?.name ?? cause } : null;
}

/** What a controller of this machine can tell, what people have said about it, and what no controller tells. */
function reasonsOf(plant: Plant, machine: Machine, past: readonly PastStop[]): ReadonlySet<string> {
  const told = (m: Machine): string[] => [...(m.reason?.map?.values() ?? [])];
  const anywhere = new Set([...plant.machines.values()].flatMap(told));
  const own = new Set([...told(machine), ...past.flatMap((p) => p.reason ?? [])]);
  const relevant = [...plant.reasons.keys()].filter((id) => own.has(id) || !anywhere.has(id));
  return new Set(own.size > 0 ? relevant : plant.reasons.keys());
}

function groupsOf(
  plant: Plant,
  relevant: ReadonlySet<string>,
  last: ReadonlyMap<string, Instant>,
): OperatorAnswer['groups'] {
  const label = dateLabelOf(plant);
  const lastOf = (at: Instant | undefined) =>
    at === undefined ? { lastLabel: null } : { lastLabel: label(at), lastDate: localDate(plant.site.timezone, at) };
  const groups = new Map<string, OperatorAnswer['groups'][number]['reasons']>();
  for (const { id, name, group } of plant.reasons.values()) {
    const of = relevant.has(id) ? group || REST : REST;
    const list = groups.get(of) ?? [];
    groups.set(of, list);
    list.push({ id, name, ...lastOf(last.get(id)) });
  }
  const rest = groups.get(REST);
  groups.delete(REST);
  if (rest) groups.set(REST, rest);
  return [...groups].map(([name, reasons]) => ({ name, reasons }));
}

function lastUsed(past: readonly PastStop[]): Map<string, Instant> {
  return new Map(past.flatMap((p) => (p.reason === null ? [] : [[p.reason, p.start] as const])));
}

function dateLabelOf(plant: Plant): (t: Instant) => string {
  const { locale, timezone } = plant.site;
  const format = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: timezone });
  return (t) => format.format(t);
}

/** With `total` alone and no scrap entered, 0 rejects means that nobody looked. */
function countsRejects(machine: Machine, entries: readonly Entry[]): boolean {
  const counts = machine.total ?? machine.good ?? machine.cycles ?? machine.reject;
  return counts !== null || entries.some((e) => e.type === 'scrap' && e.machine === machine.id);
}

function scrapReasons(plant: Plant, machine: Machine, entries: readonly Entry[]): { id: string; name: string }[] {
  const last = entries.findLast((e) => e.type === 'scrap' && e.machine === machine.id && e.reason !== undefined);
  const first = last?.type === 'scrap' ? last.reason : undefined;
  const all = [...plant.scrapReasons.values()].map(({ id, name }) => ({ id, name }));
  return [...all.filter((r) => r.id === first), ...all.filter((r) => r.id !== first)];
}
