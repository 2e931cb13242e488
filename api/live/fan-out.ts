import type { Socket } from 'socket.io';
import type { Snapshot } from '#shared/contract/socket.ts';
import type { Outlet } from './hub.ts';

/*
 * One event to many browsers.
 *
 * - A frame is serialised once, however many get it, and what a browser gets in one turn is written to its socket in one go.
 * - Order holds for each browser: while the engine has something waiting for it (a ping, an answer), ours waits behind that.
 * - The bytes are those that socket.io would send: an event packet of the namespace in a message of the engine.
 */
interface Frame {
  /** Without the engine's own sign for a message. */
  readonly text: string;
  readonly bytes: Buffer;
}

/** What the engine and `ws` have and do not type; engine.io writes its own ready-made frames by the same way. */
interface Wire {
  readonly readyState: string;
  readonly writeBuffer: readonly { readonly data?: unknown }[];
  readonly transport: {
    readonly writable: boolean;
    readonly socket?: {
      readonly readyState: number;
      readonly bufferedAmount: number;
      readonly _sender?: { sendFrame?(list: readonly Buffer[]): void };
    };
  };
  write(text: string, options: object): unknown;
}

const OPEN = 1;
const TEXT_FRAME = 0x81;
/** `4`: a message of engine.io. */
const MESSAGE = 0x34;

export function openFanOut(namespace: string, socketOf: (client: string) => Socket | undefined): Outlet {
  const rooms = new Map<string, Set<string>>();
  /** What was sent in this turn to whom; null between turns. */
  let turn: Map<string, Frame[]> | null = null;
  const viewJson = new WeakMap<object, string>();

  /** `{scope, seq, serverTime, view}`; the view, which is long, is written out once for everybody who asks before it changes. */
  const snapshotJson = ({ view, ...rest }: Snapshot): string => {
    let json = viewJson.get(view);
    if (json === undefined) {
      json = JSON.stringify(view);
      viewJson.set(view, json);
    }
    return `${JSON.stringify(rest).slice(0, -1)},"view":${json}}`;
  };
  const frameOf = (event: string, json: string): Frame => frame(`2${namespace},[${JSON.stringify(event)},${json}]`);

  const push = (client: string, what: Frame): void => {
    const waiting = turn?.get(client);
    if (waiting) waiting.push(what);
    else if (turn) turn.set(client, [what]);
    else write(client, [what]);
  };
  const write = (client: string, frames: readonly Frame[], joined = join(frames)): void => {
    const socket = socketOf(client);
    if (!socket) return;
    const wire = wireOf(socket);
    const { transport } = wire;
    const ws = transport.socket;
    const isFree = wire.readyState === 'open' && transport.writable && wire.writeBuffer.length === 0;
    if (isFree && ws?.readyState === OPEN && ws._sender?.sendFrame) ws._sender.sendFrame([joined]);
    else for (const { text, bytes } of frames) wire.write(text, { wsPreEncodedFrame: [bytes] });
  };

  return {
    join(client, room) {
      const members = rooms.get(room);
      if (members) members.add(client);
      else rooms.set(room, new Set([client]));
    },
    leave(client, room) {
      const members = rooms.get(room);
      if (members?.delete(client) && members.size === 0) rooms.delete(room);
    },
    toRoom(room, event, payload) {
      const members = rooms.get(room);
      if (!members) return;
      const what = frameOf(event, JSON.stringify(payload));
      for (const client of members) push(client, what);
    },
    snapshot(clients, snapshot) {
      const what = frameOf('snapshot', snapshotJson(snapshot));
      for (const client of clients) push(client, what);
    },
    together(work) {
      if (turn) return work();
      turn = new Map();
      try {
        work();
      } finally {
        const sent = turn;
        turn = null;
        // Most browsers get the same frames: those are joined once.
        let last: readonly Frame[] = [];
        let joined: Buffer = Buffer.alloc(0);
        for (const [client, frames] of sent) {
          if (!isSame(frames, last)) {
            last = frames;
            joined = join(frames);
          }
          write(client, frames, joined);
        }
      }
    },
    buffered(client) {
      const socket = socketOf(client);
      if (!socket) return 0;
      const { transport, writeBuffer } = wireOf(socket);
      let bytes = transport.socket?.bufferedAmount ?? 0;
      for (const { data } of writeBuffer) bytes += typeof data === 'string' ? data.length : 64;
      return bytes;
    },
  };
}

function wireOf(socket: Socket): Wire {
  return socket.conn as unknown as Wire;
}

/** A whole text frame of the websocket protocol, in one buffer. */
function frame(text: string): Frame {
  const length = Buffer.byteLength(text) + 1;
  const headBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const bytes = Buffer.allocUnsafe(headBytes + length);
  bytes[0] = TEXT_FRAME;
  if (headBytes === 2) bytes[1] = length;
  else if (headBytes === 4) {
    bytes[1] = 126;
    bytes.writeUInt16BE(length, 2);
  } else {
    bytes[1] = 127;
    bytes.writeBigUInt64BE(BigInt(length), 2);
  }
  bytes[headBytes] = MESSAGE;
  bytes.write(text, headBytes + 1);
  return { text, bytes };
}

function join(frames: readonly Frame[]): Buffer {
  const [first] = frames;
  return frames.length === 1 && first ? first.bytes : Buffer.concat(frames.map(({ bytes }) => bytes));
}

function isSame(a: readonly Frame[], b: readonly Frame[]): boolean {
  return a.length === b.length && a.every((frame, i) => frame === b[i]);
}
