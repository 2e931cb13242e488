/* A process of its own, to be killed: appends samples, commits after every ten, and tells its parent after each. */
import { openJournal } from '#edge/journal/journal.ts';
import { emptyBatch } from '#shared/oee/facts.ts';

const journal = openJournal(process.argv[2] ?? '', { sinks: ['historian'] });
for (let n = 1; ; n += 1) {
  journal.append([{ t: n, signal: 'filler.total', value: n, quality: 'good', received: n }]);
  process.send?.({ appended: n });
  if (n % 10 === 0) {
    const interval = { machine: 'filler', start: n, end: null, state: 'running', reason: null, revision: 1 } as const;
    journal.commit({ batch: { ...emptyBatch(), intervals: [interval] }, checkpoint: n / 10 });
    process.send?.({ committed: n / 10 });
  }
  // Lets the messages out.
  if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
}
