import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Entry } from '#shared/ledger/entry.ts';
import { factsOf, machine, makePlant, reason, type Stage } from '#shared/oee/fixture.ts';
import { judge } from '#shared/oee/judge.ts';
import { MINUTE } from '#shared/time/instant.ts';
import { createMachineFacts } from './machine-facts.ts';
import { createTrack } from './track.ts';

const START = Date.parse('2026-06-02T00:00:00Z');
const plant = makePlant({
  machines: [machine('m1', { smallStopSeconds: [{ validFrom: Number.NEGATIVE_INFINITY, value: 180 }] })],
  reasons: [reason('jam', 'unplannedStop'), reason('setup', 'plannedStop')],
});

const stage = fc.record({
  seconds: fc.integer({ min: 1, max: 400 }),
  state: fc.constantFrom('running' as const, 'down' as const, 'idle' as const, 'unknown' as const),
  reason: fc.constantFrom(null, 'jam'),
  good: fc.integer({ min: 0, max: 5 }),
});

function stagesOf(
  parts: readonly { seconds: number; state: Stage['state']; reason: string | null; good: number }[],
): Stage[] {
  let start = START;
  return parts.map(({ seconds, state, reason: why, good }) => {
    const one = { start, state, reason: state === 'running' ? null : why, good: good * 60 };
    start += seconds * 1000;
    return one;
  });
}

it('minute by minute it is the same as judging everything at once, also after a late fact or an entry', () => {
  fc.assert(
    fc.property(fc.array(stage, { minLength: 3, maxLength: 25 }), fc.nat(40), fc.nat(40), (parts, lateAt, entryAt) => {
      const stages = stagesOf(parts);
      const end = START + parts.reduce((a, p) => a + p.seconds * 1000, 0);
      const facts = createMachineFacts('m1');
      const track = createTrack('m1');
      let entries: readonly Entry[] = [];
      let step = 0;
      for (let now = START + MINUTE; now <= end; now += MINUTE) {
        const known = factsOf(
          'm1',
          stages.filter((s) => s.start < now),
          now,
          true,
        );
        // Each minute is sent as committed, with the interval that is open grown to here; one minute comes late.
        const fresh = known.pieces.filter((p) => p.minute === now - MINUTE && step !== lateAt);
        facts.merge(
          fresh,
          known.intervals.map((i) => ({ ...i, revision: step + 1 })),
        );
        if (step === lateAt + 3) {
          const late = START + lateAt * MINUTE;
          facts.merge(
            known.pieces.filter((p) => p.minute === late),
            [],
          );
        }
        if (step === entryAt) {
          const head = { id: 'e1', seq: 1, recordedAt: now, by: 'ann' };
          entries = [{ ...head, type: 'stopReason', machine: 'm1', at: START + (step * MINUTE) / 2, reason: 'setup' }];
        }
        const spans = track.judged({ plant, facts, entries, counterEvents: [], from: START });
        const all = facts.known(START);
        const to = all.to ?? START;
        const { intervals, pieces } = all;
        const whole = judge({ plant, machine: 'm1', intervals, pieces, entries, from: START, to, knownUntil: to });
        expect(spans).toEqual(whole);
        step += 1;
      }
    }),
    { numRuns: 60 },
  );
});
