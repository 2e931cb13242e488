import type { PlantSignal } from '#shared/plant/signals.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { isMachineState } from '#shared/state/state.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { Reading } from './source.ts';

/*
 * Raw readings -> samples: state, reason and product codes become ids, everything else must be a number.
 *
 * - Bad data never throws. What cannot be used has quality `bad` and a finding that names the raw value.
 * - A state code that no map knows is `unknown`, never a guess.
 * - Numbers stay raw: scale, modulus and the counter referee come later.
 * - Where a map decides the value, the sample keeps what the source said: a mapping that was wrong can be put right.
 */

/** What a signal is and how its raw values are named. */
export type SignalMeaning = Pick<PlantSignal, 'signal' | 'kind' | 'map'>;

export type ReportFinding = (code: string, signal: string, message: string, t: Instant) => void;

export function bindReading(meaning: SignalMeaning, reading: Reading, report: ReportFinding): Sample {
  const { signal } = meaning;
  const { t, received } = reading;
  const sample = (value: Sample['value'], quality: Sample['quality']): Sample => ({
    t,
    signal,
    value,
    quality,
    received,
  });
  if (reading.quality === 'bad') return sample(null, 'bad');
  const raw = { value: reading.value, quality: reading.quality };
  switch (meaning.kind) {
    case 'state':
      return { ...bindState(meaning, reading, report, sample), raw };
    case 'reason':
      return { ...sample(reasonOf(meaning, reading, report), reading.quality), raw };
    case 'product':
      return { ...sample(codeOf(meaning, reading.value), reading.quality), raw };
    case 'order':
      return sample(textOf(reading.value), reading.quality);
    default:
  }
  if (typeof reading.value === 'number' && Number.isFinite(reading.value))
    return sample(reading.value, reading.quality);
  report('notANumber', signal, `${signal}: ${quote(reading.value)} is not a number; check the node or register`, t);
  return sample(null, 'bad');
}

function bindState(
  meaning: SignalMeaning,
  reading: Reading,
  report: ReportFinding,
  sample: (value: Sample['value'], quality: Sample['quality']) => Sample,
): Sample {
  const state = lookUp(meaning.map, reading.value) ?? textOf(reading.value);
  if (isMachineState(state)) return sample(state, reading.quality);
  const { signal } = meaning;
  const what = `${signal}: the state ${quote(reading.value)} is not in the map of the plant file; it counts as unknown`;
  report('unmappedState', signal, what, reading.t);
  return sample(null, 'bad');
}

/** 0 and the empty text are how PLCs say "no reason". */
function reasonOf(meaning: SignalMeaning, reading: Reading, report: ReportFinding): string | null {
  const { map, signal } = meaning;
  const mapped = lookUp(map, reading.value);
  if (mapped !== null) return mapped;
  const text = textOf(reading.value);
  if (text === null || text === '0' || text === 'false') return null;
  if (map === null) return text;
  const what = `${signal}: the stop code ${quote(reading.value)} is not in the map of the plant file; the stop has no reason`;
  report('unmappedReason', signal, what, reading.t);
  return null;
}

/** A product that no map knows keeps its own name: it was made, and a later plant file can still name it. */
function codeOf(meaning: SignalMeaning, raw: Reading['value']): string | null {
  return lookUp(meaning.map, raw) ?? textOf(raw);
}

function lookUp(map: ReadonlyMap<string, string> | null, raw: Reading['value']): string | null {
  if (map === null || raw === null) return null;
  const found = map.get(String(raw).trim());
  if (found !== undefined) return found;
  return typeof raw === 'boolean' ? (map.get(raw ? '1' : '0') ?? null) : null;
}

function textOf(raw: Reading['value']): string | null {
  const text = raw === null ? '' : String(raw).trim();
  return text === '' ? null : text;
}

function quote(raw: Reading['value']): string {
  return typeof raw === 'string' ? `"${raw.slice(0, 60)}"` : String(raw);
}
