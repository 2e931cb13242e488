import { type JsonBinding, readJsonBinding } from '#edge/sources/mqtt/bindings.ts';
import { readMessage } from '#edge/sources/mqtt/json.ts';
import { createNodes } from '#edge/sources/mqtt/sparkplug/nodes.ts';
import { encodePayload, type Metric, type Payload } from '#edge/sources/mqtt/sparkplug/payload.ts';
import { fuzzHost } from './host.ts';
import { mutate, type Random } from './random.ts';

const NOW = Date.parse('2026-06-01T09:00:00Z');
/** The figure that the plant really means: no mutation may turn into another good one at another signal. */
const CANARY = 424_242;

const ADDRESSES = [
  {},
  { path: '$.v', timePath: '$.t', qualityPath: '$.q' },
  { path: '$.s[*].v', timePath: '$.s[*].t' },
  { path: '$.__proto__.v' },
  { path: '$.constructor.name' },
  { path: '$[3]' },
];
const JSONS = [
  '{"v": 12.5, "t": "2026-06-01T09:00:00Z", "q": "good"}',
  '{"s": [{"v": 1, "t": 1780304400}, {"v": null, "t": 1780304400000}, {"v": "x"}]}',
  '{"__proto__": {"v": 1}, "constructor": {"name": "y"}, "v": 18446744073709551615}',
  '[1, 2, [3], {"v": 4}]',
  '1e309',
  '"text"',
  '[[[[[[[[1]]]]]]]]',
] as const;

export function fuzzJson(random: Random, runs: number): ReadonlyMap<string, number> {
  const host = fuzzHost(() => NOW);
  const bindings = ADDRESSES.map(
    (address, i) => readJsonBinding({ signal: `m${i}.total`, address: { topic: 't', ...address } }) as JsonBinding,
  );
  for (let i = 0; i < runs; i++) {
    const payload =
      random.whole(4) === 0 ? random.bytes(random.whole(200)) : mutate(Buffer.from(random.pick(JSONS)), random);
    host.readings(readMessage(bindings, { payload, retained: random.whole(3) === 0, received: NOW }, host));
    host.forget();
  }
  if (Object.keys(Object.prototype).length > 0 || 'v' in {}) throw new Error('a payload reached Object.prototype');
  return host.named;
}

export function fuzzSparkplug(random: Random, runs: number): ReadonlyMap<string, number> {
  const host = fuzzHost(() => NOW);
  const binding = (signal: string, metric: string, device: string | null = null) => ({
    signal,
    group: 'G',
    node: 'N',
    device,
    metric,
  });
  const nodes = createNodes(
    [binding('m.state', 'State'), binding('m.total', 'Total', 'D')],
    { ...host, askForBirth: () => {} },
    60,
  );
  const kinds = ['NBIRTH', 'DBIRTH', 'NDATA', 'DDATA', 'NDEATH', 'DDEATH', 'NCMD', 'XX'] as const;
  for (let i = 0; i < runs; i++) {
    const kind = random.pick(kinds);
    const device = kind.startsWith('D') === random.whole(10) > 0 ? '/D' : '';
    const clean = Buffer.from(encodePayload(randomPayload(random)));
    const bytes =
      random.whole(5) === 0 ? random.bytes(random.whole(200)) : random.whole(3) === 0 ? clean : mutate(clean, random);
    nodes.message(`spBv1.0/G/${kind}/N${device}`, bytes);
    host.forget();
  }
  // After all that, a birth says what is so, and exactly that is read.
  const timestamp = String(NOW);
  nodes.message(
    'spBv1.0/G/NBIRTH/N',
    encodePayload({ timestamp, seq: '0', metrics: [{ name: 'State', alias: '1', datatype: 3, intValue: 7 }] }),
  );
  nodes.message(
    'spBv1.0/G/DBIRTH/N/D',
    encodePayload({ timestamp, seq: '1', metrics: [{ name: 'Total', alias: '2', datatype: 8, longValue: '1' }] }),
  );
  host.forget();
  nodes.message(
    'spBv1.0/G/DDATA/N/D',
    encodePayload({ timestamp, seq: '2', metrics: [{ alias: '2', longValue: String(CANARY) }] }),
  );
  const [reading, ...more] = host.taken;
  if (more.length > 0 || reading?.signal !== 'm.total' || reading.value !== CANARY || reading.quality !== 'good') {
    throw new Error(`after the fuzz a clean message was read as ${JSON.stringify(host.taken)}`);
  }
  return host.named;
}

function randomPayload(random: Random): Payload {
  const metrics: Metric[] = Array.from({ length: random.whole(5) }, () => {
    const value = String((BigInt(random.whole(2 ** 32)) << 32n) | BigInt(random.whole(2 ** 32)));
    return {
      ...(random.whole(2) === 0 && { name: random.pick(['State', 'Total', 'bdSeq', '', '__proto__', 'x/y']) }),
      ...(random.whole(2) === 0 && { alias: String(random.whole(4)) }),
      ...(random.whole(2) === 0 && { timestamp: random.pick([String(NOW), '12', value, '1780304400']) }),
      ...(random.whole(2) === 0 && { datatype: random.whole(24) }),
      ...(random.whole(4) === 0 && { isHistorical: true }),
      ...(random.whole(6) === 0 && { isNull: true }),
      ...random.pick<Partial<Metric>>([
        { intValue: random.whole(2 ** 32) },
        { longValue: value },
        { floatValue: random.pick([1.5, Number.NaN, Number.POSITIVE_INFINITY]) },
        { doubleValue: random.pick([1e300, Number.NaN, -0]) },
        { booleanValue: true },
        { stringValue: 'running' },
        { bytesValue: random.bytes(3) },
        {},
      ]),
    };
  });
  return { metrics, ...(random.whole(5) > 0 && { seq: String(random.whole(300)) }), timestamp: String(NOW) };
}
