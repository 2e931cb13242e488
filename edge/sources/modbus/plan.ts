import type { Item } from '#edge/core/source.ts';
import { type Order, type RegisterType, WIRE_TYPES, type WireType, wordsOf } from './decode.ts';
import { profiles } from './profiles.ts';

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
}

/** One request: fields that lie side by side. */
export interface Block {
  readonly unit: number;
  readonly registerType: RegisterType;
  readonly start: number;
  readonly words: number;
  readonly fields: readonly Field[];
}

export interface AddressProblem {
  readonly signal: string;
  readonly message: string;
}

/** The protocol allows 125 registers a request. */
const MOST_WORDS = 125;

export function readField(item: Item): Field | AddressProblem {
  const { address, signal } = item;
  const problem = (message: string): AddressProblem => ({ signal, message: `${signal}: ${message}` });
  const unit = address.unit ?? 1;
  if (!whole(unit, 255)) return problem('unit must be a whole number from 0 to 255');
  const wordOrder = orderOf(address.wordOrder);
  const byteOrder = orderOf(address.byteOrder);
  if (!wordOrder || !byteOrder) return problem('wordOrder and byteOrder are big or little');
  if (address.profile !== undefined) {
    const profile = profiles[String(address.profile)];
    if (!profile)
      return problem(`there is no profile "${address.profile}"; there is ${Object.keys(profiles).join(', ')}`);
    const measure = String(address.measure ?? signal.slice(signal.lastIndexOf('.') + 1));
    const entry = profile[measure];
    if (!entry) return problem(`the profile has no "${measure}"; it has ${Object.keys(profile).join(', ')}`);
    return { signal, unit, wordOrder, byteOrder, ...entry };
  }
  const { register } = address;
  if (!whole(register, 65535)) return problem('register must be a whole number from 0 to 65535');
  const registerType = address.registerType ?? 'holding';
  if (registerType !== 'input' && registerType !== 'holding') return problem('registerType is input or holding');
  const dataType = WIRE_TYPES.find((t) => t === (address.dataType ?? 'uint16'));
  if (!dataType) return problem(`dataType is one of ${WIRE_TYPES.join(', ')}`);
  return { signal, unit, register, registerType, dataType, wordOrder, byteOrder, factor: 1 };
}

/** Groups fields of one unit and type whose registers touch or overlap; never reads a register that nobody asked for. */
export function planBlocks(fields: readonly Field[]): Block[] {
  const sorted = [...fields].sort(
    (a, b) => a.unit - b.unit || a.registerType.localeCompare(b.registerType) || a.register - b.register,
  );
  const blocks: Block[] = [];
  for (const field of sorted) {
    const last = blocks.at(-1);
    const end = field.register + wordsOf(field.dataType);
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
      blocks.push({ unit, registerType, start: register, words: wordsOf(field.dataType), fields: [field] });
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
    words: wordsOf(field.dataType),
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
