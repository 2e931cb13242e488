import { z } from 'zod';
import { sourceDetails } from '#shared/contract/source-details.ts';
import type { CounterVerdict } from '#shared/oee/facts.ts';
import { MACHINE_STATES } from '#shared/state/state.ts';

/*
 * What the api accepts from the broker. Anything may publish there, so a message that has not this shape is counted and
 * dropped. The shapes are those of shared/contract/mqtt.ts.
 */
const instant = z.number().int().min(-8.64e15).max(8.64e15);
const count = z.number();
const id = z.string().max(256);
const envelope = { version: z.literal(1), edge: id, epoch: z.number(), revision: z.number() };
const header = { revision: z.number(), void: z.boolean().exactOptional() };
const state = z.enum(MACHINE_STATES);
const pieceKey = { minute: instant, state, product: id, order: id, slot: z.number().int() };
const within = { intervalStart: instant, start: instant, end: instant };

export const stateInterval = z.object({
  ...header,
  machine: id,
  start: instant,
  end: instant.nullable(),
  state,
  reason: id.nullable(),
});

export const machinePiece = z.object({
  ...header,
  ...pieceKey,
  ...within,
  machine: id,
  totalCount: count,
  goodCount: count,
  rejectCount: count,
  provisional: z.boolean().exactOptional(),
});

export const meterPiece = z.object({
  ...header,
  ...pieceKey,
  ...within,
  meter: id,
  machine: id,
  energyWh: count,
  exportWh: count,
  varh: count,
  coveredSeconds: count,
  estimated: z.boolean().exactOptional(),
});

export const stateMessage = z.object({
  ...envelope,
  machine: id,
  state,
  since: instant,
  reason: id.nullable(),
  product: id,
  order: id,
});

export const machineLive = z.object({
  ...envelope,
  machine: id,
  t: instant,
  state,
  stateSince: instant,
  powerW: z.number().nullable(),
  openFacts: z.object({ intervals: z.array(stateInterval), pieces: z.array(machinePiece) }),
  conditions: z.record(id, z.number().nullable()),
});

export const meterLive = z.object({
  ...envelope,
  meter: id,
  t: instant,
  powerW: z.number().nullable(),
  openFacts: z.array(meterPiece),
});

const verdicts = [
  'rollover',
  'reset',
  'resetAtOrder',
  'jitter',
  'glitch',
  'preset',
  'pendingReset',
  'pendingJump',
  'exchange',
] as const satisfies readonly CounterVerdict[];

export const counterEvent = z.object({
  ...header,
  signal: id,
  t: instant,
  raw: z.number(),
  previousT: instant,
  previousRaw: z.number(),
  verdict: z.enum(verdicts),
  counted: count,
});

/** Conditions, oee points and history go to the historian only; the live views do not need them. */
export const factMessage = z.object({
  ...envelope,
  facts: z.object({
    intervals: z.array(stateInterval).optional(),
    pieces: z.array(machinePiece).optional(),
    meterPieces: z.array(meterPiece).optional(),
    counterEvents: z.array(counterEvent).optional(),
  }),
});

export const edgeBirth = z.object({
  ...envelope,
  plantHash: z.string(),
  edgeVersion: z.string(),
  startedAt: instant,
});

export const edgeHealth = z.object({
  ...envelope,
  state: z.enum(['online', 'offline', 'seeding']),
  t: instant,
  sources: z.array(
    z.object({
      id,
      type: id,
      endpoint: z.string(),
      state: z.enum(['connecting', 'connected', 'degraded', 'failed']),
      message: z.string().nullable(),
      since: instant,
      lastReadingAt: instant.nullable(),
      signals: count,
      readings: count,
      details: sourceDetails.exactOptional(),
    }),
  ),
  counters: z.record(z.string(), z.number()),
  seedProgress: z.number().exactOptional(),
  findings: z.array(z.object({ code: z.string(), signal: z.string(), t: instant, message: z.string() })),
});
