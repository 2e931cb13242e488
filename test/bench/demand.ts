/*
 * How well the running demand window is foreseen, beside the naive extrapolation (energy so far, and the power of now until
 * its end). Both see samples only: what the edge would have recorded, through the real aggregator. A forecast begins with
 * nothing and learns as it goes; the first days are not scored. The seeds are others than those that its constants were
 * chosen on (1 to 3). Scored at the middle of each window; the limit of a run is what its unscored days exceeded in 5 % of
 * their windows, so that there is something to warn of.
 */
import { loadMinutes, phasesOf } from '#api/live/load-minutes.ts';
import { createAggregator } from '#edge/aggregate/aggregator.ts';
import { simulateSamples } from '#edge/demo/history.ts';
import { ERROR_SHARE } from '#shared/energy/demand-alarm.ts';
import { createLoadForecast, type LoadMinute } from '#shared/energy/load-forecast.ts';
import { metersBehind } from '#shared/energy/scope.ts';
import type { MeterPiece } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import { DAY, type Instant, MINUTE } from '#shared/time/instant.ts';
import { demoPlant } from './demo-samples.ts';
import type { Figure } from './run.ts';

const SEEDS = (process.env['LINEWATT_DEMAND_SEEDS'] ?? '101,102,103,104').split(',').map(Number);
const LEARN_DAYS = 7;
const SCORED_DAYS = 7;
const START = Date.UTC(2026, 5, 1);
const WINDOW = 30;
const AT = 15;
const TOP = 'm-main';

interface Score {
  readonly truth: number;
  readonly ours: number;
  readonly naive: number;
}

export async function run(): Promise<Figure[]> {
  const plant = demoPlant();
  const scores: (Score & { readonly limit: number; readonly errorKw: number })[] = [];
  for (const seed of SEEDS) {
    const { learned, scored } = windowsOf(plant, seed);
    const loads = learned.map((score) => score.truth).sort((a, b) => a - b);
    const limit = loads[Math.floor(loads.length * 0.95)] ?? 0;
    const errorKw = error(learned.slice(Math.floor(learned.length / 2)), 'ours');
    scores.push(...scored.map((score) => ({ ...score, limit, errorKw })));
    process.stderr.write(
      `  seed ${seed}: ours ${error(scored, 'ours')} kW, naive ${error(scored, 'naive')} kW, limit ${limit.toFixed(1)}\n`,
    );
  }
  /** Ours warns as the product does: with a share of its usual error, learned on unscored days, on top. */
  const warns = (s: (typeof scores)[number], of: 'ours' | 'naive'): boolean =>
    s[of] + (of === 'ours' ? ERROR_SHARE * s.errorKw : 0) > s.limit;
  const count = (of: 'ours' | 'naive', isMissed: boolean): number =>
    scores.filter((s) => (isMissed ? s.truth > s.limit && !warns(s, of) : s.truth <= s.limit && warns(s, of))).length;
  const over = scores.filter((s) => s.truth > s.limit).length;
  const note = `${scores.length} windows of ${SEEDS.length} seeds, ${over} above their limit`;
  const figure = (name: string, ours: number, peer: number, unit: string): Figure => ({
    name,
    ours,
    peer,
    ratio: Math.round((ours / peer) * 100) / 100,
    unit,
    peerName: 'energy so far + power now x time left',
    note,
  });
  return [
    figure('demand-mean-error', error(scores, 'ours'), error(scores, 'naive'), 'kW at minute 15 of 30'),
    figure('demand-missed', count('ours', true), count('naive', true), 'alarms'),
    figure('demand-false', count('ours', false), count('naive', false), 'alarms'),
  ];
}

function error(scores: readonly Score[], of: 'ours' | 'naive'): number {
  const sum = scores.reduce((all, score) => all + Math.abs(score[of] - score.truth), 0);
  return Math.round((sum / scores.length) * 1000) / 1000;
}

function windowsOf(plant: Plant, seed: number): { learned: Score[]; scored: Score[] } {
  const end = START + (LEARN_DAYS + SCORED_DAYS) * DAY;
  const { pieces, powers } = factsOf(plant, seed, end);
  const phaseOf = phasesOf(plant);
  const forecast = createLoadForecast();
  const meters = metersBehind(plant, TOP);
  const minutes = loadMinutes(plant, TOP, pieces, phaseOf);
  const kWh = new Map(minutes.map(({ minute, loads }) => [minute, totalOf(loads) / 60]));
  const learned: Score[] = [];
  const scored: Score[] = [];
  for (const { minute, loads } of minutes) {
    forecast.learn(loads);
    const now = minute + MINUTE;
    const start = Math.floor(now / (WINDOW * MINUTE)) * WINDOW * MINUTE;
    if (now - start !== AT * MINUTE || loads.length < meters.length) continue;
    const soFar = sum(kWh, start, now);
    const truth = sum(kWh, start, start + WINDOW * MINUTE);
    const power = powers.get(now);
    if (soFar === null || truth === null || power === undefined) continue;
    const left = WINDOW - AT;
    const ahead = loads.reduce((all, load) => {
      const [machine = null] = (plant.meters.get(load.id)?.feeds[0]?.value ?? []).map((fed) => fed.machine);
      const kW = forecast.meanKw(load, left, (k) => phaseOf(machine, minute + k * MINUTE));
      return all + (kW ?? load.kW);
    }, 0);
    const hours = WINDOW / 60;
    const score = {
      truth: truth / hours,
      ours: (soFar + (ahead * left) / 60) / hours,
      naive: (soFar + (power * left) / 60) / hours,
    };
    (minute < START + LEARN_DAYS * DAY ? learned : scored).push(score);
  }
  return { learned, scored };
}

function factsOf(plant: Plant, seed: number, end: Instant): { pieces: MeterPiece[]; powers: Map<Instant, number> } {
  const aggregator = createAggregator(plant);
  const pieces: MeterPiece[] = [];
  const powers = new Map<Instant, number>();
  let next = START + MINUTE;
  simulateSamples(plant, { seed, start: START }, START, end, (sample) => {
    if (sample.t >= next) {
      aggregator.advance(next);
      for (const piece of aggregator.takeChanges().meterPieces) pieces.push(piece);
      next += Math.floor((sample.t - next) / MINUTE) * MINUTE + MINUTE;
    }
    if (sample.signal === `${TOP}.powerW` && typeof sample.value === 'number')
      powers.set(sample.t, sample.value / 1000);
    aggregator.ingest(sample);
  });
  aggregator.advance(end);
  for (const piece of aggregator.takeChanges().meterPieces) pieces.push(piece);
  return { pieces: newest(pieces), powers };
}

/** A minute that was sent again replaces what was sent before. */
function newest(pieces: readonly MeterPiece[]): MeterPiece[] {
  const byKey = new Map<string, MeterPiece>();
  for (const piece of pieces) {
    const key = `${piece.meter} ${piece.machine} ${piece.minute} ${piece.state} ${piece.product} ${piece.order} ${piece.slot}`;
    const known = byKey.get(key);
    if (!known || known.revision <= piece.revision) byKey.set(key, piece);
  }
  return [...byKey.values()].filter((piece) => !piece.void);
}

function totalOf(loads: readonly LoadMinute[]): number {
  return loads.reduce((all, load) => all + load.kW, 0);
}

function sum(kWh: ReadonlyMap<Instant, number>, from: Instant, to: Instant): number | null {
  let all = 0;
  for (let t = from; t < to; t += MINUTE) {
    const own = kWh.get(t);
    if (own === undefined) return null;
    all += own;
  }
  return all;
}
