import type { Sink } from '#edge/core/sink.ts';
import type { FactBatch } from '#shared/oee/facts.ts';
import { HistorianError } from '#shared/store/historian.ts';
import { SECOND } from '#shared/time/instant.ts';
import type { Random } from '../scenarios/faults.ts';
import type { VirtualTime } from './virtual-clock.ts';

/** How well a sink does just now. */
export type SinkMood = 'well' | 'slow' | 'away' | 'forgetful';

export interface MoodySink extends Sink {
  mood: SinkMood;
}

/**
 * A sink in front of a real one: it may answer late, not at all, or (`forgetful`) take the facts and then fail to say so.
 * Told apart by the edge only through what it throws.
 */
export function moodySink(
  name: string,
  write: (batch: FactBatch) => Promise<void>,
  time: VirtualTime,
  random: Random,
): MoodySink {
  const away = () => new HistorianError('unreachable', `${name} does not answer`, { retryable: true });
  const sink: MoodySink = {
    name,
    mood: 'well',
    async write(batch) {
      const { mood } = sink;
      if (mood === 'away') throw away();
      if (mood === 'slow') {
        await new Promise<void>((done) => void time.at(time.now + (1 + Math.floor(random() * 8)) * SECOND, done));
      }
      await write(batch);
      if (mood === 'forgetful' && random() < 0.5) throw away();
    },
    async close() {},
  };
  return sink;
}
