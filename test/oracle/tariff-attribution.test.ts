import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeEnergy } from '#shared/energy/attribute.ts';
import { energyGrid } from '#shared/energy/grid.ts';
import { groupEnergy, sumEnergy } from '#shared/energy/items.ts';
import { energyResult } from '#shared/energy/result.ts';
import { meterPiece, testMeter, testPlant, testTariff } from '#shared/energy/testing.ts';
import type { MeterPiece } from '#shared/oee/facts.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import type { Meter } from '#shared/plant/model.ts';
import { MACHINE_STATES, TIME_CATEGORIES } from '#shared/state/state.ts';

/*
 * The laws of attribution over random plants, meters, gaps, states and tariffs: whatever one groups by, the parts add up to
 * what the meter measured and cost.
 */

const MINUTE = 60_000;
const MINUTES = 40;
/** A band edge (16:00) lies in the middle of the window. */
const FROM = Date.parse('2026-01-14T15:40:00Z');
const TO = FROM + MINUTES * MINUTE;
const always = { days: null, months: null, from: null, to: null };

const tariff = testTariff({
  meter: 'main',
  bands: [
    { ...always, name: 'red', rate: 0.2742, from: '16:00', to: '16:13' },
    { ...always, name: 'green', rate: 0.18133 },
  ],
});

const feeds = (...value: { machine: string; share: number }[]): Meter['feeds'] => [
  { validFrom: Number.NEGATIVE_INFINITY, value },
];

const plant = testPlant(
  [
    testMeter('main'),
    testMeter('hall', { parent: 'main', feeds: feeds({ machine: 'c', share: 1 }) }),
    testMeter('a', { parent: 'main', feeds: feeds({ machine: 'a', share: 1 }) }),
    testMeter('b', { parent: 'hall', feeds: feeds({ machine: 'a', share: 0.3 }, { machine: 'b', share: 0.7 }) }),
    testMeter('rest', {
      parent: 'main',
      sum: [
        { meter: 'main', sign: 1 },
        { meter: 'a', sign: -1 },
      ],
    }),
    testMeter('machines', {
      parent: 'main',
      sum: [
        { meter: 'a', sign: 1 },
        { meter: 'b', sign: 1 },
      ],
    }),
  ],
  { tariffs: [tariff], carbon: [{ kind: 'interval', from: FROM, to: FROM + 7 * MINUTE, gramsPerKwh: 120 }] },
);

/** Cuts of a span into parts, as instants between its ends. */
const cuts = (start: number, end: number) =>
  fc
    .uniqueArray(fc.integer({ min: 1, max: (end - start) / 1000 - 1 }), { maxLength: 3 })
    .map((seconds) => [start, ...seconds.sort((x, y) => x - y).map((s) => start + s * 1000), end]);

/** A minute of a meter: its own row, and the same energy cut along the pieces of the machines that it feeds. */
const minute = (meter: string, machines: readonly string[], start: number) =>
  fc
    .record({
      wh: fc.integer({ min: 0, max: 5000 }),
      known: fc.constantFrom(0, 0, 1, 1, 1, 1, 1, 0.5),
      byMachine: fc.tuple(
        ...machines.map(() =>
          fc.record({
            edges: cuts(start, start + MINUTE),
            states: fc.array(fc.constantFrom(...MACHINE_STATES), { minLength: 4, maxLength: 4 }),
            // The machine may be unknown to the facts, whole or in part.
            pieces: fc.constantFrom('all', 'all', 'none', 'first'),
          }),
        ),
      ),
    })
    .map(({ wh, known, byMachine }): MeterPiece[] => {
      if (known === 0) return [];
      const row = { energyWh: wh, coveredSeconds: 60 * known };
      const rows = [meterPiece(meter, '', start, start + MINUTE, row)];
      byMachine.forEach(({ edges, states, pieces }, m) => {
        const parts = edges.slice(0, -1).map((a, i) => ({ a, b: edges[i + 1] as number, state: states[i] }));
        const kept = pieces === 'none' ? [] : pieces === 'first' ? parts.slice(0, 1) : parts;
        for (const { a, b, state } of kept) {
          const share = (b - a) / MINUTE;
          rows.push(
            meterPiece(meter, machines[m] as string, a, b, {
              minute: start,
              energyWh: wh * share,
              coveredSeconds: 60 * known * share,
              ...(state ? { state } : {}),
            }),
          );
        }
      });
      return rows;
    });

const meterFacts = (meter: string, machines: readonly string[]) =>
  fc
    .tuple(...Array.from({ length: MINUTES }, (_, i) => minute(meter, machines, FROM + i * MINUTE)))
    .map((minutes) => minutes.flat());

const spansOf = (machine: string): fc.Arbitrary<[string, JudgedSpan[]]> =>
  fc
    .record({
      edges: cuts(FROM, TO),
      kinds: fc.array(fc.tuple(fc.constantFrom(...MACHINE_STATES), fc.constantFrom(...TIME_CATEGORIES)), {
        minLength: 4,
        maxLength: 4,
      }),
      judged: fc.boolean(),
    })
    .map(({ edges, kinds, judged }) => [
      machine,
      judged
        ? edges.slice(0, -1).map((start, i) => ({
            start,
            end: edges[i + 1] as number,
            minute: FROM,
            intervalStart: FROM,
            stretchStart: null,
            state: kinds[i]?.[0] ?? 'running',
            category: kinds[i]?.[1] ?? 'run',
            reason: null,
            product: 'P',
            order: '',
            shift: null,
            totalCount: 0,
            goodCount: 0,
            rejectCount: 0,
            idealSecondsPerPiece: null,
            estimated: false,
          }))
        : [],
    ]);

const facts = fc
  .tuple(meterFacts('main', []), meterFacts('hall', ['c']), meterFacts('a', ['a']), meterFacts('b', ['a', 'b']))
  .map((meters) => meters.flat());
const judged = fc.tuple(spansOf('a'), spansOf('b'), spansOf('c')).map((spans) => new Map(spans));
const meters = fc.constantFrom('main', 'hall', 'a', 'b', 'rest', 'machines');

describe('attribution', () => {
  it('by machine, state, category, band, shift or anything adds up to the meter, in kWh and money', () => {
    fc.assert(
      fc.property(meters, facts, judged, (meter, meterPieces, spansByMachine) => {
        const query = { plant, meter, meterPieces, spansByMachine, from: FROM, to: TO };
        const items = attributeEnergy(query);
        const result = energyResult({ ...query, counterEvents: [], entries: [], byCategory: true });
        const all = sumEnergy(items);
        expect(all.kWh).toBeCloseTo(result.kWh ?? 0, 9);
        expect(all.cost ?? 0).toBeCloseTo(result.cost ?? 0, 9);
        expect(all.co2Kg ?? 0).toBeCloseTo(result.co2Kg ?? 0, 9);
        const groupings: ((item: (typeof items)[number]) => string)[] = [
          (item) => item.machine ?? 'rest',
          (item) => item.state ?? 'rest',
          (item) => item.category ?? 'rest',
          (item) => item.band,
          (item) => item.shift?.id ?? '',
          (item) => item.product,
        ];
        for (const keyOf of groupings) {
          const groups = [...groupEnergy(items, keyOf).values()];
          expect(groups.reduce((kWh, g) => kWh + g.kWh, 0)).toBeCloseTo(all.kWh, 9);
          expect(groups.reduce((cost, g) => cost + (g.cost ?? 0), 0)).toBeCloseTo(all.cost ?? 0, 9);
        }
        for (const [band, sum] of groupEnergy(items, (item) => item.band)) {
          expect(sum.kWh).toBeCloseTo(result.byBand[band]?.kWh ?? 0, 9);
        }
        const categories = Object.values(result.byCategory ?? {}).reduce((kWh, v) => kWh + (v ?? 0), 0);
        expect(categories).toBeCloseTo(all.kWh, 9);
      }),
      { numRuns: 60 },
    );
  });

  it('never lets an item cross a band edge, a judged span or the window', () => {
    fc.assert(
      fc.property(meters, facts, judged, (meter, meterPieces, spansByMachine) => {
        const cells = energyGrid(plant, meter, FROM, TO);
        for (const item of attributeEnergy({ plant, meter, meterPieces, spansByMachine, from: FROM, to: TO })) {
          expect(item.end).toBeGreaterThan(item.start);
          expect(cells.some((c) => c.start <= item.start && item.end <= c.end && c.band === item.band)).toBe(true);
          const spans = item.machine === null ? [] : (spansByMachine.get(item.machine) ?? []);
          if (item.machine !== null && spans.length > 0) {
            const span = spans.find((s) => s.start <= item.start && item.end <= s.end);
            expect(span?.category).toBe(item.category);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('of two adjoining windows is that of both together', () => {
    fc.assert(
      fc.property(meters, facts, judged, fc.integer({ min: 1, max: MINUTES - 1 }), (meter, meterPieces, spans, cut) => {
        const middle = FROM + cut * MINUTE;
        const kWhOf = (from: number, to: number) =>
          groupEnergy(
            attributeEnergy({ plant, meter, meterPieces, spansByMachine: spans, from, to }),
            (item) => `${item.machine} ${item.category}`,
          );
        const whole = kWhOf(FROM, TO);
        const parts = [kWhOf(FROM, middle), kWhOf(middle, TO)];
        for (const [key, sum] of whole) {
          const both = parts.reduce((kWh, groups) => kWh + (groups.get(key)?.kWh ?? 0), 0);
          expect(both).toBeCloseTo(sum.kWh, 9);
        }
      }),
      { numRuns: 30 },
    );
  });
});
