import type { FactBatch, MachinePiece, MeterPiece } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import type { Instant } from '#shared/time/instant.ts';
import { FactsOracle } from '../oracle/facts-oracle.ts';

/** Rows by key; numbers may differ by what adding floats may. */
export type FactTable = ReadonlyMap<string, Readonly<Record<string, unknown>>>;
type Facts = Pick<FactBatch, 'intervals' | 'pieces' | 'meterPieces' | 'counterEvents'>;

const COUNTERS = ['total', 'good', 'reject', 'cycles'];
const REGISTERS = ['importWh', 'exportWh', 'importVarh'];
const EXACT = 1e-6;

/** Facts worked out second by second from all samples. */
export function oracleTable(plant: Plant, samples: readonly Sample[], to: Instant): FactTable {
  const oracle = new FactsOracle(plant, samples, to);
  const table = new Map<string, Record<string, unknown>>();
  for (const m of plant.machines.values()) {
    for (const { start, ...rest } of oracle.intervals(m)) table.set(`interval|${m.id}|${start}`, rest);
    for (const { key, ...rest } of oracle.pieces(m)) table.set(`piece|${key}`, rest);
  }
  for (const m of plant.meters.values()) {
    for (const { key, ...rest } of oracle.meterPieces(m)) table.set(`meter|${key}`, rest);
  }
  for (const signal of countersOf(plant)) {
    for (const { t, raw, verdict, counted } of oracle.events(signal))
      table.set(`event|${signal}|${t}`, { raw, verdict, counted });
  }
  return table;
}

/** The same shape from facts, void ones left out. A key that comes twice is a problem of its own. */
export function factTable(facts: Facts, problems: string[]): FactTable {
  const table = new Map<string, Record<string, unknown>>();
  const put = (key: string, row: Record<string, unknown>) => {
    if (table.has(key)) problems.push(`${key} stands there twice`);
    table.set(key, row);
  };
  for (const { machine, start, end, state, reason } of facts.intervals)
    put(`interval|${machine}|${start}`, { end, state, reason });
  for (const p of facts.pieces) {
    const { intervalStart, start, end, totalCount, goodCount, rejectCount, provisional = false } = p;
    put(`piece|${p.machine}|${tail(p)}`, {
      intervalStart,
      start,
      end,
      totalCount,
      goodCount,
      rejectCount,
      provisional,
    });
  }
  for (const p of facts.meterPieces) {
    const { start, end, energyWh, exportWh, varh, coveredSeconds, estimated = false } = p;
    put(`meter|${p.meter}|${p.machine}|${tail(p)}`, {
      start,
      end,
      energyWh,
      exportWh,
      varh,
      coveredSeconds,
      estimated,
    });
  }
  for (const { signal, t, raw, verdict, counted } of facts.counterEvents)
    put(`event|${signal}|${t}`, { raw, verdict, counted });
  return table;
}

/** What differs, as sentences. */
export function tableDifferences(expected: FactTable, found: FactTable): string[] {
  const problems: string[] = [];
  for (const [key, row] of expected) {
    const other = found.get(key);
    if (!other) problems.push(`${key} is missing: ${JSON.stringify(row)}`);
    else if (!sameRow(row, other)) problems.push(`${key}: ${JSON.stringify(other)} instead of ${JSON.stringify(row)}`);
  }
  for (const [key, row] of found) if (!expected.has(key)) problems.push(`${key} is too much: ${JSON.stringify(row)}`);
  return problems;
}

function sameRow(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(a).every(([name, value]) => {
    const other = b[name];
    return typeof value === 'number' && typeof other === 'number' ? Math.abs(value - other) < EXACT : value === other;
  });
}

function tail(p: MachinePiece | MeterPiece): string {
  return `${p.minute}|${p.state}|${p.product}|${p.order}|${p.slot}`;
}

function countersOf(plant: Plant): string[] {
  return [
    ...[...plant.machines.keys()].flatMap((id) => COUNTERS.map((what) => `${id}.${what}`)),
    ...[...plant.meters.keys()].flatMap((id) => REGISTERS.map((what) => `${id}.${what}`)),
  ];
}
