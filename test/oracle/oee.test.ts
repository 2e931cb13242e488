import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sumSpans } from '#shared/oee/figures.ts';
import { lineSums } from '#shared/oee/line.ts';
import { addSums, type KpiSums, plannedProductionSeconds, ratiosOf, zeroSums } from '#shared/oee/sums.ts';
import { build, expectEqualSums, expectSame, scenario, second, ZONES } from './oee-days.ts';
import { dayOf, sumDay, sumLine } from './oee-oracle.ts';

/**
 * Random days of the normal run, every one with its machines and its line held against the model. More, or one again:
 * `npm run oracle -- --days 20000`, `npm run oracle -- --seed 42`; a failure prints its seed and path.
 */
const DAYS = Number(process.env['ORACLE_DAYS'] ?? 2000);
const LAWS = DAYS / 8;
const seed = process.env['ORACLE_SEED'];
const runs = (numRuns: number) => ({ numRuns: Math.ceil(numRuns), ...(seed !== undefined && { seed: Number(seed) }) });

/** A busy machine is not a failure. */
const PATIENCE_MS = 120_000 * Math.max(1, DAYS / 2000);

const wholeMinute = (t: number) => Math.floor(t / 60) * 60;

describe('judgement against a second by second model', () => {
  it(`gives each machine and the line the same sums on ${DAYS} days`, { timeout: PATIENCE_MS }, () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(scenario, (s) => {
        const { world, models, plant, spans, constraint, from, to } = build(s);
        seen.set(world.zone, (seen.get(world.zone) ?? 0) + 1);
        const days = models.map((model) => dayOf(world, model));
        days.forEach((day, i) => {
          expectSame(sumSpans(spans.get(`m${i}`) ?? []), sumDay(world, day, from, to));
        });
        expectSame(lineSums(plant, 'l1', spans), sumLine(world, models, constraint, from, to, days));
      }),
      runs(DAYS),
    );
    expect([...seen.keys()].sort()).toEqual(ZONES);
    expect([...seen.values()].reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(DAYS);
  });
});

describe('laws', () => {
  it('spans are contiguous, cover the window, and cross no minute', () => {
    fc.assert(
      fc.property(scenario, (s) => {
        const { spans, from, to } = build(s);
        for (const list of spans.values()) {
          let cursor = from * 1000;
          for (const span of list) {
            expect(span.start).toBe(cursor);
            expect(span.end).toBeGreaterThan(span.start);
            expect(span.end).toBeLessThanOrEqual(span.minute + 60_000);
            cursor = span.end;
          }
          expect(cursor).toBe(Math.max(from, to) * 1000);
        }
      }),
      runs(LAWS),
    );
  });

  it('categories add to the calendar, and A x P x Q is OEE', () => {
    fc.assert(
      fc.property(scenario, (s) => {
        const { spans, from, to } = build(s);
        for (const list of spans.values()) {
          const sums = sumSpans(list);
          const outside = sums.scheduleLossSeconds + sums.breakSeconds + sums.offShiftSeconds;
          expect(plannedProductionSeconds(sums) + outside).toBeCloseTo(to - from, 6);
          expect(sums.allSeconds).toBeCloseTo(to - from, 6);
          const { availability, performance, quality, oee } = ratiosOf(sums);
          for (const ratio of [availability, performance, quality, oee]) expect(ratio).not.toBeNaN();
          if (availability === null || performance === null || quality === null || oee === null) continue;
          expect(availability * performance * quality).toBeCloseTo(oee, 9);
        }
      }),
      runs(LAWS),
    );
  });

  it('the parts of a window add up to it, in any order', () => {
    fc.assert(
      fc.property(scenario, fc.array(second, { maxLength: 4 }), fc.integer(), (s, inner, order) => {
        const { judged, spans, from, to } = build(s);
        const bounds = [from, ...inner.map((t) => wholeMinute(from + t)).filter((t) => t > from && t < to), to];
        bounds.sort((a, b) => a - b);
        const parts = bounds.slice(1).map((end, i) => sumSpans(judged('m0', bounds[i] as number, end)));
        const sums = zeroSums();
        for (let i = 0; i < parts.length; i++) {
          addSums(sums, parts[(i + Math.abs(order)) % parts.length] as KpiSums);
        }
        expectEqualSums(sums, sumSpans(spans.get('m0') ?? []));
      }),
      runs(LAWS),
    );
  });

  it('the small stop threshold moves loss between availability and performance, never OEE', () => {
    fc.assert(
      fc.property(scenario, fc.integer({ min: 0, max: 4000 }), (s, threshold) => {
        const { judged, spans, from, to } = build(s);
        const before = sumSpans(spans.get('m0') ?? []);
        const after = sumSpans(judged('m0', from, to, threshold));
        expect(ratiosOf(after).oee).toEqual(ratiosOf(before).oee);
        expect(after.runSeconds - after.smallStopSeconds).toBeCloseTo(before.runSeconds - before.smallStopSeconds, 6);
      }),
      runs(LAWS),
    );
  });
});
