import { describe, expect, it } from 'vitest';
import { createNumberFormat } from './number.ts';

const gb = createNumberFormat('en-GB', 'GBP');
const de = createNumberFormat('de-DE', 'EUR');

describe('numbers', () => {
  it('groups counts by locale and shows no decimals', () => {
    expect(gb.count(33_373)).toBe('33,373');
    expect(gb.count(33_372.6)).toBe('33,373');
    expect(de.count(33_373)).toBe('33.373');
  });
  it('shows a dash for what is not known, never a zero', () => {
    for (const unknown of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(gb.count(unknown)).toBe('–');
      expect(gb.percent(unknown)).toBe('–');
      expect(gb.money(unknown)).toBe('–');
      expect(gb.power(unknown)).toEqual({ value: '–', unit: '' });
    }
    expect(gb.count(0)).toBe('0');
  });
  it('rounds projections to ten, but not small ones', () => {
    expect(gb.projection(4093)).toBe('4,090');
    expect(gb.projection(97)).toBe('97');
  });
  it('writes percent with one decimal, also over 100', () => {
    expect(gb.percent(0.6912)).toBe('69.1');
    expect(gb.percent(1.18)).toBe('118.0');
  });
  it('signs with U+2212 and never doubles or keeps a sign on zero', () => {
    expect(gb.signedPercent(-0.0791, 1)).toBe('−7.9%');
    expect(gb.signedPercent(0.041)).toBe('+4%');
    expect(gb.signedPercent(-0.0001)).toBe('0%');
    expect(gb.count(-0.2)).toBe('0');
    expect(gb.money(-12)).toBe('−£12.00');
  });
  it('shows pence only under 100', () => {
    expect(gb.money(19.151)).toBe('£19.15');
    expect(gb.money(208.4)).toBe('£208');
    expect(gb.money(99.996)).toBe('£100');
    expect(de.money(1180)).toContain('1.180');
    expect(gb.wholeMoney(95.4)).toBe('£95');
  });
  it('gives MWh from a million kWh and one decimal under a hundred', () => {
    expect(gb.energy(90.44)).toEqual({ value: '90.4', unit: 'kWh' });
    expect(gb.energy(979.4)).toEqual({ value: '979', unit: 'kWh' });
    expect(gb.energy(1_000_000)).toEqual({ value: '1,000', unit: 'MWh' });
    expect(gb.power(99.96)).toEqual({ value: '100', unit: 'kW' });
  });
  it('tells energy of a small piece per thousand', () => {
    expect(gb.perGood(0.0306)).toEqual({ value: '30.6', unit: 'kWh per 1,000 good' });
    expect(gb.perGood(1.05)).toEqual({ value: '1.05', unit: 'kWh per good piece' });
  });
  it('survives a locale that does not exist', () => {
    expect(createNumberFormat('not a locale', 'GBP').count(1234)).toBe('1,234');
  });
});
