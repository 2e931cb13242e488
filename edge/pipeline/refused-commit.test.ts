import { expect, it } from 'vitest';
import { createAggregator } from '#edge/aggregate/aggregator.ts';
import { createCounters } from '#edge/core/counters.ts';
import { createFindings } from '#edge/core/findings.ts';
import type { FactBatch } from '#shared/oee/facts.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { type Instant, MINUTE, SECOND } from '#shared/time/instant.ts';
import { counter, machine, plantOf } from '../../test/oracle/plant-builder.ts';
import { createFactMemory } from './memory.ts';
import { createPipeline } from './pipeline.ts';

const PLANT = plantOf([machine('filler', { total: counter() })], []);
const T0 = Date.UTC(2026, 5, 1, 6);
const at = (minutes: number, seconds = 0): Instant => T0 + minutes * MINUTE + seconds * SECOND;
const sample = (signal: string, t: Instant, value: Sample['value'], received = t): Sample => ({
  t,
  signal,
  value,
  quality: 'good',
  received,
});

it('a checkpoint that was refused once leaves no late sample behind', () => {
  const kept: Sample[] = [];
  const committed: FactBatch[] = [];
  let refuses = false;
  const journal = {
    append: (samples: readonly Sample[]) => void kept.push(...samples),
    commit({ batch }: { readonly batch: FactBatch }) {
      if (refuses) throw new Error('database or disk is full');
      committed.push(batch);
    },
  };
  const recall = (signals: readonly string[]) =>
    kept.filter(({ signal }) => signals.includes(signal)).sort((a, b) => a.t - b.t);
  const pipeline = createPipeline(
    {
      plant: PLANT,
      journal,
      aggregator: createAggregator(PLANT, { recall }),
      memory: createFactMemory(),
      counters: createCounters(),
      findings: createFindings(),
      owns: () => true,
      onCommit: () => {},
      onSamples: () => {},
    },
    at(0),
  );
  pipeline.push([sample('filler.state', at(0), 'running'), sample('filler.total', at(0), 0)]);
  for (let n = 1; n <= 90; n += 1) {
    pipeline.push([sample('filler.total', at(n, 30), n * 10)]);
    pipeline.advance(at(n, 31), [at(n, 31)]);
  }
  refuses = true;
  pipeline.advance(at(91, 31), [at(91, 31)]);
  // Between two takes, while the commit waits: it belongs to an hour ago, and the next commit puts a checkpoint behind it.
  pipeline.push([sample('filler.total', at(31), 308, at(91, 32))]);
  refuses = false;
  const before = committed.length;
  pipeline.advance(at(91, 33), [at(91, 33)]);
  const counted = committed.slice(before).flatMap(({ pieces }) => pieces.filter(({ minute }) => minute === at(30)));
  expect(counted.map(({ totalCount }) => totalCount)).toEqual([18]);
});
