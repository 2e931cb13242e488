import { expect, it } from 'vitest';
import { readNumber } from './read-number.ts';

it.each([
  ['1234.5', 1234.5],
  ['1,234.5', 1234.5],
  ['1.234,5', 1234.5],
  ['1234,5', 1234.5],
  ['12 345,67', 12345.67],
  ['1,234', 1234],
  ['1,234,567', 1234567],
  ['0,234', 0.234],
  ['4.812', 4.812],
  ['−12.5', -12.5],
  ['', null],
  ['12a', null],
  ['.', null],
])('reads %s as %s', (text, value) => expect(readNumber(text)).toBe(value));
