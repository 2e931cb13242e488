/*
 * `node test/faults/isolation.ts [--days 7]`: the link to the office cut for days of plant time, with the real influxd on its far
 * side (historian-away.ts). Exit code 1 tells what differs.
 */
import { parseArgs } from 'node:util';
import { DAY, HOUR } from '#shared/time/instant.ts';
import { historianAway } from './historian-away.ts';

const { values } = parseArgs({ options: { days: { type: 'string', default: '7' } } });
const days = Number(values.days);
if (!(days > 0)) {
  process.stderr.write(`--days takes a number above 0, not ${values.days}\n`);
  process.exit(2);
}
const begun = performance.now();
const tell = (line: string) => void process.stdout.write(`${line}\n`);
const away = await historianAway(Math.round(days * 24) * HOUR, 2 * HOUR, tell);
const { waiting, seconds, minutesBeside, journalBytes, facts, differences } = away;
tell(
  `${days} days away, ${waiting} batches, journal ${(journalBytes / 1024 ** 2).toFixed(0)} MB: caught up ${seconds.toFixed(1)} s after influxd came back (${Math.round((days * DAY) / 1000 / seconds)} times real time), ${minutesBeside} live minutes meanwhile`,
);
tell(differences.length === 0 ? `${facts} facts, the same on both sides` : 'THE TWO SIDES DIFFER');
for (const difference of differences.slice(0, 20)) tell(`  ${difference}`);
tell(`${((performance.now() - begun) / 1000).toFixed(0)} s in all`);
process.exit(differences.length === 0 ? 0 : 1);
