import { describe, expect, it } from 'vitest';
import { hasReactive, mediumOf, metersBehind, metersBelow, tariffFor, tariffSpans } from './scope.ts';
import { testMeter, testPlant, testTariff } from './testing.ts';

const at = (text: string) => Date.parse(`${text}:00Z`);

describe('tariffs of a meter over time', () => {
  const v = (validFrom: string, more: object = {}) => testTariff({ validFrom, ...more });

  it('change at each version, in whatever order the file gives them', () => {
    const plant = testPlant([testMeter('e1')], { tariffs: [v('2026-03-01'), v('2026-01-01'), v('2026-02-01')] });
    const spans = tariffSpans(plant, 'e1', at('2025-12-15T00:00'), at('2026-03-15T00:00'));
    expect(spans.map((s) => [new Date(s.start).toISOString().slice(0, 10), s.tariff?.validFrom ?? null])).toEqual([
      ['2025-12-15', null],
      ['2026-01-01', '2026-01-01'],
      ['2026-02-01', '2026-02-01'],
      ['2026-03-01', '2026-03-01'],
    ]);
    expect(spans.at(-1)?.end).toBe(at('2026-03-15T00:00'));
  });

  it('are one span where the window begins or ends with a version, and where another meter’s tariff changes', () => {
    const other = v('2026-01-20', { id: 'other', meter: 'e2' });
    const plant = testPlant([testMeter('e1'), testMeter('e2')], { tariffs: [v('2026-01-01'), other, v('2026-02-01')] });
    const spans = tariffSpans(plant, 'e1', at('2026-01-01T00:00'), at('2026-02-01T00:00'));
    expect(spans.map((s) => [s.start, s.end])).toEqual([[at('2026-01-01T00:00'), at('2026-02-01T00:00')]]);
    expect(tariffSpans(plant, 'e1', 5, 5)).toEqual([]);
    expect(tariffFor(plant, 'e1', at('2026-01-31T23:59'))?.validFrom).toBe('2026-01-01');
    expect(tariffFor(plant, 'e1', at('2026-02-01T00:00'))?.validFrom).toBe('2026-02-01');
  });

  it('begin at the midnight of their own zone', () => {
    const plant = testPlant([testMeter('e1')], { tariffs: [v('2026-07-01', { timezone: 'Europe/Berlin' })] });
    expect(tariffFor(plant, 'e1', at('2026-06-30T21:59'))).toBeNull();
    expect(tariffFor(plant, 'e1', at('2026-06-30T22:00'))).not.toBeNull();
  });

  it('are a meter’s own before those of a meter above', () => {
    const meters = [testMeter('top'), testMeter('mid', { parent: 'top' }), testMeter('low', { parent: 'mid' })];
    const tariffs = ['top', 'mid'].map((meter) => v('2026-01-01', { id: `t-${meter}`, meter }));
    const plant = testPlant(meters, { tariffs });
    expect(['top', 'mid', 'low'].map((id) => tariffFor(plant, id, at('2026-02-01T00:00'))?.id)).toEqual([
      't-top',
      't-mid',
      't-mid',
    ]);
  });

  it('are those of the nearest meter above, of a virtual meter those of the first that it adds', () => {
    const sum = [
      { meter: 'b', sign: -1 as const },
      { meter: 'a', sign: 1 as const },
    ];
    const meters = [
      testMeter('a'),
      testMeter('b'),
      testMeter('below', { parent: 'a' }),
      testMeter('v', { sum }),
      testMeter('alone'),
    ];
    const tariffs = [v('2026-01-01', { id: 'ta', meter: 'a' }), v('2026-01-01', { id: 'tb', meter: 'b' })];
    const plant = testPlant(meters, { tariffs });
    const idFor = (meter: string) => tariffFor(plant, meter, at('2026-02-01T00:00'))?.id ?? null;
    expect(['a', 'b', 'below', 'v', 'alone'].map(idFor)).toEqual(['ta', 'tb', 'ta', 'ta', null]);
  });
});

describe('the meters around one', () => {
  const register = { binding: { source: 's', address: {} }, scale: 1, modulus: null, jitter: 0, maxKw: null };
  const plant = testPlant([
    testMeter('main', { importVarh: register }),
    testMeter('a', { parent: 'main', importVarh: register }),
    testMeter('b', { parent: 'a' }),
    testMeter('gas', { parent: 'main', medium: 'gas' }),
    testMeter('v', {
      parent: 'main',
      sum: [
        { meter: 'main', sign: 1 },
        { meter: 'b', sign: -1 },
      ],
    }),
    testMeter('w', {
      sum: [
        { meter: 'main', sign: 1 },
        { meter: 'a', sign: 1 },
      ],
    }),
  ]);

  it('below are real ones of the same medium', () => {
    expect(metersBelow(plant, 'main')).toEqual(['a']);
    expect(metersBelow(plant, 'b')).toEqual([]);
    expect(mediumOf(plant, 'gas')).toBe('gas');
  });

  it('behind are all whose facts are needed, real ones only', () => {
    expect(metersBehind(plant, 'v').toSorted()).toEqual(['a', 'b', 'main']);
    expect(metersBehind(plant, 'a').toSorted()).toEqual(['a', 'b']);
  });

  it('tell kVA where every one of them has a reactive register', () => {
    expect(['main', 'b', 'v', 'w', 'none'].map((id) => hasReactive(plant, id))).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
  });
});
