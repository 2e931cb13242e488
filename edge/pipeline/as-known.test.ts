import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCounters } from '#edge/core/counters.ts';
import { createFindings } from '#edge/core/findings.ts';
import { openJournal } from '#edge/journal/journal.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { openSqliteReader } from '#shared/store/sqlite/reader.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { HOUR, type Instant, MINUTE, SECOND } from '#shared/time/instant.ts';
import { counter, machine, meter, plantOf, register } from '../../test/oracle/plant-builder.ts';
import { resumeAggregator } from './checkpoint.ts';
import { createFactMemory } from './memory.ts';
import { createPipeline, type Pipeline, rememberedFrom } from './pipeline.ts';

/* What was known when: the real journal, pipeline and historian, and a process that dies in between. */

const PLANT = plantOf(
  [machine('filler', { total: counter() })],
  [meter('m1', { fed: ['filler'], importWh: register({ scale: 1 }) })],
);
const T0 = Date.UTC(2026, 5, 1, 6);
const at = (minutes: number, seconds = 0): Instant => T0 + minutes * MINUTE + seconds * SECOND;
const sample = (signal: string, t: Instant, value: Sample['value'], received = t): Sample => ({
  t,
  signal,
  value,
  quality: 'good',
  received,
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'linewatt-known-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** One life of the edge, from `now` on. */
function startLife(now: Instant) {
  const journal = openJournal(dir, { sinks: ['historian'] });
  const options = {
    recall: (signals: readonly string[], from: Instant, to: Instant) => journal.read(signals, from, to),
    recallSince: () => journal.oldest(),
  };
  const resumed = resumeAggregator(PLANT, journal, options, now);
  const memory = createFactMemory(journal);
  memory.restore(PLANT.machines.keys(), rememberedFrom(PLANT, now));
  const pipeline: Pipeline = createPipeline(
    {
      plant: PLANT,
      journal,
      aggregator: resumed.aggregator,
      memory,
      counters: createCounters(),
      findings: createFindings(),
      owns: () => true,
      onCommit: () => {},
      onSamples: () => {},
    },
    resumed.watermark ?? now,
  );
  async function deliver() {
    const writer = openSqliteWriter(join(dir, 'historian.sqlite'));
    const outbox = journal.outbox('historian');
    const sent = outbox.next(1000);
    for (const { seq, batch } of sent) {
      await writer.write(batch);
      outbox.ack(seq);
    }
    await writer.close();
    return sent.map(({ batch }) => batch);
  }
  return { journal, resumed, pipeline, deliver };
}

/** Ten minutes of running, a count a minute, and then on to `until`. */
function work({ pipeline }: ReturnType<typeof startLife>, until: Instant): void {
  pipeline.push([sample('filler.state', at(0), 'running'), sample('filler.total', at(0), 0)]);
  pipeline.push([sample('m1.importWh', at(0), 0)]);
  for (let n = 1; n <= 10; n += 1) {
    pipeline.push([sample('filler.total', at(n), n * 10), sample('m1.importWh', at(n), n * 60)]);
    pipeline.advance(at(n, 30), [at(n, 30)]);
  }
  for (let t = at(11); t <= until; t += HOUR) pipeline.advance(t, [t]);
}

async function countsAsOf(asOf: Instant): Promise<Record<string, number>> {
  const reader = openSqliteReader(join(dir, 'historian.sqlite'));
  const pieces = await reader.pieces(['filler'], { from: at(0), to: at(20), asOf });
  await reader.close();
  const counts: Record<string, number> = {};
  for (const p of pieces) {
    const key = `${(p.minute - T0) / MINUTE} ${p.state}`;
    counts[key] = (counts[key] ?? 0) + p.totalCount;
  }
  return counts;
}

describe('what was known', () => {
  it.each([
    ['the same process', false],
    ['a restart', true],
  ])('before a sample that came days late stays known, after %s', async (_, restarts) => {
    const late = at(60 * 50);
    let life = startLife(at(0));
    work(life, late);
    await life.deliver();
    if (restarts) {
      life.journal.close();
      life = startLife(late);
    }
    const before = await countsAsOf(late);
    expect(before['2 running']).toBe(10);

    // Two days later it turns out that the filler was down for half of minute 2, and that minute 3 had fewer pieces.
    const down = [sample('filler.state', at(2, 30), 'down', late), sample('filler.state', at(3), 'running', late)];
    life.pipeline.push([...down, sample('filler.total', at(4), 35, late)]);
    life.pipeline.advance(late + MINUTE, [late + MINUTE]);
    const batches = await life.deliver();
    const later = await countsAsOf(late + HOUR);
    expect(later).toMatchObject({ '2 down': 10, '2 running': 0, '3 running': 5, '4 running': 15 });
    expect(await countsAsOf(late)).toEqual(before);
    // The minutes after the tenth were sent an hour later; nobody knew them then.
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`${n} running`, 10]));
    expect(await countsAsOf(at(30))).toEqual(ten);

    const history = batches.flatMap((batch) => batch.history);
    const told = history.filter(({ kind }) => kind === 'piece').map(({ fact }) => [fact.revision, fact.void ?? false]);
    // Minute 2: the old row and, new to it, a down one and a second stretch of running or not; minutes 3 and 4: the old rows.
    expect(told).toContainEqual([1, false]);
    expect(told).toContainEqual([0, true]);
    expect(history.some(({ kind }) => kind === 'meterPiece')).toBe(true);
    expect(history.every(({ knownTo }) => knownTo === late + MINUTE)).toBe(true);
    life.journal.close();
  });

  it('is kept for each change of one minute, the second after a restart', async () => {
    let life = startLife(at(0));
    work(life, at(300));
    const change = async (now: Instant, total: number) => {
      life.pipeline.push([sample('filler.total', at(4), total, now)]);
      life.pipeline.advance(now, [now]);
      await life.deliver();
    };
    await change(at(400), 36);
    life.journal.close();
    life = startLife(at(401));
    await change(at(500), 38);
    expect((await countsAsOf(at(399)))['3 running']).toBe(10);
    expect((await countsAsOf(at(450)))['3 running']).toBe(6);
    expect((await countsAsOf(at(501)))['3 running']).toBe(8);
    life.journal.close();
  });
});

describe('a checkpoint that cannot be read', () => {
  it('costs no minute, sends nothing twice, and sends no revision that is lower than one that was sent', async () => {
    let life = startLife(at(0));
    work(life, at(11));
    // A rewrite, so that some revision is above the first.
    life.pipeline.push([sample('filler.total', at(4), 36, at(11))]);
    life.pipeline.advance(at(11, 30), [at(11, 30)]);
    const highest = life.journal.highestRevision();
    expect(highest).toBeGreaterThan(1);
    // The open minute, journalled and in no checkpoint yet.
    life.pipeline.push([sample('filler.state', at(11, 40), 'down'), sample('filler.total', at(11, 35), 107)]);
    life.pipeline.flush(at(11, 45));
    await life.deliver();
    const before = await countsAsOf(at(60));
    life.journal.close();
    const db = new DatabaseSync(join(dir, 'journal.sqlite'));
    db.exec(`UPDATE checkpoint SET state = '{"version":99}'`);
    db.close();

    life = startLife(at(12));
    expect(life.resumed.problem).toMatch(/another version/);
    life.pipeline.advance(at(14), [at(14)]);
    life.pipeline.push([sample('filler.total', at(2), 21, at(14))]);
    life.pipeline.advance(at(15), [at(15)]);
    const batches = await life.deliver();
    const resent = batches.flatMap((batch) => batch.pieces).filter((p) => p.minute < at(11));
    expect(resent.map((p) => (p.minute - T0) / MINUTE).sort()).toEqual([1, 2]);
    for (const piece of resent) expect(piece.revision).toBeGreaterThan(highest);
    const now = await countsAsOf(at(60));
    expect(now).toMatchObject({ ...before, '1 running': 11, '2 running': 9, '11 running': 7, '11 down': 0 });
    const intervals = batches.flatMap((batch) => batch.intervals);
    expect(intervals.map(({ start, end, state }) => [start, end, state])).toEqual([
      [at(0), at(11, 40), 'running'],
      [at(11, 40), null, 'down'],
    ]);
    life.journal.close();
  });
});
