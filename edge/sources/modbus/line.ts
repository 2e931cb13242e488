import { connect, type Socket } from 'node:net';
import {
  encodeRtu,
  encodeTcp,
  type Flaw,
  type Framing,
  type Request,
  readBody,
  readRtu,
  readTcpHeader,
  rtuLength,
} from './frame.ts';

/*
 * One connection to a device or gateway: requests out, answers back to whoever asked.
 *
 * - Modbus TCP: each request has a number of its own; an answer to an older one is counted and dropped. Several may be under
 *   way at once.
 * - RTU over TCP (a serial bus behind a port server): frames have no number, so one is under way at a time, and after a
 *   silence the connection is made anew: an answer that comes late could be taken for the next one's.
 * - Bytes that are no Modbus end the connection: where the next frame begins cannot be known.
 */

const CONNECT_TIMEOUT_MS = 5000;
const TRANSACTIONS = 0x10000;

/** `counter` names what happened; see docs. */
export type LineCounter = 'modbus_late_answers' | 'modbus_garbage' | 'modbus_timeouts' | `modbus_${Flaw}`;

export class ModbusException extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`Modbus exception ${code}`);
    this.code = code;
  }
}

export interface Line {
  readonly isOpen: boolean;
  /** Data bytes. Rejects with ModbusException, or an Error that says what was wrong with the answer, or that none came. */
  request(request: Request, timeoutMs: number): Promise<Buffer>;
  close(): void;
}

export interface LineOptions {
  readonly host: string;
  readonly port: number;
  readonly framing: Framing;
  count(name: LineCounter): void;
  /** The connection ended, not by our wish. */
  onEnd(why: string): void;
}

interface Pending {
  readonly request: Request;
  readonly resolve: (data: Buffer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Rejects where nobody answers within 5 s. */
export async function openLine(options: LineOptions): Promise<Line> {
  const { count, framing } = options;
  const pending = new Map<number, Pending>();
  let socket = await open(options);
  let received: Buffer = Buffer.alloc(0);
  let closed = false;
  let transaction = 0;
  /** RTU: a silence came before, so the next request needs a fresh connection. */
  let stale = false;
  listen(socket);

  function listen(own: Socket): void {
    received = Buffer.alloc(0);
    const end = (why: string) => {
      if (own !== socket || closed) return;
      closed = true;
      own.destroy();
      failAll(new Error(why));
      options.onEnd(why);
    };
    own.on('data', (bytes: Buffer) => {
      if (own !== socket || closed) return;
      received = received.length === 0 ? Buffer.from(bytes) : Buffer.concat([received, bytes]);
      if (framing === 'tcp') readFrames(end);
      else readFrame();
    });
    own.on('error', (error) => end(`the connection failed (${error.message})`));
    own.on('close', () => end('the connection was closed by the device or the network'));
  }

  function failAll(error: Error): void {
    for (const [key, { reject, timer }] of [...pending]) {
      pending.delete(key);
      clearTimeout(timer);
      reject(error);
    }
  }

  function readFrames(end: (why: string) => void): void {
    for (;;) {
      const header = readTcpHeader(received);
      if (header === null) return;
      if (header === 'garbage') {
        count('modbus_garbage');
        end('bytes came that are no Modbus TCP; check the port, and framing: rtu for a serial gateway');
        return;
      }
      if (received.length < header.length) return;
      const body = received.subarray(6, header.length);
      received = received.subarray(header.length);
      const asked = pending.get(header.transaction);
      if (asked) settle(header.transaction, asked, readBody(body, asked.request));
      else count('modbus_late_answers');
    }
  }

  function readFrame(): void {
    const [entry] = pending;
    if (!entry) {
      received = Buffer.alloc(0);
      count('modbus_late_answers');
      return;
    }
    const [key, asked] = entry;
    const length = rtuLength(received, asked.request);
    if (length === 0 || received.length < length) return;
    if (received.length > length) count('modbus_garbage');
    const frame = received.subarray(0, length);
    received = Buffer.alloc(0);
    settle(key, asked, readRtu(frame, asked.request));
  }

  function settle(key: number, { resolve, reject, timer }: Pending, answer: ReturnType<typeof readBody>): void {
    pending.delete(key);
    clearTimeout(timer);
    if ('data' in answer) {
      resolve(answer.data);
      return;
    }
    if ('exception' in answer) {
      reject(new ModbusException(answer.exception));
      return;
    }
    count(`modbus_${answer.flaw}`);
    // What follows on the wire may belong to anything.
    stale = framing === 'rtu';
    reject(new Error(`the answer is not one to what was asked (${answer.flaw})`));
  }

  async function renew(): Promise<void> {
    const old = socket;
    const fresh = await open(options);
    if (closed) {
      fresh.destroy();
      throw new Error('the connection was closed');
    }
    socket = fresh;
    stale = false;
    old.destroy();
    listen(fresh);
  }

  return {
    get isOpen() {
      return !closed;
    },
    async request(request, timeoutMs) {
      if (stale) {
        try {
          await renew();
        } catch (error) {
          if (!closed) {
            closed = true;
            options.onEnd(`the connection could not be made anew (${(error as Error).message})`);
          }
          throw error;
        }
      }
      if (closed) throw new Error('the connection was closed');
      transaction = (transaction + 1) % TRANSACTIONS;
      const key = transaction;
      return new Promise<Buffer>((resolve, reject) => {
        const timer = setTimeout(() => {
          pending.delete(key);
          stale = framing === 'rtu';
          count('modbus_timeouts');
          reject(new Error(`no answer within ${timeoutMs} ms`));
        }, timeoutMs);
        pending.set(key, { request, resolve, reject, timer });
        socket.write(framing === 'tcp' ? encodeTcp(key, request) : encodeRtu(request));
      });
    },
    close() {
      closed = true;
      socket.destroy();
      failAll(new Error('the connection was closed'));
    },
  };
}

function open({ host, port }: LineOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const timer = setTimeout(
      () => fail(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`)),
      CONNECT_TIMEOUT_MS,
    );
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}
