import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { crc16 } from '#edge/sources/modbus/frame.ts';
import { createModbusSource } from '#edge/sources/modbus/source.ts';
import { createRecorder } from './sources-recorder.ts';

/*
 * A meter made of bytes: it can stay silent, answer late with an old transaction, refuse, or cut the line, which a
 * well-behaved server library cannot.
 */
const PORT = 21610;

interface Meter {
  readonly requests: { unit: number; code: number; start: number; words: number; at: number }[];
  behave(answer: Answer): void;
  cut(): void;
  stop(): Promise<void>;
}
type Answer = (unit: number, start: number, words: number, reply: Reply) => void;
interface Reply {
  registers(bytes: Buffer, afterMs?: number): void;
  exception(code: number): void;
}

async function startMeter(first: Answer): Promise<Meter> {
  let answer = first;
  const requests: Meter['requests'] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let pending = new Uint8Array(0);
    socket.on('data', (chunk) => {
      pending = new Uint8Array(Buffer.concat([pending, Buffer.from(chunk)]));
      while (pending.length >= 12) {
        const frame = Buffer.from(pending.subarray(0, 12));
        pending = pending.subarray(12);
        const transaction = frame.subarray(0, 2);
        const [unit, code] = [frame.readUInt8(6), frame.readUInt8(7)];
        const [start, words] = [frame.readUInt16BE(8), frame.readUInt16BE(10)];
        requests.push({ unit, code, start, words, at: Date.now() });
        const send = (pdu: Buffer) => {
          const head = Buffer.from([...transaction, 0, 0, 0, pdu.length + 1, unit]);
          socket.write(Buffer.concat([head, pdu]));
        };
        answer(unit, start, words, {
          registers: (bytes, afterMs = 0) => {
            setTimeout(() => send(Buffer.concat([Buffer.from([code, bytes.length]), bytes])), afterMs);
          },
          exception: (exception) => send(Buffer.from([code | 0x80, exception])),
        });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(PORT, '127.0.0.1', resolve));
  return {
    requests,
    behave(next) {
      answer = next;
    },
    cut() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    stop() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const float = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return bytes;
};
const item = (signal: string, unit: number, register: number) => ({
  signal,
  address: { unit, register, registerType: 'input', dataType: 'float32' },
});
const source = { id: 'meters', options: { host: '127.0.0.1', port: PORT, pollMs: 100, timeoutMs: 80 } };

describe('the Modbus source', () => {
  let meter: Meter;
  afterEach(() => meter.stop());

  it('polls units; NaN is bad, a profile gives watt-hours', async () => {
    meter = await startMeter((unit, _start, words, reply) => {
      reply.registers(words === 4 ? Buffer.concat([float(7), float(Number.NaN)]) : float(unit === 1 ? 12.5 : 2));
    });
    const host = createRecorder();
    const items = [
      { signal: 'main.importWh', address: { unit: 1, profile: 'sdm630', measure: 'importWh' } },
      item('sub.powerW', 2, 52),
      item('sub.importWh', 2, 54),
    ];
    const connection = await createModbusSource().start(source, items, host);
    await host.until('three rounds', () => host.all('sub.powerW').length >= 3);
    expect(host.all('main.importWh')[0]).toMatchObject({ value: 12500, quality: 'good' });
    expect(host.all('sub.powerW')[0]).toMatchObject({ value: 7, quality: 'good' });
    expect(host.all('sub.importWh')[0]).toMatchObject({ value: null, quality: 'bad' });
    await connection.stop();
    await expect(connection.closed).resolves.toBeNull();
    expect(host.losses).toEqual([]);
  });

  it('is not held up by a unit that stays silent, says so once, and takes it back when it answers', async () => {
    let dead = true;
    meter = await startMeter((unit, _start, _words, reply) => {
      if (unit !== 2 || !dead) reply.registers(float(unit));
    });
    const host = createRecorder();
    const items = [item('a.powerW', 1, 52), item('b.powerW', 2, 52), item('c.powerW', 3, 52)];
    const connection = await createModbusSource().start(source, items, host);
    await host.until('twenty rounds', () => host.all('c.powerW').length >= 20);
    const times = host.all('c.powerW').map((r) => r.t);
    const gaps = times.slice(2).map((t, i) => t - times[i + 1]!);
    expect(Math.max(...gaps)).toBeLessThan(180);
    expect(host.losses.map((loss) => loss.signals)).toEqual([['b.powerW']]);
    expect(meter.requests.filter((r) => r.unit === 2).length).toBeLessThan(6);
    dead = false;
    await host.until('the unit is back', () => host.all('b.powerW').length > 0);
    await connection.stop();
  });

  it('never takes a late answer for the next question', async () => {
    let slow = true;
    meter = await startMeter((unit, _start, _words, reply) => {
      reply.registers(float(unit), unit === 1 && slow ? 120 : 0);
    });
    const host = createRecorder();
    const connection = await createModbusSource().start(
      source,
      [item('a.powerW', 1, 52), item('b.powerW', 2, 52)],
      host,
    );
    await host.until('ten rounds', () => host.all('b.powerW').length >= 10);
    slow = false;
    await host.until('the slow one', () => host.all('a.powerW').length >= 2);
    expect(new Set(host.all('a.powerW').map((r) => r.value))).toEqual(new Set([1]));
    expect(new Set(host.all('b.powerW').map((r) => r.value))).toEqual(new Set([2]));
    await connection.stop();
  });

  it('finds the one register that a device refuses, and reads the others', async () => {
    meter = await startMeter((_unit, start, words, reply) => {
      if (start <= 54 && start + words > 54) reply.exception(2);
      else reply.registers(Buffer.concat(Array.from({ length: words / 2 }, () => float(start))));
    });
    const host = createRecorder();
    const items = [item('a.powerW', 1, 52), item('b.powerW', 1, 54), item('c.powerW', 1, 56)];
    const connection = await createModbusSource().start(source, items, host);
    await host.until('the others', () => host.all('a.powerW').length >= 3 && host.all('c.powerW').length >= 3);
    expect(host.all('a.powerW')[0]!.value).toBe(52);
    expect(host.all('c.powerW')[0]!.value).toBe(56);
    expect(host.findings.map((f) => [f.code, f.signal])).toEqual([['registerRefused', 'b.powerW']]);
    await connection.stop();
  });

  it('ends on a reset and on silence of everybody, naming the last contact', async () => {
    meter = await startMeter((unit, _start, _words, reply) => reply.registers(float(unit)));
    const host = createRecorder();
    const items = [item('a.powerW', 1, 52)];
    const cut = await createModbusSource().start(source, items, host);
    await host.until('a value', () => host.all('a.powerW').length > 1);
    meter.cut();
    await expect(cut.closed).resolves.toMatchObject({ code: 'lost', retryable: true });
    const quiet = createRecorder();
    const connection = await createModbusSource().start(source, items, quiet);
    await quiet.until('a value', () => quiet.all('a.powerW').length > 1);
    meter.behave(() => {});
    const silentFrom = Date.now();
    await expect(connection.closed).resolves.toMatchObject({ code: 'lost' });
    const whole = quiet.losses.find((loss) => loss.signals === undefined);
    expect(Math.abs(whole!.lastContact - silentFrom)).toBeLessThan(300);
  });

  it('stops at once, also with a question in the air', async () => {
    let asked: () => void = () => {};
    const asking = new Promise<void>((resolve) => {
      asked = resolve;
    });
    meter = await startMeter(() => asked());
    const patient = { id: 'meters', options: { ...source.options, pollMs: 60_000, timeoutMs: 30_000 } };
    const connection = await createModbusSource().start(patient, [item('a.powerW', 1, 52)], createRecorder());
    await asking;
    const from = Date.now();
    await connection.stop();
    await expect(connection.closed).resolves.toBeNull();
    expect(Date.now() - from).toBeLessThan(500);
  });

  it('says what to do when nobody listens', async () => {
    meter = await startMeter(() => {});
    const nobody = { id: 'meters', options: { host: '127.0.0.1', port: 21698 } };
    await expect(createModbusSource().start(nobody, [], createRecorder())).rejects.toMatchObject({
      code: 'unreachable',
    });
    await expect(createModbusSource().start({ id: 'm', options: {} }, [], createRecorder())).rejects.toThrow(
      'sources.m.host must be',
    );
  });

  it('reads coils and discrete inputs, 64-bit integers and what a profile swaps, with functions 1 to 4 only', async () => {
    meter = await startMeter((unit, start, words, reply) => {
      if (unit === 1) reply.registers(Buffer.from([0b0000_0101]));
      else if (unit === 2) reply.registers(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]));
      else if (start === 0x34) reply.registers(Buffer.from([0x00, 0x2a, 0x00, 0x01]));
      else reply.registers(Buffer.alloc(words * 2));
    });
    const host = createRecorder();
    const bit = (signal: string, register: number, registerType: string) => ({
      signal,
      address: { unit: 1, register, registerType },
    });
    const items = [
      bit('a.state', 10, 'coil'),
      bit('b.state', 11, 'coil'),
      bit('c.state', 12, 'discrete'),
      { signal: 'a.total', address: { unit: 2, register: 0, dataType: 'int64' } },
      { signal: 'm.importWh', address: { unit: 3, profile: 'em340' } },
    ];
    const connection = await createModbusSource().start(source, items, host);
    await host.until('all', () => host.all('m.importWh').length > 0);
    expect(host.all('a.state')[0]).toMatchObject({ value: true });
    expect(host.all('b.state')[0]).toMatchObject({ value: false });
    expect(host.all('c.state')[0]).toMatchObject({ value: true });
    expect(host.all('a.total')[0]).toMatchObject({ value: -2 });
    expect(host.all('m.importWh')[0]).toMatchObject({ value: (65536 + 42) * 100 });
    expect(new Set(meter.requests.map((r) => r.code))).toEqual(new Set([1, 2, 3, 4]));
    await connection.stop();
  });

  it('never believes a float whose words are the wrong way round, and says what it would be', async () => {
    meter = await startMeter((_unit, _start, _words, reply) => {
      const right = float(231.5);
      reply.registers(Buffer.concat([right.subarray(2), right.subarray(0, 2)]));
    });
    const host = createRecorder();
    const connection = await createModbusSource().start(source, [item('a.powerW', 1, 52)], host);
    await host.until('a value', () => host.all('a.powerW').length > 0);
    expect(host.all('a.powerW')[0]).toMatchObject({ value: null, quality: 'bad' });
    expect(host.findings[0]).toMatchObject({
      code: 'wordOrder',
      message: expect.stringMatching(/little it would be 231.5/),
    });
    await connection.stop();
  });

  it('polls a gateway of a hundred meters, ten of them dead, without the dead delaying the live', async () => {
    meter = await startMeter((unit, _start, words, reply) => {
      if (unit % 10 !== 0) reply.registers(Buffer.alloc(words * 2), 20);
    });
    const host = createRecorder();
    const items = Array.from({ length: 100 }, (_, i) => item(`m${i + 1}.powerW`, i + 1, 52));
    const options = { ...source.options, pollMs: 1000, timeoutMs: 400, parallel: 8 };
    const connection = await createModbusSource().start({ id: 'meters', options }, items, host);
    await host.until('five rounds', () => host.all('m99.powerW').length >= 6, 15_000);
    const live = items.filter((_, i) => (i + 1) % 10 !== 0);
    const late = live.flatMap(({ signal }) => {
      const times = host.all(signal).map((r) => r.t);
      // The first round finds the dead ones out.
      return times.slice(2).map((t, i) => Math.abs(t - times[i + 1]! - 1000));
    });
    late.sort((a, b) => a - b);
    if (process.env.PRINT_FIGURES)
      console.log(
        'jitter ms',
        [0.5, 0.99, 1].map((q) => late[Math.min(late.length - 1, Math.floor(late.length * q))]),
      );
    expect(late[Math.floor(late.length * 0.99)]!).toBeLessThan(250);
    expect(host.losses).toHaveLength(10);
    await connection.stop();
  });

  it('reads a serial bus behind a port server, and makes the line anew after a silence', async () => {
    let mute = false;
    let connections = 0;
    const bus = createServer((socket) => {
      connections += 1;
      socket.on('error', () => {});
      socket.on('data', (asked: Buffer) => {
        const unit = asked[0] ?? 0;
        const answer = Buffer.concat([Buffer.from([unit, asked[1] ?? 0, 4]), float(unit)]);
        const crc = Buffer.alloc(2);
        crc.writeUInt16LE(crc16(answer));
        const frame = Buffer.concat([answer, crc]);
        if (unit === 3) frame[4] = 0xff;
        // In two pieces, as serial lines come; the late answer of unit 2 must not become another's.
        if (unit === 2 && mute) setTimeout(() => socket.write(frame), 120);
        else {
          socket.write(frame.subarray(0, 3));
          setTimeout(() => socket.write(frame.subarray(3)), 5);
        }
      });
    });
    await new Promise<void>((resolve) => bus.listen(PORT, '127.0.0.1', resolve));
    meter = {
      requests: [],
      behave: () => {},
      cut: () => {},
      stop: () => new Promise((resolve) => bus.close(() => resolve())),
    };
    const host = createRecorder();
    const items = [item('a.powerW', 1, 52), item('b.powerW', 2, 52), item('c.powerW', 3, 52)];
    const rtu = { id: 'meters', options: { ...source.options, framing: 'rtu' } };
    const connection = await createModbusSource().start(rtu, items, host);
    await host.until('values', () => host.all('a.powerW').length > 2 && host.all('b.powerW').length > 0);
    mute = true;
    const before = connections;
    await host.until('more', () => host.losses.some((l) => l.signals?.includes('b.powerW')));
    const count = host.all('a.powerW').length;
    await host.until('rounds after', () => host.all('a.powerW').length > count + 5);
    expect(connections).toBeGreaterThan(before);
    expect(new Set(host.all('a.powerW').map((r) => r.value))).toEqual(new Set([1]));
    expect(new Set(host.all('b.powerW').map((r) => r.value))).toEqual(new Set([2]));
    expect(host.all('c.powerW')).toEqual([]);
    expect(host.counts.modbus_badCrc).toBeGreaterThan(0);
    await connection.stop();
  });

  it('counts late answers, and ends on bytes that are no Modbus', async () => {
    meter = await startMeter((unit, _start, _words, reply) => reply.registers(float(unit), unit === 2 ? 120 : 0));
    const host = createRecorder();
    const connection = await createModbusSource().start(
      source,
      [item('a.powerW', 1, 52), item('b.powerW', 2, 52)],
      host,
    );
    await host.until('the late one', () => (host.counts.modbus_late_answers ?? 0) > 0);
    expect(host.counts.modbus_timeouts).toBeGreaterThan(0);
    await connection.stop();
    await meter.stop();
    const web = createServer(
      (socket) => void socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request')).on('error', () => {}),
    );
    await new Promise<void>((resolve) => web.listen(PORT, '127.0.0.1', resolve));
    meter = { ...meter, stop: () => new Promise((resolve) => web.close(() => resolve())) };
    const other = createRecorder();
    const wrong = await createModbusSource().start(source, [item('a.powerW', 1, 52)], other);
    await expect(wrong.closed).resolves.toMatchObject({
      message: expect.stringMatching(/no Modbus TCP; check the port/),
    });
    expect(other.counts).toMatchObject({ modbus_garbage: 1 });
  });
});
