import { describe, expect, it } from 'vitest';
import { decode } from './decode.ts';
import { type Field, planBlocks, readField, splitBlock } from './plan.ts';

const item = (signal: string, address: Record<string, unknown>) => ({ signal, address });
const field = (signal: string, address: Record<string, unknown>) => readField(item(signal, address)) as Field;

describe('the reading plan of a Modbus source', () => {
  it('joins what touches within one unit and type, and never asks for a register that nobody named', () => {
    const fields = [
      field('a.importWh', { unit: 2, register: 72, registerType: 'input', dataType: 'float32' }),
      field('a.exportWh', { unit: 2, register: 74, registerType: 'input', dataType: 'float32' }),
      field('a.powerW', { unit: 2, register: 52, registerType: 'input', dataType: 'float32' }),
      field('a.importVarh', { unit: 2, register: 76, registerType: 'holding', dataType: 'uint32' }),
      field('b.importWh', { unit: 3, register: 74, registerType: 'input', dataType: 'uint64' }),
    ];
    const blocks = planBlocks(fields).map(({ unit, registerType, start, words }) => [unit, registerType, start, words]);
    expect(blocks).toEqual([
      [2, 'holding', 76, 2],
      [2, 'input', 52, 2],
      [2, 'input', 72, 4],
      [3, 'input', 74, 4],
    ]);
  });

  it('stays within 125 registers a request, and splits a block into its fields', () => {
    const fields = Array.from({ length: 70 }, (_, i) =>
      field(`m${i}.powerW`, { register: 2 * i, registerType: 'input', dataType: 'int32' }),
    );
    const blocks = planBlocks(fields);
    expect(blocks.map((b) => b.words)).toEqual([124, 16]);
    expect(splitBlock(blocks[1]!).map((b) => [b.start, b.words])).toEqual(
      Array.from({ length: 8 }, (_, i) => [124 + 2 * i, 2]),
    );
  });

  it('takes register, type and unit factor from a profile', () => {
    expect(field('m.importWh', { unit: 1, profile: 'sdm630', measure: 'importWh' })).toMatchObject({
      register: 72,
      dataType: 'float32',
      factor: 1000,
    });
    expect(readField(item('m.importWh', { profile: 'sdm999' }))).toMatchObject({
      message: expect.stringMatching(/no profile "sdm999"/),
    });
    expect(readField(item('m.importWh', { unit: 300, register: 1 }))).toMatchObject({
      message: expect.stringMatching(/unit must be/),
    });
    expect(readField(item('m.importWh', {}))).toMatchObject({ message: expect.stringMatching(/register must be/) });
  });
});

describe('register values', () => {
  const float = Buffer.alloc(4);
  float.writeFloatBE(1234.5);
  it('reads every order of words and bytes', () => {
    expect(decode(float, 'float32', 'big', 'big')).toBe(1234.5);
    const wordSwapped = Buffer.concat([float.subarray(2), float.subarray(0, 2)]);
    expect(decode(wordSwapped, 'float32', 'little', 'big')).toBe(1234.5);
    expect(decode(Buffer.from(float).swap16(), 'float32', 'big', 'little')).toBe(1234.5);
    expect(decode(Buffer.from(wordSwapped).swap16(), 'float32', 'little', 'little')).toBe(1234.5);
    const wide = Buffer.from([0, 0, 0, 0, 0, 1, 0, 2]);
    expect(decode(wide, 'uint64', 'big', 'big')).toBe(65538);
    expect(decode(Buffer.from([0, 2, 0, 1, 0, 0, 0, 0]), 'uint64', 'little', 'big')).toBe(65538);
    expect(decode(Buffer.from([0xff, 0xfe]), 'int16', 'big', 'big')).toBe(-2);
    expect(decode(Buffer.from([0xff, 0xfe]), 'uint16', 'big', 'big')).toBe(65534);
  });

  it('has no value for NaN, infinity and integers beyond 2^53', () => {
    const nan = Buffer.from([0x7f, 0xc0, 0, 0]);
    expect(decode(nan, 'float32', 'big', 'big')).toBeNull();
    expect(decode(Buffer.from([0x7f, 0x80, 0, 0]), 'float32', 'big', 'big')).toBeNull();
    expect(decode(Buffer.alloc(8, 0xff), 'uint64', 'big', 'big')).toBeNull();
    expect(decode(Buffer.alloc(8, 0xff), 'int64', 'big', 'big')).toBe(-1);
  });
});
