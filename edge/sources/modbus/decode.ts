export const WIRE_TYPES = ['uint16', 'int16', 'uint32', 'int32', 'float32', 'uint64', 'int64', 'float64'] as const;
export type WireType = (typeof WIRE_TYPES)[number];
export const REGISTER_TYPES = ['input', 'holding', 'coil', 'discrete'] as const;
export type RegisterType = (typeof REGISTER_TYPES)[number];
export type Order = 'big' | 'little';

const WORDS: Readonly<Record<WireType, number>> = {
  uint16: 1,
  int16: 1,
  uint32: 2,
  int32: 2,
  float32: 2,
  uint64: 4,
  int64: 4,
  float64: 4,
};

export function wordsOf(type: WireType): number {
  return WORDS[type];
}

/**
 * A number out of registers; null where it is NaN, infinite, or an integer beyond 2^53. `wordOrder` little: the least
 * significant register comes first; `byteOrder` little: the two bytes of each register are swapped.
 */
export function decode(registers: Buffer, type: WireType, wordOrder: Order, byteOrder: Order): number | null {
  const bytes = Buffer.from(registers);
  if (byteOrder === 'little') bytes.swap16();
  if (wordOrder === 'little') {
    for (let i = 0, j = bytes.length - 2; i < j; i += 2, j -= 2) {
      const low = bytes.readUInt16BE(i);
      bytes.writeUInt16BE(bytes.readUInt16BE(j), i);
      bytes.writeUInt16BE(low, j);
    }
  }
  const value = read(bytes, type);
  if (!Number.isFinite(value)) return null;
  const wholeBeyondDoubles = (type === 'uint64' || type === 'int64') && !Number.isSafeInteger(value);
  return wholeBeyondDoubles ? null : value;
}

/** Beyond what any meter measures, far within what a float can be made of by reading its words the wrong way round. */
const LEAST_FLOAT = 1e-15;
const MOST_FLOAT = 1e15;

export function isImplausible(value: number, type: WireType): boolean {
  if (type !== 'float32' && type !== 'float64') return false;
  const size = Math.abs(value);
  return size !== 0 && (size < LEAST_FLOAT || size > MOST_FLOAT);
}

function read(bytes: Buffer, type: WireType): number {
  switch (type) {
    case 'uint16':
      return bytes.readUInt16BE(0);
    case 'int16':
      return bytes.readInt16BE(0);
    case 'uint32':
      return bytes.readUInt32BE(0);
    case 'int32':
      return bytes.readInt32BE(0);
    case 'float32':
      return bytes.readFloatBE(0);
    case 'float64':
      return bytes.readDoubleBE(0);
    case 'uint64':
      return Number(bytes.readBigUInt64BE(0));
    case 'int64':
      return Number(bytes.readBigInt64BE(0));
  }
}
