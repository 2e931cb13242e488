import { PLAIN_ENGLISH, type Said, type SaidValue, say, sayAll } from '#shared/alert/said.ts';
import type { MachineView, ScopeView } from '#shared/contract/socket.ts';
import type { AlertConfig, Plant } from '#shared/plant/model.ts';
import { DAY, type Instant, MINUTE } from '#shared/time/instant.ts';
import { scopeOf } from '../scope.ts';
import { levelOf, type Observation } from './engine.ts';

/*
 * What the rules of the plant file see at one moment. Nothing here remembers: what needs a past (a burst of scrap, a wall that
 * went dark) is handed in.
 *
 * - A level that cannot be told is `between`: silence of the plant neither rings nor ends an alert.
 */
export interface Sight {
  readonly plant: Plant;
  readonly now: Instant;
  /** All machines and lines, as screens show them now; null while nothing is known. */
  readonly view: Pick<ScopeView, 'machines' | 'lines'> | null;
  readonly sources: readonly SourceSight[];
  readonly certificates: readonly { readonly about: string; readonly name: string; readonly expiresAt: Instant }[];
  readonly condition: (machine: string, id: string) => number | null;
  readonly demand: (meter: string) => DemandSight | null;
  /** Pieces of a machine in the last minutes; null where not that much is known. */
  readonly recent: (machine: string, minutes: number) => { readonly total: number; readonly reject: number } | null;
  /** When a wall of a line was last seen; null: never since the server runs. */
  readonly wallSeenAt: (line: string) => Instant | null;
}

export interface SourceSight {
  readonly id: string;
  readonly owner: string | null;
  readonly state: string;
  readonly message: string | null;
  /** Newest reading; null: none yet. */
  readonly lastReadingAt: Instant | null;
  readonly since: Instant | null;
}

export interface DemandSight {
  readonly name: string;
  readonly predictedKw: number | null;
  readonly limitKw: number | null;
  readonly endLabel: string;
  /** False where exceeding would cost nothing, because as much is billed already. */
  readonly costs: boolean;
  /** Machines that could be switched off for the rest of the window. */
  readonly couldWait: readonly string[];
}

type Rule = AlertConfig;
type Observe = (rule: Rule, sight: Sight) => Observation[];

/** Pieces in a window of scrap, below which a share says nothing. */
const LEAST_PIECES = 20;
const SCRAP_MINUTES = 30;
/** Planned seconds of a shift, below which its OEE says nothing. */
const LEAST_PLANNED_SECONDS = 1800;
/** Known share of a shift, below which its OEE says more about the network than about the machine. */
const LEAST_COVERAGE = 0.9;

const num = (n: number, digits = 0): SaidValue => ({ n, digits });
const nameOf = (name: string): SaidValue => ({ name });

/** Headline and detail, to be said in any language, and in English as they stand on the wire. */
function words(headline: Said, ...detail: readonly (Said | null)[]): Pick<Observation, 'said' | 'headline' | 'detail'> {
  const said = { headline, detail: detail.filter((one) => one !== null) };
  return { said, headline: say(headline, PLAIN_ENGLISH), detail: sayAll(said.detail, PLAIN_ENGLISH) };
}
const minutesSince = (t: Instant, now: Instant): number => Math.floor((now - t) / MINUTE);

const KINDS: Readonly<Record<Rule['when'], Observe>> = {
  stopLongerThan: (rule, sight) =>
    machinesOf(rule, sight).map((machine) => {
      const since = machine.since === null ? null : Date.parse(machine.since);
      const stands = machine.look === 'down' || machine.look === 'idle' || machine.look === 'minor';
      const limit = rule.minutes ?? 0;
      const minutes = since === null ? null : (sight.now - since) / MINUTE;
      const level = machine.look === 'unknown' ? 'between' : !stands ? 'under' : levelOf(minutes, limit, limit);
      return {
        ...about(rule, `machine:${machine.id}`, level),
        since,
        ...words(
          {
            key: 'stop.longer',
            values: { machine: nameOf(machine.name), state: { key: stateKey(machine) }, minutes: num(limit) },
          },
          reasonOf(machine.detail),
        ),
        value: minutes === null ? null : Math.floor(minutes),
        limit,
        unit: 'min',
      };
    }),

  oeeBelow: (rule, sight) => {
    const limit = rule.percent ?? 0;
    return figuresOf(rule, sight).map(({ id, name, figures }) => {
      const enough =
        figures !== null &&
        figures.seconds.plannedProduction >= LEAST_PLANNED_SECONDS &&
        (figures.coverage ?? 0) >= LEAST_COVERAGE;
      const oee = enough ? figures.kpi.oee : null;
      const percent = oee === null ? null : oee * 100;
      return {
        ...about(rule, id, levelOf(percent, limit - 1e-9, limit + 2)),
        since: null,
        ...words(
          { key: 'oee.below', values: { name: nameOf(name), percent: num(limit, 1) } },
          percent === null ? null : { key: 'oee.now', values: { percent: num(percent, 1) } },
        ),
        value: percent,
        limit,
        unit: '%',
      };
    });
  },

  scrapAbove: (rule, sight) => {
    const limit = rule.percent ?? 0;
    const minutes = rule.minutes ?? SCRAP_MINUTES;
    return machinesOf(rule, sight).map((machine) => {
      const recent = sight.recent(machine.id, minutes);
      const share = recent && recent.total >= LEAST_PIECES ? (recent.reject / recent.total) * 100 : null;
      return {
        ...about(rule, `machine:${machine.id}`, levelOf(share, limit + 1e-9, limit * 0.8)),
        since: null,
        ...words(
          { key: 'scrap.above', values: { machine: nameOf(machine.name), percent: num(limit, 1) } },
          recent && {
            key: 'scrap.now',
            values: { rejects: num(recent.reject), pieces: num(recent.total), minutes: num(minutes) },
          },
        ),
        value: share,
        limit,
        unit: '%',
      };
    });
  },

  demandAboutToExceed: (rule, sight) => {
    const meters = rule.scope.startsWith('meter:') ? [rule.scope.slice('meter:'.length)] : [''];
    return meters.flatMap((meter) => {
      const demand = sight.demand(meter);
      if (!demand || (demand.limitKw === null && rule.value === null)) return [];
      const limit = rule.value ?? ((demand.limitKw ?? 0) * (rule.percent ?? 100)) / 100;
      const level = levelOf(demand.predictedKw, limit, limit * 0.97);
      return [
        {
          ...about(rule, meter === '' ? 'site' : `meter:${meter}`, level === 'over' && !demand.costs ? 'under' : level),
          since: null,
          ...words(
            { key: 'demand.exceeds', values: { meter: nameOf(demand.name), kW: num(limit) } },
            ...demandDetail(demand),
          ),
          value: demand.predictedKw,
          limit,
          unit: 'kW',
        },
      ];
    });
  },

  sourceSilent: (rule, sight) => {
    const one = rule.scope.startsWith('source:') ? rule.scope.slice('source:'.length) : null;
    const limit = rule.minutes ?? 0;
    return sight.sources
      .filter(({ id }) => one === null || id === one)
      .map((source) => {
        const last = source.lastReadingAt ?? source.since;
        const minutes = last === null ? null : (sight.now - last) / MINUTE;
        return {
          ...about(rule, `source:${source.id}`, levelOf(minutes, limit, limit)),
          since: last,
          ...sourceWords(source, limit),
          value: minutes === null ? null : Math.floor(minutes),
          limit,
          unit: 'min',
        };
      });
  },

  conditionAbove: (rule, sight) =>
    machinesOf(rule, sight).flatMap((view) => {
      const machine = sight.plant.machines.get(view.id);
      return (machine?.conditions ?? []).flatMap(({ id, unit, alarm, warn }) => {
        const limit = rule.value ?? alarm ?? warn;
        if (limit === null) return [];
        const value = sight.condition(view.id, id);
        return [
          {
            ...about(rule, `machine:${view.id}.${id}`, levelOf(value, limit, limit * 0.95)),
            since: null,
            ...words(
              {
                key: 'condition.above',
                values: { machine: nameOf(view.name), condition: id, value: num(limit, 2), unit },
              },
              value === null ? null : { key: 'condition.now', values: { value: num(value, 2), unit } },
            ),
            value,
            limit,
            unit,
          },
        ];
      });
    }),

  certificateExpires: (rule, sight) => {
    const limit = rule.days ?? 0;
    const one = rule.scope.startsWith('source:') ? rule.scope : null;
    return sight.certificates
      .filter((c) => one === null || c.about === one)
      .map(({ about: id, name, expiresAt }) => {
        const days = (expiresAt - sight.now) / DAY;
        return {
          ...about(rule, id, days <= limit ? 'over' : 'under'),
          since: null,
          ...words(
            days < 0
              ? { key: 'certificate.expired', values: { whose: whose(id, name) } }
              : { key: 'certificate.ends', values: { whose: whose(id, name), days: num(limit) } },
            { key: 'certificate.on', values: { date: new Date(expiresAt).toISOString().slice(0, 10) } },
          ),
          value: Math.floor(days),
          limit,
          unit: 'days',
        };
      });
  },

  wallDark: (rule, sight) => {
    const limit = rule.minutes ?? 0;
    const scope = scopeOf(sight.plant, rule.scope);
    return (scope?.lines ?? []).flatMap((line) => {
      const seen = sight.wallSeenAt(line);
      // A wall that nobody ever opened is not dark; a rule that names its line expects one.
      if (seen === null && rule.scope !== `line:${line}`) return [];
      const minutes = seen === null ? null : (sight.now - seen) / MINUTE;
      const name = sight.plant.lines.get(line)?.name ?? line;
      return [
        {
          ...about(rule, `wall:${line}`, levelOf(minutes, limit, limit)),
          since: seen,
          ...words(
            { key: 'wall.dark', values: { line: nameOf(name), minutes: num(limit) } },
            seen === null ? null : { key: 'wall.seen', values: { minutes: num(minutesSince(seen, sight.now)) } },
          ),
          value: minutes === null ? null : Math.floor(minutes),
          limit,
          unit: 'min',
        },
      ];
    });
  },
};

function stateKey({ look, word }: MachineView): Said['key'] {
  return word === 'Switched off' ? 'state.off' : `state.${look}`;
}

/** Why it stands, as the screens have it: for whom it waits, or the name of a reason. */
function reasonOf(detail: string | null): Said {
  if (detail === null) return { key: 'stop.noReason' };
  const [, way, machine] = /^(Starved|Blocked) by (.+)$/s.exec(detail) ?? [];
  if (machine === undefined) return { key: 'as.named', values: { text: nameOf(detail) } };
  return { key: way === 'Starved' ? 'stop.starvedBy' : 'stop.blockedBy', values: { machine: nameOf(machine) } };
}

function demandDetail({ predictedKw, endLabel, couldWait }: DemandSight): Said[] {
  const kW = predictedKw === null ? '?' : num(predictedKw);
  const expected: Said = { key: 'demand.expected', values: { kW, time: endLabel } };
  if (couldWait.length === 0) return [expected];
  const machines = couldWait.slice(0, 3).map((name) => ({ name }));
  return [expected, { key: 'demand.couldWait', values: { machines } }];
}

const SOURCE_STATES: Readonly<Record<string, Said['key']>> = {
  connected: 'source.connected',
  connecting: 'source.connecting',
  degraded: 'source.degraded',
  failed: 'source.failed',
};

/** What a source says of its trouble is its own sentence, and stays as it is. */
function sourceWords({ id, message, state, owner }: SourceSight, limit: number) {
  const key = SOURCE_STATES[state];
  const how: Said = message === null && key ? { key } : { key: 'as.said', values: { text: message ?? state } };
  return words(
    { key: 'source.silent', values: { source: id, minutes: num(limit) } },
    how,
    owner ? { key: 'source.ask', values: { owner } } : null,
  );
}

/** Whose certificate: the server's, a source's, or our own towards a source. */
function whose(about: string, name: string): SaidValue {
  if (about === 'server') return { key: 'certificate.server' };
  const own = /^source:(.+)\.own$/.exec(about)?.[1];
  return own === undefined ? name : { key: 'certificate.own', values: { source: own } };
}

export function observe(rule: Rule, sight: Sight): Observation[] {
  return KINDS[rule.when](rule, sight);
}

function about(rule: Rule, what: string, level: Observation['level']): Pick<Observation, 'rule' | 'about' | 'level'> {
  return { rule: rule.id, about: what, level };
}

function machinesOf(rule: Rule, { plant, view }: Sight): MachineView[] {
  const scope = scopeOf(plant, rule.scope);
  return (scope?.machines ?? []).flatMap((id) => view?.machines[id] ?? []);
}

/** A line is judged as a line; a machine as a machine; areas and the site by their lines. */
function figuresOf(rule: Rule, { plant, view }: Sight) {
  const scope = scopeOf(plant, rule.scope);
  if (!scope || !view) return [];
  if (scope.kind === 'machine') {
    return scope.machines.flatMap((id) => {
      const machine = view.machines[id];
      return machine ? [{ id: `machine:${id}`, name: machine.name, figures: machine.figures }] : [];
    });
  }
  return scope.lines.flatMap((id) => {
    const line = view.lines[id];
    return line ? [{ id: `line:${id}`, name: line.name, figures: line.figures }] : [];
  });
}
