/*
 * Many browsers' worth of sockets in one process: each speaks the protocol of socket.io by hand, counts what it gets, and throws it
 * away. Arguments: `ours` or `raw`, port.
 */
import { connect, type Socket } from 'node:net';

export type ClientsCommand = { readonly do: 'open'; readonly sockets: number } | { readonly do: 'counted' };
export interface ClientsAnswer {
  /** All of them are open; of ours, every one has its snapshot. */
  readonly openedMs?: number;
  readonly frames?: number;
  readonly bytes?: number;
  /** Bytes of the newest patch. */
  readonly patchBytes?: number;
}

const [kind = 'ours', port = ''] = process.argv.slice(2);
const path = kind === 'raw' ? '/' : '/socket.io/?EIO=4&transport=websocket';
/** Bit of the head of a frame that says that it is compressed. */
const PACKED = 0x40;
const counted = { frames: 0, bytes: 0, patchBytes: 0 };
const say = (answer: ClientsAnswer): void => void process.send?.(answer);

/** A text frame of a client: masked, as the protocol demands; the mask is all zeros. */
function textFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]);
  return Buffer.concat([head, body]);
}
const PONG = textFrame('3');
const JOIN = textFrame('40/live,');
const WATCH = textFrame('42/live,["watch",{"scope":"site","topics":["states","oee"]}]');

function open(ready: () => void): void {
  const socket = connect({ host: '127.0.0.1', port: Number(port), noDelay: true });
  let head: Buffer = Buffer.alloc(0);
  let handshake = true;
  let isReady = false;
  /** Of the frame that is being read. */
  let left = 0;
  socket.on('connect', () =>
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n' +
        // As every browser does.
        'Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n',
    ),
  );
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    let data = head.length > 0 ? Buffer.concat([head, chunk]) : chunk;
    if (handshake) {
      const end = data.indexOf('\r\n\r\n');
      if (end < 0) {
        head = data;
        return;
      }
      if (!data.subarray(0, 12).toString().includes('101')) throw new Error(data.subarray(0, end).toString());
      handshake = false;
      data = data.subarray(end + 4);
      if (kind === 'raw') ready();
    }
    head = Buffer.alloc(0);
    while (data.length > 0) {
      if (left > 0) {
        const part = Math.min(left, data.length);
        left -= part;
        data = data.subarray(part);
        continue;
      }
      const short = (data[1] ?? 0) & 0x7f;
      const headBytes = short === 127 ? 10 : short === 126 ? 4 : 2;
      // Enough of the text to tell what it is.
      if (data.length < Math.min(headBytes + 24, headBytes + (short < 126 ? short : 24))) {
        head = data;
        return;
      }
      const length = short === 127 ? Number(data.readBigUInt64BE(2)) : short === 126 ? data.readUInt16BE(2) : short;
      counted.frames += 1;
      counted.bytes += length;
      const start = data.subarray(headBytes, headBytes + 24).toString('latin1');
      // The first that is compressed is the snapshot, all later ones are patches.
      if ((data[0] ?? 0) & PACKED) {
        if (isReady) counted.patchBytes = length;
        else ready();
        isReady = true;
      } else hear(socket, start, length);
      data = data.subarray(headBytes);
      left = length;
    }
  });
}

function hear(socket: Socket, start: string, length: number): void {
  if (kind === 'raw') counted.patchBytes = length;
  else if (start.startsWith('2')) socket.write(PONG);
  else if (start.startsWith('0')) socket.write(JOIN);
  else if (start.startsWith('40/live')) socket.write(WATCH);
}

process.on('message', (command: ClientsCommand) => {
  if (command.do === 'counted') {
    say({ ...counted });
    counted.frames = 0;
    counted.bytes = 0;
    return;
  }
  const begun = performance.now();
  let waiting = command.sockets;
  for (let n = 0; n < command.sockets; n += 1) {
    open(() => {
      waiting -= 1;
      if (waiting === 0) say({ openedMs: performance.now() - begun });
    });
  }
});
