import { describe, expect, it } from 'vitest';
import type { SignalKind } from '#shared/plant/signals.ts';
import { bindReading } from './bind.ts';
import type { Reading } from './source.ts';

const reading = (value: Reading['value'], quality: Reading['quality'] = 'good'): Reading => ({
  signal: 'm.x',
  value,
  quality,
  t: 1000,
  received: 1200,
});

function bind(kind: SignalKind, map: Record<string, string> | null, raw: Reading) {
  const findings: string[] = [];
  const meaning = { signal: 'm.x', kind, map: map && new Map(Object.entries(map)) };
  const sample = bindReading(meaning, raw, (code) => findings.push(code));
  return { value: sample.value, quality: sample.quality, t: sample.t, received: sample.received, findings };
}

describe('binding raw readings', () => {
  const states = { 0: 'off', 1: 'idle', 2: 'running', true: 'down' };
  it.each([
    [2, 'running'],
    [2.0, 'running'],
    ['2', 'running'],
    [true, 'down'],
    [false, 'off'],
    ['running', 'running'],
  ])('state %s is %s', (raw, state) => {
    expect(bind('state', states, reading(raw))).toMatchObject({ value: state, quality: 'good', findings: [] });
  });
  it.each([[9], ['Running'], [null], ['']])('state %s is unknown, with a finding', (raw) => {
    expect(bind('state', states, reading(raw))).toMatchObject({
      value: null,
      quality: 'bad',
      findings: ['unmappedState'],
    });
  });
  it('a bad state is unknown without a finding of its own', () => {
    expect(bind('state', states, reading(2, 'bad'))).toMatchObject({ value: null, quality: 'bad', findings: [] });
  });
  it('keeps times and the quality uncertain', () => {
    expect(bind('counter', null, reading(5, 'uncertain'))).toEqual({
      value: 5,
      quality: 'uncertain',
      t: 1000,
      received: 1200,
      findings: [],
    });
  });
  it.each([
    [17, 'jam', []],
    [0, null, []],
    ['', null, []],
    [null, null, []],
    [18, null, ['unmappedReason']],
  ])('reason code %s is %s', (raw, reason, findings) => {
    expect(bind('reason', { 17: 'jam' }, reading(raw))).toMatchObject({ value: reason, quality: 'good', findings });
  });
  it('reads a reason of 0 from the map where the map names it', () => {
    expect(bind('reason', { 0: 'none' }, reading(0)).value).toBe('none');
  });
  it('names products by map, else by their own name; numbers as text', () => {
    expect(bind('product', { 7: 'BTL500' }, reading(7)).value).toBe('BTL500');
    expect(bind('product', { 7: 'BTL500' }, reading('X9')).value).toBe('X9');
    expect(bind('product', null, reading(12)).value).toBe('12');
    expect(bind('order', null, reading(' WO-1 ')).value).toBe('WO-1');
    expect(bind('order', null, reading('')).value).toBeNull();
  });
  it.each([['12'], [true], [null], [Number.NaN]])('%s is no count', (raw) => {
    expect(bind('counter', null, reading(raw))).toMatchObject({
      value: null,
      quality: 'bad',
      findings: ['notANumber'],
    });
  });
});
