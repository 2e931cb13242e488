import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/*
 * A socket that keeps back our PUBACKs until what they acknowledge is on disk. The client library acknowledges a message as
 * soon as it was handed over; a broker then forgets it, and a machine that loses power in that moment loses it too.
 *
 * - Bytes to the broker are cut into whole MQTT packets; all but PUBACK pass at once, in order.
 * - A PUBACK goes out when `kept()`, asked after it came, resolves; those that come meanwhile share the next answer.
 * - When the socket goes, what it had brought is read first: the broker may hold it for delivered.
 * - What is held when the socket goes is dropped: the broker sends those messages again.
 */

const PUBACK = 4;
/** Four length bytes at most: the protocol's own limit. */
const MOST_LENGTH_BYTES = 4;

export function holdAcks(socket: Socket, kept: () => Promise<void>): Duplex {
  let unfinished: Buffer = Buffer.alloc(0);
  let held: Buffer[] = [];
  let waiting = false;

  async function release(): Promise<void> {
    waiting = true;
    while (held.length > 0 && !socket.destroyed) {
      const ready = held;
      held = [];
      await kept();
      if (!socket.destroyed) socket.write(Buffer.concat(ready));
    }
    waiting = false;
  }

  const outer = new Duplex({
    read: () => void socket.resume(),
    write(chunk: Buffer, _encoding, done) {
      unfinished = unfinished.length === 0 ? chunk : Buffer.concat([unfinished, chunk]);
      const pass: Buffer[] = [];
      for (let length = packetLength(unfinished); length > 0; length = packetLength(unfinished)) {
        const packet = unfinished.subarray(0, length);
        unfinished = unfinished.subarray(length);
        if ((packet[0] ?? 0) >> 4 === PUBACK) held.push(packet);
        else pass.push(packet);
      }
      if (held.length > 0 && !waiting) void release();
      if (pass.length === 0) done();
      // A failed write is the socket's own trouble, which it tells better when it closes.
      else socket.write(Buffer.concat(pass), () => done());
    },
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (bytes) => {
    if (!outer.push(bytes)) socket.pause();
  });
  let why: Error | undefined;
  socket.on('error', (error) => {
    why = error;
  });
  socket.on('close', () => {
    outer.once('end', () => outer.destroy(why));
    outer.push(null);
  });
  return outer;
}

/** Bytes of the packet at the start; 0 while it is not all there. */
export function packetLength(bytes: Uint8Array): number {
  let length = 0;
  for (let i = 1; i <= MOST_LENGTH_BYTES; i++) {
    const byte = bytes[i];
    if (byte === undefined) return 0;
    length += (byte & 0x7f) * 128 ** (i - 1);
    if (byte < 0x80) return bytes.length >= 1 + i + length ? 1 + i + length : 0;
  }
  return 0;
}
