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

const say = (n: number, digits = 0): string => n.toLocaleString('en-GB', { maximumFractionDigits: digits });
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
        headline: `${machine.name}: ${machine.word.toLowerCase()} for more than ${say(limit)} min`,
        detail: machine.detail ?? 'no reason yet',
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
        headline: `${name}: OEE under ${say(limit, 1)} %`,
        detail: percent === null ? '' : `${say(percent, 1)} % since the shift began`,
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
        headline: `${machine.name}: scrap over ${say(limit, 1)} %`,
        detail: recent ? `${say(recent.reject)} of ${say(recent.total)} pieces in ${say(minutes)} min` : '',
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
          headline: `${demand.name}: heading over ${say(limit)} kW`,
          detail: demandDetail(demand),
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
          headline: `${source.id}: no reading for more than ${say(limit)} min`,
          detail: [source.message ?? source.state, ...(source.owner ? [`ask ${source.owner}`] : [])].join('; '),
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
            headline: `${view.name}: ${id} over ${say(limit, 2)} ${unit}`,
            detail: value === null ? '' : `${say(value, 2)} ${unit}`,
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
          headline:
            days < 0 ? `${name}: certificate has expired` : `${name}: certificate ends in less than ${say(limit)} days`,
          detail: `it ends on ${new Date(expiresAt).toISOString().slice(0, 10)}`,
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
          headline: `Wall of ${name}: dark for more than ${say(limit)} min`,
          detail: seen === null ? '' : `last seen ${minutesSince(seen, sight.now)} min ago`,
          value: minutes === null ? null : Math.floor(minutes),
          limit,
          unit: 'min',
        },
      ];
    });
  },
};

function demandDetail({ predictedKw, endLabel, couldWait }: DemandSight): string {
  const expected = `${predictedKw === null ? '?' : say(predictedKw)} kW expected for the window that ends at ${endLabel}`;
  return couldWait.length === 0 ? expected : `${expected}; ${couldWait.slice(0, 3).join(', ')} could wait`;
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
