import { constants, deflateRawSync } from 'node:zlib';
import type { Socket } from 'socket.io';
import type { Snapshot } from '#shared/contract/socket.ts';
import type { Outlet } from './hub.ts';

/*
 * One event to many browsers.
 *
 * - A frame is serialised once, however many get it, and what a browser gets in one turn is written to its socket in one go.
 * - Order holds for each browser: while the engine has something waiting for it (a ping, an answer), ours waits behind that.
 * - The bytes are those that socket.io would send: an event packet of the namespace in a message of the engine.
 * - What is long is compressed once for all, in a frame that needs nothing of the frames before it (permessage-deflate without
 *   context takeover, as socket.ts agrees it with every browser that can). Nothing is ever compressed for one browser.
 */
interface Frame {
  /** Without the engine's own sign for a message. */
  readonly text: string;
  readonly plain: Buffer;
  /** For those who take it; the same as `plain` where it is short. */
  readonly packed: () => Buffer;
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
      readonly _extensions?: Readonly<Record<string, { readonly params?: Readonly<Record<string, unknown>> }>>;
    };
  };
  write(text: string, options: object): unknown;
}

const OPEN = 1;
const TEXT_FRAME = 0x81;
const PACKED = 0x40;
/** Shorter texts are sent as they are. */
const LEAST_PACKED = 1024;
/** Every flush ends with it; the protocol leaves it out at the end of a message. */
const FLUSH_END = 4;
/** `4`: a message of engine.io. */
const MESSAGE = 0x34;

export function openFanOut(namespace: string, socketOf: (client: string) => Socket | undefined): Outlet {
  const rooms = new Map<string, Set<string>>();
  /** What was sent in this turn to whom; null between turns. */
  let turn: Map<string, Frame[]> | null = null;
  const views = new WeakMap<object, { readonly json: string; packed: Buffer | null }>();

  /** `{scope, seq, serverTime, view}`; the view, which is long, is written out once for everybody who asks before it changes. */
  const snapshotFrame = ({ view, ...rest }: Snapshot): Frame => {
    const held = views.get(view) ?? { json: JSON.stringify(view), packed: null };
    views.set(view, held);
    const head = `2${namespace},["snapshot",${JSON.stringify(rest).slice(0, -1)},"view":`;
    const end = '}]';
    return frame(`${head}${held.json}${end}`, () => {
      held.packed ??= deflated(held.json);
      return Buffer.concat([deflated(`4${head}`), held.packed, deflated(end)]);
    });
  };

  const push = (client: string, what: Frame): void => {
    const waiting = turn?.get(client);
    if (waiting) waiting.push(what);
    else if (turn) turn.set(client, [what]);
    else write(client, [what], joined);
  };
  const write = (client: string, frames: readonly Frame[], bytesOf: typeof joined): void => {
    const socket = socketOf(client);
    if (!socket) return;
    const wire = wireOf(socket);
    const { transport } = wire;
    const ws = transport.socket;
    const isFree = wire.readyState === 'open' && transport.writable && wire.writeBuffer.length === 0;
    if (isFree && ws?.readyState === OPEN && ws._sender?.sendFrame)
      ws._sender.sendFrame([bytesOf(frames, takesPacked(ws))]);
    else for (const { text } of frames) wire.write(text, {});
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
      const what = frame(`2${namespace},[${JSON.stringify(event)},${JSON.stringify(payload)}]`);
      for (const client of members) push(client, what);
    },
    snapshot(clients, snapshot) {
      const what = snapshotFrame(snapshot);
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
        const ready = { plain: lastOf(false), packed: lastOf(true) };
        for (const [client, frames] of sent)
          write(client, frames, (list, packed) => ready[packed ? 'packed' : 'plain'](list));
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

/** Whether a socket has agreed to frames that are compressed, with the usual window and each for itself. */
function takesPacked(ws: NonNullable<Wire['transport']['socket']>): boolean {
  const agreed = ws._extensions?.['permessage-deflate']?.params;
  return agreed?.['server_no_context_takeover'] === true && agreed['server_max_window_bits'] === undefined;
}

/** `pack`: the compressed blocks of the text with the engine's sign before it, each ending in a flush. */
function frame(text: string, pack = () => deflated(`4${text}`)): Frame {
  const length = Buffer.byteLength(text) + 1;
  const [plain, at] = framed(TEXT_FRAME, length);
  plain[at] = MESSAGE;
  plain.write(text, at + 1);
  let made: Buffer | null = null;
  const packed = (): Buffer => {
    if (length < LEAST_PACKED) return plain;
    if (made) return made;
    const blocks = pack();
    const [bytes, start] = framed(TEXT_FRAME | PACKED, blocks.length - FLUSH_END);
    blocks.copy(bytes, start, 0, blocks.length - FLUSH_END);
    made = bytes;
    return bytes;
  };
  return { text, plain, packed };
}

/** A whole frame of the websocket protocol in one buffer, and where its payload begins. */
function framed(kind: number, length: number): readonly [Buffer, number] {
  const at = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const bytes = Buffer.allocUnsafe(at + length);
  bytes[0] = kind;
  if (at === 2) bytes[1] = length;
  else if (at === 4) {
    bytes[1] = 126;
    bytes.writeUInt16BE(length, 2);
  } else {
    bytes[1] = 127;
    bytes.writeBigUInt64BE(BigInt(length), 2);
  }
  return [bytes, at];
}

/** Blocks that need nothing before them and end on a whole byte, so that they may stand one after the other. */
function deflated(text: string): Buffer {
  return deflateRawSync(text, { level: constants.Z_BEST_SPEED, finishFlush: constants.Z_SYNC_FLUSH });
}

function joined(frames: readonly Frame[], packed: boolean): Buffer {
  const parts = frames.map((one) => (packed ? one.packed() : one.plain));
  const [first] = parts;
  return parts.length === 1 && first ? first : Buffer.concat(parts);
}

/** Joins, and keeps the last for who gets the same. */
function lastOf(packed: boolean): (frames: readonly Frame[]) => Buffer {
  let last: readonly Frame[] | null = null;
  let bytes: Buffer = Buffer.alloc(0);
  return (frames) => {
    if (!last || last.length !== frames.length || frames.some((one, i) => one !== last?.[i])) {
      last = frames;
      bytes = joined(frames, packed);
    }
    return bytes;
  };
}
