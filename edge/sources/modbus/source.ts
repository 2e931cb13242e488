import type { Item, Reading, SourceHost, SourceType } from '#edge/core/source.ts';
import { SourceError } from '#edge/core/source.ts';
import type { Instant } from '#shared/time/instant.ts';
import { decode, isImplausible, type RegisterType } from './decode.ts';
import type { ReadFunction } from './frame.ts';
import { type Line, ModbusException, openLine } from './line.ts';
import { type ModbusOptions, readModbusOptions } from './options.ts';
import { type Block, type Field, isBits, readField, sizeOf } from './plan.ts';
import { createUnits, type Unit } from './unit.ts';

/*
 * Modbus TCP and RTU over TCP, reading only (functions 1 to 4).
 *
 * - Units that answer are asked first in each round; a unit that did not is asked in the time left over, ever more rarely, so
 *   that it delays nobody.
 * - A reading is stamped with the moment of its request: the protocol has no time of its own.
 * - When nothing at all answers any more, the connection ends and says when it last heard something.
 */

const SILENCE_POLLS = 3;
const SILENCE_MINIMUM_MS = 3000;
/** Modbus exceptions that say "there is no such register here": asking again changes nothing. */
const REFUSALS = new Set([1, 2, 3]);
const FUNCTIONS: Readonly<Record<RegisterType, ReadFunction>> = { coil: 1, discrete: 2, holding: 3, input: 4 };

export function createModbusSource(): SourceType {
  return {
    type: 'modbus',
    async start(source, items, host) {
      const options = readModbusOptions(source.id, source.options);
      const units = createUnits(readFields(items, host), host.now());
      const stopping = new AbortController();
      let settle: (error: SourceError | null) => void = () => {};
      const closed = new Promise<SourceError | null>((resolve) => {
        settle = resolve;
      });
      const startedAt = host.now();
      const lastAnswer = () => units.reduce((latest, unit) => Math.max(latest, unit.lastAnswer), startedAt);
      let line: Line | null = null;
      const end = (why: string) => {
        if (stopping.signal.aborted) return;
        stopping.abort();
        host.lost(lastAnswer(), why);
        line?.close();
        settle(new SourceError('lost', `${source.id}: ${why}`, { retryable: true }));
      };
      const opened = await openLine({
        ...options,
        count: (name) => host.count(name),
        onEnd: end,
      }).catch((error: Error) => {
        const where = `${source.id} (${options.host}:${options.port})`;
        const message = `${where}: cannot be reached (${error.message}); check that it runs and that the network lets us through`;
        throw new SourceError('unreachable', message, { retryable: true, cause: error });
      });
      line = opened;
      const silenceMs = Math.max(SILENCE_MINIMUM_MS, SILENCE_POLLS * options.pollMs);
      void poll(opened, options, units, host, stopping.signal, () => {
        if (units.every((unit) => unit.blocks().length === 0)) return;
        if (host.now() - lastAnswer() > silenceMs) end(`nothing heard for ${(silenceMs / 1000).toFixed(1)} s`);
      });
      return {
        closed,
        async stop() {
          stopping.abort();
          opened.close();
          settle(null);
        },
      };
    },
  };
}

function readFields(items: readonly Item[], host: SourceHost): Field[] {
  const fields: Field[] = [];
  for (const item of items) {
    const field = readField(item);
    if ('message' in field) host.finding('badAddress', field.message, field.signal);
    else fields.push(field);
  }
  return fields;
}

async function poll(
  line: Line,
  options: ModbusOptions,
  units: readonly Unit[],
  host: SourceHost,
  stopping: AbortSignal,
  afterRound: () => void,
): Promise<void> {
  let next = host.now();
  while (!stopping.aborted) {
    await together(
      options.parallel,
      units.filter((u) => !u.silent),
      async (unit) => {
        if (!stopping.aborted) await ask(line, unit, options.timeoutMs, host);
      },
    );
    next = Math.max(next + options.pollMs, host.now());
    for (const unit of units.filter((u) => u.silent && u.notBefore <= host.now())) {
      const left = Math.min(options.timeoutMs, next - host.now());
      const alone = units.every((u) => u.silent);
      if (stopping.aborted || (left < options.timeoutMs / 4 && !alone)) break;
      await ask(line, unit, alone ? options.timeoutMs : left, host);
    }
    if (stopping.aborted) return;
    afterRound();
    await pause(next - host.now(), stopping);
  }
}

/** Runs `work` on all, so many at a time. */
async function together<T>(width: number, all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const queue = [...all];
  const worker = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

async function ask(line: Line, unit: Unit, timeoutMs: number, host: SourceHost): Promise<void> {
  const batch: Reading[] = [];
  for (const block of unit.blocks()) {
    const t = host.now();
    const request = { unit: block.unit, fn: FUNCTIONS[block.registerType], start: block.start, count: block.words };
    try {
      const data = await line.request(request, Math.max(1, timeoutMs));
      unit.answered(host.now());
      batch.push(...block.fields.map((field) => readingOf(field, block, data, t, host)));
    } catch (error) {
      if (error instanceof ModbusException && REFUSALS.has(error.code)) {
        unit.answered(host.now());
        refused(unit, block, error.code, host);
        continue;
      }
      if (!line.isOpen) return;
      const news = unit.missed(host.now());
      const why = error instanceof Error ? error.message : String(error);
      if (news) host.lost(unit.lastAnswer, `unit ${unit.id} does not answer (${why})`, unit.signals);
      break;
    }
  }
  if (batch.length > 0) host.readings(batch);
}

function refused(unit: Unit, block: Block, code: number, host: SourceHost): void {
  if (unit.split(block)) return;
  unit.drop(block);
  const [field] = block.fields;
  if (!field) return;
  const place = `${field.registerType} register ${field.register} (${field.dataType}) of unit ${unit.id}`;
  host.finding('registerRefused', `${field.signal}: the device refused ${place}, exception ${code}`, field.signal);
}

function readingOf(field: Field, block: Block, data: Buffer, t: Instant, host: SourceHost): Reading {
  const { signal, registerType } = field;
  const received = host.now();
  const at = field.register - block.start;
  if (isBits(registerType)) {
    return { signal, value: (((data[at >> 3] ?? 0) >> (at & 7)) & 1) === 1, quality: 'good', t, received };
  }
  const raw = readRaw(field, data.subarray(at * 2, (at + sizeOf(field)) * 2), host);
  return {
    signal,
    value: raw === null ? null : raw * field.factor,
    quality: raw === null ? 'bad' : 'good',
    t,
    received,
  };
}

/** Null, with a finding, where the registers hold no number that a meter can mean. */
function readRaw(field: Field, bytes: Buffer, host: SourceHost): number | null {
  const { signal, dataType, wordOrder, byteOrder, register, unit, absent } = field;
  const raw = decode(bytes, dataType, wordOrder, byteOrder);
  const place = `${signal}: ${dataType} at register ${register} of unit ${unit}`;
  if (raw === null || raw === absent) {
    host.finding(
      'registerEmpty',
      `${place} holds no number; check that the meter measures this, and the data type`,
      signal,
    );
    return null;
  }
  if (!isImplausible(raw, dataType)) {
    host.clear('registerEmpty', signal);
    host.clear('wordOrder', signal);
    return raw;
  }
  const other = wordOrder === 'big' ? 'little' : 'big';
  const otherWay = decode(bytes, dataType, other, byteOrder);
  const hint =
    otherWay !== null && !isImplausible(otherWay, dataType)
      ? `with wordOrder: ${other} it would be ${Number(otherWay.toPrecision(6))}`
      : 'check register, dataType, wordOrder and byteOrder';
  host.finding('wordOrder', `${place} reads ${raw.toExponential(2)}, which no meter means; ${hint}`, signal);
  return null;
}

/** Ends early, without an error, when asked to stop. */
function pause(ms: number, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, Math.max(0, ms));
    stopping.addEventListener('abort', done);
    function done(): void {
      clearTimeout(timer);
      stopping.removeEventListener('abort', done);
      resolve();
    }
    if (stopping.aborted) done();
  });
}
