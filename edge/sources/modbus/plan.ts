import type { Item } from '#edge/core/source.ts';
import { type Order, REGISTER_TYPES, type RegisterType, WIRE_TYPES, type WireType, wordsOf } from './decode.ts';
import { profileDoubt, profiles } from './profiles.ts';

/** One signal's place inside a unit. */
export interface Field {
  readonly signal: string;
  readonly unit: number;
  readonly register: number;
  readonly registerType: RegisterType;
  readonly dataType: WireType;
  readonly wordOrder: Order;
  readonly byteOrder: Order;
  /** From the profile's unit to ours; 1 where the plant file gives the register itself. */
  readonly factor: number;
  /** The raw value that stands for none. */
  readonly absent: number | null;
}

/** One request: fields that lie side by side. */
export interface Block {
  readonly unit: number;
  readonly registerType: RegisterType;
  readonly start: number;
  /** Registers, or bits of coils and discrete inputs. */
  readonly words: number;
  readonly fields: readonly Field[];
}

export interface AddressProblem {
  readonly signal: string;
  readonly message: string;
}

/** The protocol allows 125 registers a request; as many bits will do. */
const MOST_WORDS = 125;

export function isBits(registerType: RegisterType): boolean {
  return registerType === 'coil' || registerType === 'discrete';
}

/** Registers, or bits, that a field takes. */
export function sizeOf({ registerType, dataType }: Pick<Field, 'registerType' | 'dataType'>): number {
  return isBits(registerType) ? 1 : wordsOf(dataType);
}

export function readField(item: Item): Field | AddressProblem {
  const { address, signal } = item;
  const problem = (message: string): AddressProblem => ({ signal, message: `${signal}: ${message}` });
  const unit = address.unit ?? 1;
  if (!whole(unit, 255)) return problem('unit must be a whole number from 0 to 255');
  const givenOrder = address.wordOrder === undefined ? null : orderOf(address.wordOrder);
  const wordOrder = address.wordOrder === undefined ? 'big' : givenOrder;
  const byteOrder = orderOf(address.byteOrder);
  if (!wordOrder || !byteOrder) return problem('wordOrder and byteOrder are big or little');
  if (address.profile !== undefined) {
    const name = String(address.profile);
    const measure = String(address.measure ?? signal.slice(signal.lastIndexOf('.') + 1));
    const entry = profiles[name]?.measures[measure];
    if (!entry) return problem(profileDoubt(name, measure) ?? 'the profile cannot be used');
    const order = givenOrder ?? entry.wordOrder ?? 'big';
    return { signal, unit, byteOrder, absent: null, ...entry, wordOrder: order };
  }
  const { register } = address;
  if (!whole(register, 65535)) return problem('register must be a whole number from 0 to 65535');
  const registerType = address.registerType ?? 'holding';
  const type = REGISTER_TYPES.find((t) => t === registerType);
  if (!type) return problem(`registerType is one of ${REGISTER_TYPES.join(', ')}`);
  const dataType = WIRE_TYPES.find((t) => t === (address.dataType ?? 'uint16'));
  if (!dataType) return problem(`dataType is one of ${WIRE_TYPES.join(', ')}`);
  return { signal, unit, register, registerType: type, dataType, wordOrder, byteOrder, factor: 1, absent: null };
}

/** Groups fields of one unit and type whose registers touch or overlap; never reads a register that nobody asked for. */
export function planBlocks(fields: readonly Field[]): Block[] {
  const sorted = [...fields].sort(
    (a, b) => a.unit - b.unit || a.registerType.localeCompare(b.registerType) || a.register - b.register,
  );
  const blocks: Block[] = [];
  for (const field of sorted) {
    const last = blocks.at(-1);
    const end = field.register + sizeOf(field);
    const joins =
      last !== undefined &&
      last.unit === field.unit &&
      last.registerType === field.registerType &&
      field.register <= last.start + last.words &&
      end - last.start <= MOST_WORDS;
    if (joins) {
      const words = Math.max(last.words, end - last.start);
      blocks[blocks.length - 1] = { ...last, words, fields: [...last.fields, field] };
    } else {
      const { unit, registerType, register } = field;
      blocks.push({ unit, registerType, start: register, words: sizeOf(field), fields: [field] });
    }
  }
  return blocks;
}

/** The same fields, each in a request of its own: tells which of them a device refuses. */
export function splitBlock(block: Block): Block[] {
  return block.fields.map((field) => ({
    unit: field.unit,
    registerType: field.registerType,
    start: field.register,
    words: sizeOf(field),
    fields: [field],
  }));
}

function whole(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
}

function orderOf(value: unknown): Order | null {
  if (value === undefined) return 'big';
  return value === 'big' || value === 'little' ? value : null;
}
