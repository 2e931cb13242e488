import { z } from 'zod';
import { STATE_PRESETS, type StatePreset, statePresets } from '../state/presets.ts';
import { MACHINE_STATES, type MachineState } from '../state/state.ts';
import type { ConditionConfig, CounterConfig, Machine, MachineStateConfig } from './model.ts';
import { chosen, code, id, isMapping, mapping, notNegative, positive, text, versioned } from './schema-basics.ts';
import { namesSchema } from './schema-names.ts';
import { bound, type SourceTypes } from './schema-source.ts';

const orNull = <T>(value: T | undefined): T | null => value ?? null;
const codeMap = (value: z.ZodType<string>) => z.record(z.string(), value);
const toMap = <T>(given: Readonly<Record<string, T>> | undefined) => (given ? new Map(Object.entries(given)) : null);

/** Without a preset or a map, the source gives our own names. */
const OWN_NAMES: ReadonlyMap<string, MachineState> = new Map(MACHINE_STATES.map((s) => [s, s]));

function stateMap(preset: StatePreset | undefined, map: Readonly<Record<string, MachineState>> | undefined) {
  if (!preset && !map) return OWN_NAMES;
  return new Map<string, MachineState>([...(preset ? statePresets[preset] : []), ...Object.entries(map ?? {})]);
}

function stateSchema(sources: SourceTypes): z.ZodType<MachineStateConfig> {
  const fromSignal: z.ZodType<MachineStateConfig> = bound(sources, {
    from: z.literal('signal').optional(),
    preset: z.enum(STATE_PRESETS).optional(),
    map: z.record(z.string(), z.enum(MACHINE_STATES)).optional(),
  }).transform(({ binding, own }) => ({
    from: 'signal',
    binding,
    preset: orNull(own.preset),
    map: stateMap(own.preset, own.map),
  }));
  const fromPower: z.ZodType<MachineStateConfig> = mapping({
    from: z.literal('power'),
    meter: id,
    runningAboveWatts: positive,
    idleAboveWatts: notNegative,
    holdSeconds: notNegative.optional(),
  })
    .transform((given) => ({ ...given, holdSeconds: given.holdSeconds ?? 5 }))
    .refine((given) => given.idleAboveWatts <= given.runningAboveWatts, {
      path: ['idleAboveWatts'],
      error: 'must not be above runningAboveWatts',
    });
  const fromCounts: z.ZodType<MachineStateConfig> = mapping({
    from: z.literal('counts'),
    stoppedAfterSeconds: positive,
  });
  const unknownFrom: z.ZodType<MachineStateConfig> = mapping({ from: z.enum(['signal', 'power', 'counts']) }).transform(
    () => z.NEVER,
  );
  return chosen((value) => {
    const from = isMapping(value) ? value.from : undefined;
    if (from === 'power') return fromPower;
    if (from === 'counts') return fromCounts;
    return from === undefined || from === 'signal' ? fromSignal : unknownFrom;
  });
}

function counterSchema(sources: SourceTypes): z.ZodType<CounterConfig> {
  return bound(sources, {
    kind: z.enum(['cumulative', 'delta']).optional(),
    modulus: positive.optional(),
    maxPerSecond: positive.optional(),
    jitter: notNegative.optional(),
  }).transform(({ binding, own }) => ({
    binding,
    kind: own.kind ?? 'cumulative',
    modulus: orNull(own.modulus),
    maxPerSecond: orNull(own.maxPerSecond),
    jitter: own.jitter ?? 0,
  }));
}

const SIGNAL_NAMES = ['state', 'total', 'good', 'reject', 'cycles', 'product', 'order', 'reason'];

function conditionSchema(sources: SourceTypes): z.ZodType<ConditionConfig> {
  const conditionId = id.refine((value) => !SIGNAL_NAMES.includes(value), {
    error: `must not be the name of another signal (${SIGNAL_NAMES.join(', ')})`,
  });
  return bound(sources, {
    id: conditionId,
    unit: z
      .string()
      .max(40, { error: 'must be the unit of the value, like mm/s (the Modbus unit is unitId)' })
      .optional(),
    warn: z.number().optional(),
    alarm: z.number().optional(),
  }).transform(({ binding, own }) => ({
    id: own.id,
    binding,
    unit: own.unit ?? '',
    warn: orNull(own.warn),
    alarm: orNull(own.alarm),
  }));
}

/** A machine as it stands in its line's list. */
export function machineSchema(zone: string, sources: SourceTypes): z.ZodType<Omit<Machine, 'line'>> {
  const counter = counterSchema(sources).optional();
  const mapped = { map: codeMap(code).optional() };
  const share = z
    .number()
    .gt(0)
    .max(1, { error: (issue) => `must be a share from 0 to 1 (0.75 is 75 %), not ${String(issue.input)}` });
  return mapping({
    id,
    name: text.optional(),
    names: namesSchema.optional(),
    idealCycleSeconds: versioned(zone, positive).optional(),
    smallStopSeconds: versioned(zone, notNegative).optional(),
    breakPolicy: versioned(zone, z.enum(['exclude', 'runThrough'])).optional(),
    state: stateSchema(sources).optional(),
    total: counter,
    good: counter,
    reject: counter,
    cycles: counter,
    product: bound(sources, mapped).optional(),
    order: bound(sources, {}).optional(),
    reason: bound(sources, { ...mapped, hold: z.enum(['stop', 'value']).optional() }).optional(),
    targetOee: versioned(zone, share).optional(),
    costPerHour: notNegative.optional(),
    piecesPerCount: positive.optional(),
    performanceCap: positive.optional(),
    conditions: z.array(conditionSchema(sources)).optional(),
  }).transform((given) => ({
    id: given.id,
    name: given.name ?? given.id,
    names: given.names,
    idealCycleSeconds: orNull(given.idealCycleSeconds),
    smallStopSeconds: given.smallStopSeconds ?? [{ validFrom: Number.NEGATIVE_INFINITY, value: 300 }],
    breakPolicy: given.breakPolicy ?? [{ validFrom: Number.NEGATIVE_INFINITY, value: 'exclude' as const }],
    state: orNull(given.state),
    total: orNull(given.total),
    good: orNull(given.good),
    reject: orNull(given.reject),
    cycles: orNull(given.cycles),
    product: given.product ? { binding: given.product.binding, map: toMap(given.product.own.map) } : null,
    order: given.order ? { binding: given.order.binding } : null,
    reason: given.reason
      ? { binding: given.reason.binding, map: toMap(given.reason.own.map), hold: given.reason.own.hold ?? 'stop' }
      : null,
    targetOee: orNull(given.targetOee),
    costPerHour: orNull(given.costPerHour),
    piecesPerCount: given.piecesPerCount ?? 1,
    performanceCap: orNull(given.performanceCap),
    conditions: given.conditions ?? [],
  }));
}
