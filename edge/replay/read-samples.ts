import { UserError } from '#shared/contract/command.ts';
import { parseInstant } from '#shared/ledger/schema.ts';
import type { Plant } from '#shared/plant/model.ts';
import { type PlantSignal, type SignalKind, signalsOf } from '#shared/plant/signals.ts';
import { nearest } from '#shared/plant/suggest.ts';
import type { Quality, Sample } from '#shared/signal/sample.ts';
import { splitCsv } from './csv.ts';
import { readLines } from './lines.ts';
import { SampleTable } from './sample-table.ts';

/** Readings beyond this are no readings: no counter and no register reaches it. */
const LARGEST = 1e15;
const QUALITIES: readonly string[] = ['good', 'uncertain', 'bad'];
const COLUMNS = ['t', 'signal', 'value', 'quality', 'received', 'id'] as const;
type Column = (typeof COLUMNS)[number];

type Fields = Readonly<Partial<Record<Column, unknown>>>;
type Form = 'json' | 'cells';

/**
 * Reads samples from NDJSON, or from CSV with a header `t,signal,value[,quality,received,id]`, line by line.
 * @throws UserError naming file, line and what to do.
 */
export async function readSamples(plant: Plant, file: string, tick: (lines: number) => void): Promise<SampleTable> {
  const table = new SampleTable();
  const check = sampleCheck(plant);
  let read: ((text: string, refuse: Refuse) => Sample) | null = null;
  for await (const line of readLines(file)) {
    if (line.number % 100_000 === 0) tick(line.number);
    const text = line.number === 1 ? line.text.replace(/^\uFEFF/, '') : line.text;
    if (text.trim() === '') continue;
    const refuse = (message: string) => new UserError(`${file}:${line.number}: ${message}`);
    if (!read) {
      const header = text.trimStart().startsWith('{') ? null : readHeader(text, refuse);
      read = header
        ? (row, no) => check(fromCsv(row, header, no), no, 'cells')
        : (row, no) => check(fromJson(row, no), no, 'json');
      if (header) continue;
    }
    table.add(read(text, refuse));
  }
  if (!read)
    throw new UserError(
      `${file}:1: is empty; give one sample a line, like {"t":"2026-06-01T09:00:00Z","signal":"filler.state","value":"down"}`,
    );
  return table;
}

type Refuse = (message: string) => UserError;

function fromJson(text: string, refuse: Refuse): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const cut = text.trimStart().startsWith('{') && !text.trimEnd().endsWith('}');
    throw refuse(
      cut
        ? 'the line ends in the middle of a sample: the file is cut off; copy it again'
        : `is not JSON: ${excerpt(text)}; give one sample a line`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(
      `is ${excerpt(text)}, not a sample; a sample is an object like {"t":"...","signal":"filler.state","value":"down"}`,
    );
  }
  return value;
}

function readHeader(text: string, refuse: Refuse): readonly Column[] {
  const names = splitCsv(text)?.map((name) => name.trim()) ?? [];
  const known = names.filter((name): name is Column => (COLUMNS as readonly string[]).includes(name));
  const complete = (['t', 'signal', 'value'] as const).every((name) => known.includes(name));
  if (known.length !== names.length || !complete || new Set(known).size !== known.length) {
    throw refuse('is neither a JSON sample nor the header of a CSV file: t,signal,value[,quality,received,id]');
  }
  return known;
}

function fromCsv(text: string, header: readonly Column[], refuse: Refuse): Fields {
  const cells = splitCsv(text);
  if (!cells) throw refuse('a quotation mark is not closed: the file may be cut off');
  if (cells.length !== header.length) {
    throw refuse(
      `has ${cells.length} cells where the header has ${header.length}: the file may be cut off, or use another separator than the comma`,
    );
  }
  const fields: Partial<Record<Column, unknown>> = {};
  header.forEach((name, i) => {
    const cell = cells[i]?.trim() ?? '';
    if (cell !== '') fields[name] = cell;
    else if (name === 'value') fields.value = null;
  });
  return fields;
}

/** From fields to a sample of a signal that the plant has, its value of the signal's type. */
function sampleCheck(plant: Plant): (fields: Fields, refuse: Refuse, form: Form) => Sample {
  const signals = new Map(signalsOf(plant).map((s) => [s.signal, s]));
  return (fields, refuse, form) => {
    const t = readInstant(fields.t, 't', refuse);
    if (typeof fields.signal !== 'string') throw refuse('signal: must be text like "filler.state"');
    const signal = signals.get(fields.signal);
    if (!signal) throw refuse(unknownSignal(fields.signal, [...signals.keys()]));
    if (!('value' in fields)) throw refuse('value: is missing; null says that there is none');
    const quality = fields.quality ?? 'good';
    if (typeof quality !== 'string' || !QUALITIES.includes(quality)) {
      throw refuse(`quality: ${excerpt(quality)} is none of good, uncertain, bad`);
    }
    const received = fields.received === undefined ? t : readInstant(fields.received, 'received', refuse);
    const { id } = fields;
    if (id !== undefined && typeof id !== 'string') throw refuse(`id: ${excerpt(id)} must be text`);
    const given = form === 'cells' ? numberOf(fields.value, signal.kind) : fields.value;
    const value = readValue(given, signal, quality as Quality, refuse);
    return {
      t,
      signal: signal.signal,
      value: value ?? null,
      quality: value === undefined ? 'bad' : (quality as Quality),
      received,
      ...(id === undefined ? {} : { id }),
    };
  };
}

const NUMERIC: ReadonlySet<SignalKind> = new Set(['counter', 'register', 'power', 'condition']);

/** Undefined: there was no reading. */
function readValue(
  value: unknown,
  { signal, kind }: PlantSignal,
  quality: Quality,
  refuse: Refuse,
): string | number | null | undefined {
  if (!NUMERIC.has(kind)) {
    if (value === null || typeof value === 'string') return value;
    if (kind === 'state')
      throw refuse(`value: ${excerpt(value)} is no state of ${signal}; give the mapped name, like "running"`);
    if (typeof value === 'number') return String(value);
    throw refuse(`value: ${excerpt(value)} of ${signal} must be text`);
  }
  // Sources deliver garbage with a bad quality; it is not read.
  if (value === null || quality === 'bad') return undefined;
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) {
    throw refuse(`value: "${excerpt(value)}" of ${signal} is text; write the number without quotes`);
  }
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw refuse(`value: ${excerpt(value)} of ${signal} is not a number`);
  }
  if (Math.abs(value) > LARGEST) {
    throw refuse(
      `value: ${excerpt(value)} of ${signal} is beyond any reading (at most ${LARGEST}); check how the file was made`,
    );
  }
  return value;
}

/** A cell of CSV is text whatever it holds. */
function numberOf(cell: unknown, kind: SignalKind): unknown {
  const number = NUMERIC.has(kind) && typeof cell === 'string' ? Number(cell) : Number.NaN;
  return Number.isNaN(number) ? cell : number;
}

function readInstant(value: unknown, name: string, refuse: Refuse): number {
  const t = typeof value === 'string' ? parseInstant(value) : null;
  if (t !== null) return t;
  if (value === undefined) throw refuse(`${name}: is missing; give an instant like "2026-06-01T09:00:00Z"`);
  throw refuse(
    `${name}: ${excerpt(value)} is not an instant between 1970 and 2200 with an offset, like "2026-06-01T09:00:00Z"`,
  );
}

function unknownSignal(signal: string, known: readonly string[]): string {
  const near = nearest(signal, known);
  const hint =
    near === null
      ? 'signals are named machine.state, machine.total, meter.importWh and so on'
      : `did you mean ${near}?`;
  return `signal: the plant has no "${excerpt(signal)}"; ${hint}`;
}

function excerpt(value: unknown): string {
  const text =
    typeof value === 'string' || typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
