/*
 * Modbus frames, reading only: functions 1 to 4 are all that can be written here.
 *
 * - Every check of an answer has a name, under which it is counted: garbage is never a value.
 */

/** Read coils, discrete inputs, holding registers, input registers. */
export type ReadFunction = 1 | 2 | 3 | 4;
export type Framing = 'tcp' | 'rtu';

export interface Request {
  readonly unit: number;
  readonly fn: ReadFunction;
  readonly start: number;
  /** Registers, or bits of functions 1 and 2. */
  readonly count: number;
}

export type Flaw = 'wrongUnit' | 'wrongFunction' | 'wrongLength' | 'badCrc';
export type Answer = { readonly data: Buffer } | { readonly exception: number } | { readonly flaw: Flaw };

export const TCP_HEADER = 7;
/** Unit and PDU: the protocol's own limit. */
const MOST_TCP_LENGTH = 254;
const EXCEPTION = 0x80;
const CRC_BYTES = 2;

export function encodeTcp(transaction: number, request: Request): Buffer {
  const frame = Buffer.alloc(12);
  frame.writeUInt16BE(transaction, 0);
  frame.writeUInt16BE(6, 4);
  writePdu(frame, 6, request);
  return frame;
}

export function encodeRtu(request: Request): Buffer {
  const frame = Buffer.alloc(8);
  writePdu(frame, 0, request);
  frame.writeUInt16LE(crc16(frame.subarray(0, 6)), 6);
  return frame;
}

function writePdu(frame: Buffer, at: number, { unit, fn, start, count }: Request): void {
  frame.writeUInt8(unit, at);
  frame.writeUInt8(fn, at + 1);
  frame.writeUInt16BE(start, at + 2);
  frame.writeUInt16BE(count, at + 4);
}

export interface TcpHeader {
  readonly transaction: number;
  /** Of the whole frame. */
  readonly length: number;
}

/** Null: too few bytes yet. 'garbage': this is no Modbus, and where the next frame begins cannot be known. */
export function readTcpHeader(bytes: Buffer): TcpHeader | 'garbage' | null {
  if (bytes.length < TCP_HEADER) return null;
  const length = bytes.readUInt16BE(4);
  if (bytes.readUInt16BE(2) !== 0 || length < 3 || length > MOST_TCP_LENGTH) return 'garbage';
  return { transaction: bytes.readUInt16BE(0), length: TCP_HEADER - 1 + length };
}

/** Bytes of an RTU answer to this request, judged by its first two; 0 while they are not there. */
export function rtuLength(bytes: Buffer, request: Request): number {
  if (bytes.length < 2) return 0;
  return (bytes[1] ?? 0) & EXCEPTION ? 3 + CRC_BYTES : 3 + dataBytes(request) + CRC_BYTES;
}

/** A whole RTU answer. */
export function readRtu(frame: Buffer, request: Request): Answer {
  const body = frame.subarray(0, -CRC_BYTES);
  if (frame.readUInt16LE(body.length) !== crc16(body)) return { flaw: 'badCrc' };
  return readBody(body, request);
}

/** Unit, function and the rest. */
export function readBody(body: Buffer, request: Request): Answer {
  const [unit, fn, third] = body;
  if (unit !== request.unit) return { flaw: 'wrongUnit' };
  if (fn === (request.fn | EXCEPTION)) {
    return body.length === 3 && third !== undefined ? { exception: third } : { flaw: 'wrongLength' };
  }
  if (fn !== request.fn) return { flaw: 'wrongFunction' };
  const expected = dataBytes(request);
  if (third !== expected || body.length !== 3 + expected) return { flaw: 'wrongLength' };
  return { data: body.subarray(3) };
}

function dataBytes({ fn, count }: Request): number {
  return fn <= 2 ? Math.ceil(count / 8) : count * 2;
}

export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}
