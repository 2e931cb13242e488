import modbusSerial from 'modbus-serial';
import type { Item, Reading, SourceHost, SourceType } from '#edge/core/source.ts';
import { SourceError } from '#edge/core/source.ts';
import type { Instant } from '#shared/time/instant.ts';
import { decode, wordsOf } from './decode.ts';
import { type ModbusOptions, readModbusOptions } from './options.ts';
import { type Block, type Field, readField } from './plan.ts';
import { createUnits, type Unit } from './unit.ts';

/*
 * Modbus TCP, reading only (functions 3 and 4).
 *
 * - One connection asks one thing at a time, as gateways to a serial bus want it. Units that answer are asked first in each
 *   round; a unit that did not is asked in the time left over, ever more rarely, so that it delays nobody.
 * - A reading is stamped with the moment of its request: the protocol has no time of its own.
 * - When nothing at all answers any more, the connection ends and says when it last heard something.
 */

const CONNECT_TIMEOUT_MS = 5000;
const SILENCE_POLLS = 3;
const SILENCE_MINIMUM_MS = 3000;
/** Modbus exceptions that say "there is no such register here": asking again changes nothing. */
const REFUSALS = new Set([1, 2, 3]);

/** A CommonJS package: the type of its default import differs between module resolutions; at run time it is the class. */
type InstanceOf<T> = T extends new (
  ...args: never[]
) => infer I
  ? I
  : T extends { readonly default: new (...args: never[]) => infer I }
    ? I
    : never;
type Client = InstanceOf<typeof modbusSerial>;
const ModbusClient = modbusSerial as unknown as new () => Client;

export function createModbusSource(): SourceType {
  return {
    type: 'modbus',
    async start(source, items, host) {
      const options = readModbusOptions(source.id, source.options);
      const fields = readFields(items, host);
      const client = await connect(source.id, options);
      const units = createUnits(fields, host.now());
      const stopping = new AbortController();
      let settle: (error: SourceError | null) => void = () => {};
      const closed = new Promise<SourceError | null>((resolve) => {
        settle = resolve;
      });
      const startedAt = host.now();
      const lastAnswer = () => units.reduce((latest, unit) => Math.max(latest, unit.lastAnswer), startedAt);
      const end = (why: string) => {
        if (stopping.signal.aborted) return;
        stopping.abort();
        host.lost(lastAnswer(), why);
        client.destroy(() => {});
        settle(new SourceError('lost', `${source.id}: ${why}`, { retryable: true }));
      };
      client.on('close', () => end('the connection was closed by the device or the network'));
      client.on('error', (error) => end(`the connection failed (${messageOf(error)})`));
      const silenceMs = Math.max(SILENCE_MINIMUM_MS, SILENCE_POLLS * options.pollMs);
      void poll(client, options, units, host, stopping.signal, () => {
        if (!client.isOpen) end('the connection broke');
        if (units.every((unit) => unit.blocks().length === 0)) return;
        if (host.now() - lastAnswer() > silenceMs) end(`nothing heard for ${(silenceMs / 1000).toFixed(1)} s`);
      });
      return {
        closed,
        /** The round in hand is not waited for: the library never answers a request whose connection it was told to destroy. */
        async stop() {
          stopping.abort();
          client.destroy(() => {});
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

async function connect(id: string, options: ModbusOptions): Promise<Client> {
  const client: Client = new ModbusClient();
  client.setTimeout(CONNECT_TIMEOUT_MS);
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`)), CONNECT_TIMEOUT_MS);
  });
  try {
    const connecting = client.connectTCP(options.host, { port: options.port });
    connecting.catch(() => {});
    await Promise.race([connecting, deadline]);
    return client;
  } catch (error) {
    client.destroy(() => {});
    const where = `${id} (${options.host}:${options.port})`;
    const message = `${where}: cannot be reached (${messageOf(error)}); check that it runs and that the network lets us through`;
    throw new SourceError('unreachable', message, { retryable: true, cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function poll(
  client: Client,
  options: ModbusOptions,
  units: readonly Unit[],
  host: SourceHost,
  stopping: AbortSignal,
  afterRound: () => void,
): Promise<void> {
  let next = host.now();
  while (!stopping.aborted) {
    for (const unit of units.filter((u) => !u.silent)) {
      if (stopping.aborted) return;
      await ask(client, unit, options.timeoutMs, host);
    }
    next = Math.max(next + options.pollMs, host.now());
    for (const unit of units.filter((u) => u.silent && u.notBefore <= host.now())) {
      const left = Math.min(options.timeoutMs, next - host.now());
      const alone = units.every((u) => u.silent);
      if (stopping.aborted || (left < options.timeoutMs / 4 && !alone)) break;
      await ask(client, unit, alone ? options.timeoutMs : left, host);
    }
    afterRound();
    await pause(next - host.now(), stopping);
  }
}

async function ask(client: Client, unit: Unit, timeoutMs: number, host: SourceHost): Promise<void> {
  const batch: Reading[] = [];
  client.setTimeout(Math.max(1, timeoutMs));
  for (const block of unit.blocks()) {
    const t = host.now();
    try {
      const registers = await read(client, block);
      unit.answered(host.now());
      batch.push(...block.fields.map((field) => readingOf(field, block, registers, t, host.now())));
    } catch (error) {
      const code = modbusCode(error);
      if (code !== null && REFUSALS.has(code)) {
        unit.answered(host.now());
        refused(unit, block, code, host);
        continue;
      }
      if (!client.isOpen) return;
      const news = unit.missed(host.now());
      if (news) host.lost(unit.lastAnswer, `unit ${unit.id} does not answer (${messageOf(error)})`, unit.signals);
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

async function read(client: Client, block: Block): Promise<Buffer> {
  client.setID(block.unit);
  const answer =
    block.registerType === 'input'
      ? await client.readInputRegisters(block.start, block.words)
      : await client.readHoldingRegisters(block.start, block.words);
  if (answer.buffer.length < block.words * 2) throw new Error('the answer is too short');
  return answer.buffer;
}

function readingOf(field: Field, block: Block, registers: Buffer, t: Instant, received: Instant): Reading {
  const from = (field.register - block.start) * 2;
  const bytes = registers.subarray(from, from + wordsOf(field.dataType) * 2);
  const raw = decode(bytes, field.dataType, field.wordOrder, field.byteOrder);
  const value = raw === null ? null : raw * field.factor;
  return { signal: field.signal, value, quality: value === null ? 'bad' : 'good', t, received };
}

function modbusCode(error: unknown): number | null {
  if (error !== null && typeof error === 'object' && 'modbusCode' in error) {
    return typeof error.modbusCode === 'number' ? error.modbusCode : null;
  }
  return null;
}

/** The library rejects with plain objects too. */
function messageOf(error: unknown): string {
  if (error !== null && typeof error === 'object' && 'message' in error) return String(error.message);
  return String(error);
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
