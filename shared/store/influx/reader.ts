import type {
  ConditionMinute,
  CounterEvent,
  CounterVerdict,
  MachinePiece,
  MeterPiece,
  OeePoint,
  ReplacedFact,
  StateInterval,
} from '../../oee/facts.ts';
import type { MachineState } from '../../state/state.ts';
import { DAY, dayOf, HOUR, type Instant } from '../../time/instant.ts';
import {
  asKnown,
  conditionPlace,
  counterEventPlace,
  type FactPlace,
  intervalPlace,
  meterPiecePlace,
  piecePlace,
} from '../fact-key.ts';
import type { FactQuery, HistorianReader } from '../historian.ts';
import { trimToStretches } from '../stretches.ts';
import { type InfluxTarget, influxError } from './client.ts';

type Row = Record<string, unknown>;

/** Widest instants that a query names: InfluxDB wants both bounds, and its own limits lie outside these. */
const FIRST = 0;
const LAST = 4_102_444_800_000;
/** Intervals fetched at a time while walking to the end of a stretch. */
const PAGE = 200;

export function openInfluxReader(target: InfluxTarget): HistorianReader {
  const select = async (query: string): Promise<Row[]> => {
    try {
      const raw = (await target.call(() => target.client.queryRaw(query, { precision: 'ms' }))) as RawResult;
      const failure = raw.results[0]?.error;
      if (failure !== undefined) throw new Error(failure);
      return (raw.results[0]?.series ?? []).flatMap((s) =>
        s.values.map((values) => Object.fromEntries(s.columns.map((column, i) => [column, values[i]]))),
      );
    } catch (cause) {
      if (/database not found/.test(String(cause))) return [];
      throw influxError(target, cause);
    }
  };
  /** Day by day, so that no answer grows with the length of the window. */
  const range = async (
    measurement: string,
    owner: string,
    ids: readonly string[],
    query: FactQuery,
  ): Promise<Row[]> => {
    const rows: Row[] = [];
    const live = query.asOf === undefined ? 'AND "void" = 0' : '';
    for (let from = query.from; from < query.to; from += DAY) {
      const to = Math.min(query.to, from + DAY);
      rows.push(
        ...(await select(`SELECT * FROM "${measurement}" WHERE ${anyOf(owner, ids)} AND ${between(from, to)} ${live}`)),
      );
    }
    return rows;
  };
  const replaced = async <F>(
    kind: ReplacedFact['kind'],
    ids: readonly string[] | null,
    query: FactQuery,
  ): Promise<F[]> => {
    if (query.asOf === undefined) return [];
    const wide = kind === 'interval';
    const rows = await select(
      `SELECT fact, knownFrom, knownTo FROM fact_history WHERE kind = '${kind}' ${ids ? `AND ${anyOf('owner', ids)}` : ''}
       AND ${between(wide ? FIRST : query.from, wide ? LAST : query.to)}`,
    );
    const asOf = query.asOf;
    return rows
      .filter((r) => Number(r.knownFrom) <= asOf && Number(r.knownTo) > asOf)
      .map((r) => JSON.parse(String(r.fact)) as F);
  };
  const facts = async <F extends { readonly void?: boolean }>(
    measurement: string,
    owner: string,
    kind: ReplacedFact['kind'],
    ids: readonly string[],
    query: FactQuery,
    read: (row: Row) => F,
    place: (fact: F) => FactPlace,
  ): Promise<F[]> => {
    if (ids.length === 0) return [];
    const present = (await range(measurement, owner, ids, query)).map(read);
    return asKnown(present, await replaced<F>(kind, ids, query), place);
  };
  const intervalsOf = async (machine: string, query: FactQuery): Promise<StateInterval[]> => {
    const mine = `${anyOf('machine', [machine])} AND "void" = 0`;
    const page = async (condition: string, order: 'ASC' | 'DESC', limit: number): Promise<StateInterval[]> =>
      (
        await select(
          `SELECT * FROM state_interval WHERE ${mine} AND ${condition} ORDER BY time ${order} LIMIT ${limit}`,
        )
      ).map(readInterval);
    const walk = async (from: Instant, to: Instant, order: 'ASC' | 'DESC'): Promise<StateInterval[]> => {
      const found: StateInterval[] = [];
      let bounds = { from, to };
      for (;;) {
        const rows = await page(between(bounds.from, bounds.to), order, PAGE);
        const stop = rows.findIndex((r) => r.state === 'running');
        found.push(...(stop < 0 ? rows : rows.slice(0, stop + 1)));
        const edge = rows.at(-1)?.start;
        if (stop >= 0 || rows.length < PAGE || edge === undefined) return found;
        bounds = order === 'ASC' ? { from: edge + 1, to } : { from, to: edge };
      }
    };
    const carry = await page(between(FIRST, query.from + 1), 'DESC', 1);
    const first = carry[0]?.start ?? query.from;
    const inside = (await select(`SELECT * FROM state_interval WHERE ${mine} AND ${between(first, query.to)}`)).map(
      readInterval,
    );
    const before = await walk(FIRST, first, 'DESC');
    const after = await walk(query.to, LAST, 'ASC');
    return [...before, ...inside, ...after];
  };

  async function extent(): Promise<{ from: Instant; to: Instant } | null> {
    const ends: Instant[] = [];
    for (const measurement of ['machine_minute', 'meter_minute']) {
      for (const order of ['ASC', 'DESC']) {
        const rows = await select(
          `SELECT "void" FROM ${measurement} WHERE ${between(FIRST, LAST)} ORDER BY time ${order} LIMIT 1`,
        );
        if (rows[0] !== undefined) ends.push(Number(rows[0].time));
      }
    }
    return ends.length === 0 ? null : { from: Math.min(...ends), to: Math.max(...ends) };
  }
  return {
    async pieces(machines, query) {
      const rows = await facts('machine_minute', 'machine', 'piece', machines, query, readPiece, piecePlace);
      return rows.sort((a, b) => a.start - b.start || a.minute - b.minute);
    },
    async meterPieces(meters, query) {
      const rows = await facts('meter_minute', 'meter', 'meterPiece', meters, query, readMeterPiece, meterPiecePlace);
      return rows.sort((a, b) => a.start - b.start || a.minute - b.minute);
    },
    async conditions(machines, query) {
      const rows = await facts(
        'condition_minute',
        'machine',
        'condition',
        machines,
        query,
        readCondition,
        conditionPlace,
      );
      return rows.sort((a, b) => a.minute - b.minute);
    },
    async intervals(machines, query) {
      const was = machines.length > 0 ? await replaced<StateInterval>('interval', machines, query) : [];
      const out: StateInterval[] = [];
      for (const machine of machines) {
        const mine = was.filter((i) => i.machine === machine);
        const ordered = asKnown(await intervalsOf(machine, query), mine, intervalPlace).sort(
          (a, b) => a.start - b.start,
        );
        out.push(...trimToStretches(ordered, query.from, query.to));
      }
      return out;
    },
    async counterEvents(query) {
      const rows = (await select(`SELECT * FROM counter_event WHERE ${between(query.from, query.to)}`)).map(
        readCounterEvent,
      );
      const known = asKnown(rows, await replaced<CounterEvent>('counterEvent', null, query), counterEventPlace);
      return known.sort((a, b) => a.t - b.t || (a.signal < b.signal ? -1 : 1));
    },
    async oeePoints(scopes, query) {
      if (scopes.length === 0) return [];
      const rows = await select(
        `SELECT * FROM oee WHERE ${anyOf('scope', scopes)} AND ${between(query.from, query.to)}`,
      );
      return rows.map(readOeePoint).sort((a, b) => a.t - b.t);
    },
    async factRevisions(machines, from, to) {
      if (machines.length === 0) return new Map();
      const days = new Map(machines.map((machine) => [machine, new Map<number, number>()]));
      const rows = await select(
        `SELECT machine, revision FROM machine_day WHERE ${anyOf('machine', machines)} AND ${between(dayOf(from) * DAY, to + 1)}`,
      );
      for (const row of rows) days.get(String(row.machine))?.set(dayOf(Number(row.time)), Number(row.revision));
      return days;
    },
    extent,
    async prunedBefore() {
      // A user who may not ask is told nothing; then nothing is taken for gone.
      const policies = await select('SHOW RETENTION POLICIES').catch((): Row[] => []);
      const hours = /^(\d+)h/.exec(String(policies.find((policy) => policy.default === true)?.duration))?.[1];
      return hours === undefined || Number(hours) === 0 ? null : Date.now() - Number(hours) * HOUR;
    },
    async fill() {
      return { bytes: null, oldestMinute: (await extent())?.from ?? null };
    },
    async engine() {
      const [host] = await target.client.ping(5_000);
      if (!host?.online) throw influxError(target, new Error('no answer to a ping'));
      return { engine: 'influxdb', version: String(host.version ?? 'unknown') };
    },
    async close() {},
  };
}

interface RawResult {
  readonly results: readonly {
    readonly error?: string;
    readonly series?: readonly { readonly columns: readonly string[]; readonly values: readonly unknown[][] }[];
  }[];
}

function between(from: Instant, to: Instant): string {
  return `time >= ${from}ms AND time < ${to}ms`;
}

/** Ids come from the plant file, yet are quoted as if they came from anywhere. */
function anyOf(tag: string, ids: readonly string[]): string {
  return `(${ids.map((id) => `"${tag}" = '${id.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`).join(' OR ')})`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function header(row: Row): { revision: number; void?: boolean } {
  return Number(row.void) === 1 ? { revision: Number(row.revision), void: true } : { revision: Number(row.revision) };
}

function readInterval(row: Row): StateInterval {
  const end = Number(row.end);
  return {
    machine: text(row.machine),
    start: Number(row.time),
    end: end < 0 ? null : end,
    state: row.state as MachineState,
    reason: text(row.reason) || null,
    ...header(row),
  };
}

function readPieceKey(row: Row) {
  return {
    minute: Number(row.time),
    state: row.state as MachineState,
    product: text(row.product),
    order: text(row.order),
    slot: Number(row.slot),
    intervalStart: Number(row.intervalStart),
    start: Number(row.start),
    end: Number(row.end),
  };
}

function readPiece(row: Row): MachinePiece {
  return {
    machine: text(row.machine),
    ...readPieceKey(row),
    totalCount: Number(row.totalCount),
    goodCount: Number(row.goodCount),
    rejectCount: Number(row.rejectCount),
    ...(Number(row.provisional) === 1 ? { provisional: true } : {}),
    ...header(row),
  };
}

function readMeterPiece(row: Row): MeterPiece {
  return {
    meter: text(row.meter),
    machine: text(row.machine),
    ...readPieceKey(row),
    energyWh: Number(row.energyWh),
    exportWh: Number(row.exportWh),
    varh: Number(row.varh),
    coveredSeconds: Number(row.coveredSeconds),
    ...(Number(row.estimated) === 1 ? { estimated: true } : {}),
    ...header(row),
  };
}

function readCondition(row: Row): ConditionMinute {
  return {
    machine: text(row.machine),
    condition: text(row.condition),
    minute: Number(row.time),
    min: Number(row.min),
    mean: Number(row.mean),
    max: Number(row.max),
    last: Number(row.last),
    coveredSeconds: Number(row.coveredSeconds),
    ...header(row),
  };
}

function readCounterEvent(row: Row): CounterEvent {
  return {
    signal: text(row.signal),
    t: Number(row.time),
    raw: Number(row.raw),
    previousT: Number(row.previousT),
    previousRaw: Number(row.previousRaw),
    verdict: row.verdict as CounterVerdict,
    counted: Number(row.counted),
    ...header(row),
  };
}

function readOeePoint(row: Row): OeePoint {
  const ratio = (name: string): number | null => (typeof row[name] === 'number' ? row[name] : null);
  return {
    scope: text(row.scope),
    t: Number(row.time),
    shift: text(row.shift),
    date: text(row.date),
    availability: ratio('availability'),
    performance: ratio('performance'),
    quality: ratio('quality'),
    oee: ratio('oee'),
    plannedProductionSeconds: Number(row.plannedProductionSeconds),
    runSeconds: Number(row.runSeconds),
    idealSeconds: Number(row.idealSeconds),
    idealGoodSeconds: Number(row.idealGoodSeconds),
    totalCount: Number(row.totalCount),
    goodCount: Number(row.goodCount),
    rejectCount: Number(row.rejectCount),
  };
}
