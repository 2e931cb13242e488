import { createServer, type Socket } from 'node:net';
import { crc16 } from '#edge/sources/modbus/frame.ts';
import { type Line, openLine } from '#edge/sources/modbus/line.ts';
import { mutate, type Random } from './random.ts';

const UNIT = 7;
/** What the registers hold, by their address: an answer with other bytes is a wrong figure. */
const truth = (start: number, count: number) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => Buffer.from([(start + i) & 0xff, 0xa5])));

/**
 * A meter that answers with broken frames over real sockets. Every answer that the client believes must be the truth, unless
 * the mutation changed nothing but the data bytes of a frame that carries no checksum: there TCP itself is the checksum.
 */
export async function fuzzModbus(
  random: Random,
  runs: number,
  framing: 'tcp' | 'rtu',
): Promise<ReadonlyMap<string, number>> {
  const named = new Map<string, number>();
  const count = (name: string) => void named.set(name, (named.get(name) ?? 0) + 1);
  const sockets = new Set<Socket>();
  let dataTouched = false;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (asked: Buffer) => {
      const clean = framing === 'tcp' ? tcpAnswer(asked) : rtuAnswer(asked);
      const frame = broken(clean, framing, random);
      dataTouched = framing === 'tcp' && !frame.equals(clean) && sameShape(frame, clean);
      const at = random.whole(frame.length + 1);
      socket.write(frame.subarray(0, at));
      socket.write(frame.subarray(at));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const open = () => openLine({ host: '127.0.0.1', port, framing, count, onEnd: () => count('lost') });
  let line: Line = await open();
  try {
    for (let i = 0; i < runs; i++) {
      if (!line.isOpen) line = await open();
      const [start, words] = [random.whole(1000), 1 + random.whole(20)];
      dataTouched = false;
      const answer = await line.request({ unit: UNIT, fn: 3, start, count: words }, 5).catch((error: Error) => error);
      if (answer instanceof Error) count('refused');
      else if (answer.equals(truth(start, words))) count('believed');
      else if (dataTouched && answer.length === words * 2) count('dataOnly');
      else throw new Error(`believed ${answer.toString('hex')} for register ${start}, ${words} words`);
    }
  } finally {
    line.close();
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
  return named;
}

function broken(clean: Buffer, framing: 'tcp' | 'rtu', random: Random): Buffer {
  switch (random.whole(8)) {
    case 0:
    case 1:
      return clean;
    case 2:
      return random.bytes(random.whole(40));
    case 3: {
      if (framing === 'rtu') return mutate(clean, random);
      // A whole frame by its header, with other data than were asked for.
      const resized = Buffer.concat([clean, random.bytes(2)]);
      resized.writeUInt16BE(resized.length - 6, 4);
      return resized;
    }
    default:
      return mutate(clean, random);
  }
}

function answerBody(pdu: Buffer): Buffer {
  const [start, count] = [pdu.readUInt16BE(2), pdu.readUInt16BE(4)];
  const data = truth(start, count);
  return Buffer.concat([Buffer.from([pdu[0] ?? 0, pdu[1] ?? 0, data.length]), data]);
}

function tcpAnswer(asked: Buffer): Buffer {
  const body = answerBody(asked.subarray(6, 12));
  const head = Buffer.from([asked[0] ?? 0, asked[1] ?? 0, 0, 0, 0, 0]);
  head.writeUInt16BE(body.length, 4);
  return Buffer.concat([head, body]);
}

function rtuAnswer(asked: Buffer): Buffer {
  const body = answerBody(asked);
  const crc = Buffer.alloc(2);
  crc.writeUInt16LE(crc16(body));
  return Buffer.concat([body, crc]);
}

/** Its first frame has the header and byte count of the clean one: only data differ. */
function sameShape(frame: Buffer, clean: Buffer): boolean {
  return frame.length >= clean.length && frame.subarray(0, 9).equals(clean.subarray(0, 9));
}
