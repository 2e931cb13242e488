import { effectiveEntries } from '../ledger/effective.ts';
import type { Entry } from '../ledger/entry.ts';
import type { CounterEvent, MeterPiece } from '../oee/facts.ts';
import type { Meter, Plant } from '../plant/model.ts';
import { applyExchange, type ExchangePart } from '../signal/exchange.ts';
import { type Instant, MINUTE, minuteOf, overlapMs, SECOND, type Span } from '../time/instant.ts';

/*
 * What people say about register steps (a meter exchange, a verdict on a jump), applied to facts when they are read.
 *
 * - A step was booked evenly over [previousT, t). The booked energy comes off there, and what people say goes on.
 * - A step that was booked without coverage gains it, and its minutes where they have no row yet.
 * - An exchange to a higher reading may have passed for plain consumption, so that there is no step to replace: then the
 *   difference of the two registers comes off the stretch of even power around it, which is where interpolation put it.
 */

export type ExchangeEntry = Extract<Entry, { type: 'meterExchange' }>;

type Field = 'energyWh' | 'exportWh' | 'varh';

interface Correction {
  readonly meter: string;
  readonly field: Field;
  /** Energy to add, Wh or varh, evenly over each span; negative takes off. */
  readonly parts: readonly (Span & { readonly amount: number })[];
  /** The step's time, where it was booked without coverage: it is known now. */
  readonly covers: Span | null;
}

const FIELD_OF = { importWh: 'energyWh', exportWh: 'exportWh', importVarh: 'varh' } as const;
type Register = keyof typeof FIELD_OF;

export interface Corrections {
  readonly plant: Plant;
  readonly meterPieces: readonly MeterPiece[];
  readonly counterEvents: readonly CounterEvent[];
  readonly entries: readonly Entry[];
}

/** Meter facts with the entries about their registers applied; the very same array where there are none. */
export function correctMeterPieces(input: Corrections): readonly MeterPiece[] {
  return correctRegisters(input).meterPieces;
}

export interface CorrectedRegisters {
  readonly meterPieces: readonly MeterPiece[];
  /** Exchanges that contradict the readings around them, so that they were not applied. */
  readonly refused: readonly ExchangeEntry[];
}

export function correctRegisters(input: Corrections): CorrectedRegisters {
  // By step: the entry recorded last is the one that counts.
  const byStep = new Map<string, Correction>();
  const refused: ExchangeEntry[] = [];
  for (const entry of effectiveEntries(input.entries)) {
    if (entry.type === 'counterVerdict') {
      const event = input.counterEvents.find((e) => !e.void && e.signal === entry.signal && e.t === entry.t);
      const parts = event ? [{ from: event.previousT, to: event.t, raw: entry.counted }] : [];
      const correction = event ? replaceStep(input.plant, event, parts) : null;
      if (event && correction) byStep.set(`${event.signal} ${event.t}`, correction);
    } else if (entry.type === 'meterExchange') {
      const event = stepAround(input.counterEvents, entry);
      const parts = event ? exchangeParts(event, entry) : null;
      if (event && !parts) refused.push(entry);
      const correction = event && parts ? replaceStep(input.plant, event, parts) : event ? null : rebase(input, entry);
      if (correction) byStep.set(event ? `${event.signal} ${event.t}` : `${entry.meter} ${entry.at}`, correction);
    }
  }
  return { meterPieces: [...byStep.values()].reduce(apply, input.meterPieces), refused };
}

/** The step in (previousT, t] of which the exchange lies; else the one that begins at the exchange itself. */
function stepAround(events: readonly CounterEvent[], entry: ExchangeEntry): CounterEvent | null {
  const own = events.filter((e) => !e.void && e.signal === `${entry.meter}.importWh`);
  const inside = own.find((e) => e.previousT < entry.at && entry.at <= e.t);
  return inside ?? own.find((e) => e.previousT === entry.at) ?? null;
}

/** Null where the readings contradict the entry. */
function exchangeParts(event: CounterEvent, entry: ExchangeEntry): readonly ExchangePart[] | null {
  if (entry.at !== event.previousT) return applyExchange(event, entry)?.parts ?? null;
  // Exchanged at the very instant of the last reading of the old meter: all of the step is the new one's time.
  const before = entry.oldFinal - event.previousRaw;
  const after = event.raw - entry.newStart;
  return before < 0 || after < 0 ? null : [{ from: event.previousT, to: event.t, raw: before + after }];
}

function replaceStep(plant: Plant, event: CounterEvent, parts: readonly ExchangePart[]): Correction | null {
  const dot = event.signal.lastIndexOf('.');
  const meter = plant.meters.get(event.signal.slice(0, dot));
  const register = event.signal.slice(dot + 1) as Register;
  const scale = scaleOf(meter, register);
  if (!meter || scale === null) return null;
  const span = { start: event.previousT, end: event.t };
  return {
    meter: meter.id,
    field: FIELD_OF[register],
    parts: [
      { ...span, amount: -event.counted * scale },
      ...parts.map((part) => ({ start: part.from, end: part.to, amount: part.raw * scale })),
    ],
    covers: event.verdict === 'pendingJump' || event.verdict === 'preset' ? span : null,
  };
}

function scaleOf(meter: Meter | undefined, register: Register): number | null {
  return meter && register in FIELD_OF ? (meter[register]?.scale ?? null) : null;
}

function rebase(input: Corrections, entry: ExchangeEntry): Correction | null {
  const scale = scaleOf(input.plant.meters.get(entry.meter), 'importWh');
  const surplus = entry.newStart - entry.oldFinal;
  if (scale === null || surplus <= 0) return null;
  const stretch = evenStretch(input.meterPieces, entry.meter, entry.at);
  if (!stretch || stretch.energyWh < surplus * scale) return null;
  const { start, end } = stretch;
  return { meter: entry.meter, field: 'energyWh', parts: [{ start, end, amount: -surplus * scale }], covers: null };
}

/** The longest stretch of one power around `t`: rows between the same two readings share it. */
function evenStretch(pieces: readonly MeterPiece[], meter: string, t: Instant): (Span & { energyWh: number }) | null {
  const rows = pieces
    .filter((p) => p.meter === meter && p.machine === '' && !p.void && p.end > p.start)
    .sort((a, b) => a.start - b.start);
  const middle = rows.findIndex((p) => p.start < t && t <= p.end);
  const found = rows[middle];
  if (!found) return null;
  const power = (p: MeterPiece): number => p.energyWh / (p.end - p.start);
  const same = (p: MeterPiece | undefined): p is MeterPiece =>
    p !== undefined && Math.abs(power(p) - power(found)) <= 1e-9 * power(found);
  let first = middle;
  let last = middle;
  while (same(rows[first - 1]) && rows[first - 1]?.end === rows[first]?.start) first -= 1;
  while (same(rows[last + 1]) && rows[last + 1]?.start === rows[last]?.end) last += 1;
  const energyWh = rows.slice(first, last + 1).reduce((wh, p) => wh + p.energyWh, 0);
  return { start: rows[first]?.start ?? found.start, end: rows[last]?.end ?? found.end, energyWh };
}

function apply(pieces: readonly MeterPiece[], correction: Correction): readonly MeterPiece[] {
  const all = correction.covers ? [...pieces, ...bareMinutes(pieces, correction.meter, correction.covers)] : pieces;
  return all.map((piece) => {
    if (piece.meter !== correction.meter || piece.void || piece.end <= piece.start) return piece;
    const amount = correction.parts.reduce(
      (sum, part) => sum + (part.amount * overlapMs(piece, part)) / (part.end - part.start),
      0,
    );
    const seconds = (piece.end - piece.start) / SECOND;
    const known = correction.covers ? overlapMs(piece, correction.covers) / SECOND : 0;
    const coveredSeconds =
      correction.field === 'energyWh' ? Math.min(seconds, piece.coveredSeconds + known) : piece.coveredSeconds;
    if (amount === 0 && coveredSeconds === piece.coveredSeconds) return piece;
    return { ...piece, [correction.field]: piece[correction.field] + amount, coveredSeconds };
  });
}

/** Empty rows of the meter itself for the time of a span that no row of it covers, a minute at most each. */
function bareMinutes(pieces: readonly MeterPiece[], meter: string, span: Span): MeterPiece[] {
  const rows = pieces
    .filter((p) => p.meter === meter && p.machine === '' && !p.void && overlapMs(p, span) > 0)
    .sort((a, b) => a.start - b.start);
  const bare: MeterPiece[] = [];
  let at = span.start;
  const fill = (until: Instant): void => {
    while (at < until) {
      const end = Math.min(minuteOf(at) + MINUTE, until);
      bare.push({
        meter,
        machine: '',
        minute: minuteOf(at),
        intervalStart: at,
        start: at,
        end,
        state: 'unknown',
        product: '',
        order: '',
        slot: 0,
        energyWh: 0,
        exportWh: 0,
        varh: 0,
        coveredSeconds: 0,
        revision: 0,
      });
      at = end;
    }
  };
  for (const row of rows) {
    fill(row.start);
    at = Math.max(at, row.end);
  }
  fill(span.end);
  return bare;
}
