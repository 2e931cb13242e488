import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAggregator } from '#edge/aggregate/aggregator.ts';
import { simulateSamples } from '#edge/demo/history.ts';
import { meterWs } from '#edge/demo/meter-reading.ts';
import { METERS } from '#edge/demo/meter-spec.ts';
import type { DemoPlant } from '#edge/demo/plant-model.ts';
import { createDemoPlant } from '#edge/demo/plant-model.ts';
import { jobOf } from '#edge/demo/station.ts';
import { FactStore } from '#edge/replay/fact-store.ts';
import { figuresOf, sumSpans } from '#shared/oee/figures.ts';
import { judge } from '#shared/oee/judge.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { lineSums } from '#shared/oee/line.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { HOUR, MINUTE, SECOND } from '#shared/time/instant.ts';

/*
 * The demo's past through the real aggregator and the real judgement, against the simulation, which knows the truth: what
 * was really made, how long each machine really ran, what was really drawn. And: would a production engineer believe it?
 */

const START = Date.UTC(2026, 5, 1);
const FROM = START + HOUR;
const TO = FROM + 48 * HOUR;
const text = readFileSync(resolve(import.meta.dirname, '../../config/demo.plant.yaml'), 'utf8');
const { plant } = parsePlant(text, { hash: 'test', file: 'demo.plant.yaml' });
const RUN = { seed: 42, start: START };

interface Truth {
  /** Pieces (counts x cavities) and rejects between FROM and TO. */
  readonly total: number;
  readonly reject: number;
  readonly runningSeconds: number;
}

function made(model: DemoPlant, id: string): { total: number; reject: number } {
  const station = model.machines.get(id)?.station;
  return { total: station?.total ?? 0, reject: station?.reject ?? 0 };
}

describe('two days of the demo, measured and judged', () => {
  const facts = new FactStore(FROM, TO);
  const truth = new Map<string, Truth>();
  const drawnWh = new Map<string, number>();
  const spans = new Map<string, JudgedSpan[]>();

  beforeAll(() => {
    const aggregator = createAggregator(plant);
    let advanced = FROM;
    simulateSamples(plant, RUN, FROM, TO + MINUTE, (sample) => {
      aggregator.ingest(sample);
      if (sample.t < advanced + 10 * MINUTE) return;
      advanced = sample.t;
      aggregator.advance(advanced - SECOND);
      facts.add(aggregator.takeChanges());
    });
    aggregator.advance(TO + MINUTE);
    facts.add(aggregator.takeChanges());
    for (const id of plant.machines.keys()) {
      const input = { plant, machine: id, intervals: facts.intervals(id, FROM), pieces: facts.pieces(id, FROM, TO) };
      spans.set(id, judge({ ...input, entries: [], from: FROM, to: TO }));
    }

    const model = createDemoPlant(RUN);
    model.advanceTo(FROM);
    const ids = [...model.machines.keys()];
    const sums = new Map(ids.map((id) => [id, { total: 0, reject: 0, runningSeconds: 0, last: made(model, id) }]));
    const meters = METERS.map((meter) => ({ id: meter.id, ws: meterWs(meter, model) }));
    const before = meters.map(({ ws }) => ws());
    for (let t = FROM; t < TO; t += SECOND) {
      const running = ids.filter((id) => model.machines.get(id)?.station.phase === 'running');
      for (const id of running) {
        const sum = sums.get(id);
        if (sum) sum.runningSeconds += 1;
      }
      model.advanceTo(t + SECOND);
      for (const [id, sum] of sums) {
        const now = made(model, id);
        const machine = model.machines.get(id);
        // A count belongs to the second before it: to the job from before a changeover that begins now.
        if (machine && now.total > sum.last.total) {
          sum.total += (now.total - sum.last.total) * (machine.spec.counters.cycles ? jobOf(machine).cavities : 1);
          sum.reject += now.reject - sum.last.reject;
        }
        sum.last = now;
      }
    }
    for (const [id, sum] of sums) truth.set(id, sum);
    for (const [i, { id, ws }] of meters.entries()) drawnWh.set(id, (ws() - (before[i] ?? 0)) / 3600);
  });

  const of = (id: string) => {
    const pieces = facts.pieces(id, FROM, TO);
    const sum = (read: (piece: (typeof pieces)[number]) => number) => pieces.reduce((s, piece) => s + read(piece), 0);
    return {
      total: sum(({ totalCount }) => totalCount),
      reject: sum(({ rejectCount }) => rejectCount),
      runningSeconds: sum(({ state, start, end }) => (state === 'running' ? (end - start) / SECOND : 0)),
    };
  };

  it('counts what was made', () => {
    for (const [id, made] of truth) {
      if (id === 'rinser') continue;
      // Fast counters are read every ten seconds: what the last reading misses belongs to the time after.
      const slack = made.total > 50_000 ? 21 : 1;
      expect(Math.abs(of(id).total - made.total), id).toBeLessThanOrEqual(slack);
      const rejectKnown = plant.machines.get(id)?.reject ?? plant.machines.get(id)?.good;
      expect(Math.abs(of(id).reject - (rejectKnown ? made.reject : 0)), id).toBeLessThanOrEqual(rejectKnown ? 1 : 0);
    }
  });

  it('knows how long each machine ran: to the second where its controller says so, nearly where it is worked out', () => {
    for (const [id, made] of truth) {
      const measured = of(id).runningSeconds;
      const off = Math.abs(measured - made.runningSeconds);
      if (id === 'rinser') expect(off / made.runningSeconds, id).toBeLessThan(0.02);
      else if (id === 'saw') expect(off / made.runningSeconds, id).toBeLessThan(0.06);
      else if (id === 'washer') expect(off, id).toBeLessThan(2 * 3600);
      else expect(measured, id).toBe(made.runningSeconds);
    }
  });

  it('measures what was drawn, within a step of each register', () => {
    for (const meter of METERS) {
      const pieces = facts.meterPieces([meter.id], FROM, TO).filter(({ machine }) => machine === '');
      const wh = pieces.reduce((sum, piece) => sum + piece.energyWh, 0);
      expect(Math.abs(wh - (drawnWh.get(meter.id) ?? 0)), meter.id).toBeLessThan(11);
      expect(pieces.reduce((sum, piece) => sum + piece.coveredSeconds, 0)).toBeCloseTo((TO - FROM) / SECOND, 6);
    }
  });

  it('raises no other counter event than roll-overs and resets at an order', () => {
    const verdicts = facts.counterEvents.map(({ signal, verdict }) => `${signal} ${verdict}`);
    expect(new Set(verdicts)).toEqual(
      new Set([
        'labeller.total rollover',
        'm-grinder.importWh rollover',
        'm-mill-2.importWh rollover',
        'packer.total resetAtOrder',
        ...(verdicts.includes('packer.reject resetAtOrder') ? ['packer.reject resetAtOrder'] : []),
      ]),
    );
  });

  it('has a line OEE that a bottling plant could have, and every machine a plausible one', () => {
    const { kpi, coverage } = figuresOf(lineSums(plant, 'filling', spans));
    expect(kpi.oee).toBeGreaterThan(0.6);
    expect(kpi.oee).toBeLessThan(0.82);
    expect(kpi.availability).toBeGreaterThan(0.72);
    expect(kpi.performance).toBeGreaterThan(0.78);
    expect(kpi.performance).toBeLessThan(1);
    expect(kpi.quality).toBeGreaterThan(0.96);
    expect(kpi.quality).toBeLessThan(0.995);
    expect(coverage).toBeGreaterThan(0.99);
    for (const [id, own] of spans) {
      if (id === 'rinser') continue;
      const figures = figuresOf(sumSpans(own));
      expect(figures.kpi.oee, id).toBeGreaterThan(0.45);
      expect(figures.kpi.oee, id).toBeLessThan(0.9);
      expect(figures.kpi.performance, id).toBeLessThan(1);
    }
  });

  it('stops the filler often and briefly, and the line a few times a shift for long', () => {
    const shifts = (TO - FROM) / (8 * HOUR);
    const isStop = ({ state }: { state: string }) => state !== 'running';
    const filler = facts.intervals('filler', FROM).filter(isStop);
    const brief = filler.filter(
      ({ start, end }) => end !== null && end - start >= 5 * SECOND && end - start <= 120 * SECOND,
    );
    expect(brief.length / shifts).toBeGreaterThan(12);
    expect(brief.length / shifts).toBeLessThan(60);
    const breakdowns = [...spans.keys()]
      .filter((id) => plant.machines.get(id)?.line === 'filling' && id !== 'rinser')
      .flatMap((id) => facts.intervals(id, FROM))
      .filter(({ state, start, end }) => state === 'down' && end !== null && end - start > 4 * MINUTE);
    expect(breakdowns.length / shifts).toBeGreaterThan(0.5);
    expect(breakdowns.length / shifts).toBeLessThan(8);
    const reasons = new Set([...spans.keys()].flatMap((id) => facts.intervals(id, FROM).map(({ reason }) => reason)));
    for (const reason of ['starved', 'blocked', 'changeover', 'crewBreak', 'cleaning', null]) {
      expect(reasons.has(reason), String(reason)).toBe(true);
    }
  });
});

describe('whatever the seed', () => {
  it('never gets stuck: each machine makes something every half day of twelve days', () => {
    for (const seed of [1, 2, 3]) {
      const model = createDemoPlant({ seed, start: START });
      for (let t = START; t < START + 288 * HOUR; t += 12 * HOUR) {
        const before = new Map([...model.machines.keys()].map((id) => [id, made(model, id).total]));
        model.advanceTo(t + 12 * HOUR);
        for (const [id, total] of before) expect(made(model, id).total, `${id}, seed ${seed}`).toBeGreaterThan(total);
      }
    }
  });
});
