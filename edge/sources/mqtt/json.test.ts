import { describe, expect, it } from 'vitest';
import { type JsonBinding, readJsonBinding } from './bindings.ts';
import { readInstant } from './instant.ts';
import { readMessage, readQuality } from './json.ts';
import { follow, parsePath } from './path.ts';

const at = Date.parse('2026-06-01T09:00:00Z');
const received = at + 1000;

function setup(address: Record<string, unknown>) {
  const binding = readJsonBinding({ signal: 'm.total', address: { topic: 't', ...address } }) as JsonBinding;
  const findings: string[] = [];
  const counts: string[] = [];
  const host = { finding: (code: string) => void findings.push(code), count: (name: string) => void counts.push(name) };
  const read = (payload: string | Uint8Array, retained = false) =>
    readMessage([binding], { payload: Buffer.from(payload), retained, received }, host);
  return { read, findings, counts };
}

describe('JSON paths', () => {
  it.each([
    ['$', { a: 1 }, { a: 1 }],
    ['$.a.b[1]', { a: { b: [1, 2] } }, 2],
    ["$['a b'].c", { 'a b': { c: 3 } }, 3],
    ['$["a.b"]', { 'a.b': 4 }, 4],
    ['$[0]', [5], 5],
    ['$.a.b', { a: null }, undefined],
    ['$.__proto__.x', {}, undefined],
    ['$.constructor', {}, undefined],
    ['$.length', [1, 2], 2],
    ['$[0]', 'text', undefined],
    ['$[0]', { 0: 1 }, undefined],
  ])('%s', (path, value, expected) => {
    expect(follow(value, parsePath(path)!)).toEqual(expected);
  });

  it('follows a __proto__ that the payload really has, and nothing else of that name', () => {
    const payload = JSON.parse('{"__proto__": {"v": 1}}');
    expect(follow(payload, parsePath('$.__proto__.v')!)).toBe(1);
    expect(({} as Record<string, unknown>).v).toBeUndefined();
  });

  it.each(['a.b', '$.', '$..a', '$[', '$[-1]', '$[*].a[*]', '$.a b', '$[?(@.x)]'])('has no %s', (text) => {
    expect(parsePath(text)).toBeNull();
  });
});

describe('instants in payloads', () => {
  it.each([
    ['2026-06-01T09:00:00Z', at],
    ['2026-06-01T11:00:00.250+02:00', at + 250],
    ['2026-06-01 09:00:00Z', at],
    ['2026-06-01T09:00:00.123456789Z', at + 123],
    [at / 1000, at],
    [at, at],
    [at * 1000, at],
    [String(at), at],
    [at / 1000 + 0.5, at + 500],
  ])('%s', (raw, t) => {
    expect(readInstant(raw)).toBe(t);
  });

  it.each(['2026-06-01T09:00:00', 'yesterday', '', 0, 12, Number.NaN, Number.POSITIVE_INFINITY, -1, null, {}, 86_400])(
    'does not believe %s',
    (raw) => {
      expect(readInstant(raw)).toBeNull();
    },
  );
});

describe('messages', () => {
  it('reads plain payloads: numbers, words, and text that only looks like a number', () => {
    const { read } = setup({});
    expect(read('23.5')).toMatchObject([{ value: 23.5, quality: 'good', t: received }]);
    expect(read('true')).toMatchObject([{ value: true }]);
    expect(read(' running \n')).toMatchObject([{ value: 'running' }]);
    expect(read('0012')).toMatchObject([{ value: '0012' }]);
    expect(read('"12"')).toMatchObject([{ value: '12' }]);
    expect(read('null')).toMatchObject([{ value: null, quality: 'good' }]);
  });

  it('says what cannot be used, and never invents', () => {
    const { read, findings, counts } = setup({ path: '$.v' });
    expect(read('{"v": {"w": 1}}')).toMatchObject([{ value: null, quality: 'bad' }]);
    expect(read('{"v": 1e999}')).toMatchObject([{ value: null, quality: 'bad' }]);
    expect(read('{"v": 9007199254740993}')).toMatchObject([{ quality: 'uncertain' }]);
    expect(read('{"w": 1}')).toEqual([]);
    expect(read('not json')).toEqual([]);
    expect(read('')).toEqual([]);
    expect(findings).toEqual(['unusableValue', 'unusableValue']);
    expect(counts).toEqual(['mqtt_values_missing', 'mqtt_values_missing', 'mqtt_empty_messages']);
  });

  it('keeps a value whose time cannot be, as uncertain, when it came', () => {
    const { read, findings } = setup({ path: '$.v', timePath: '$.t' });
    expect(read('{"v": 1, "t": 12}')).toMatchObject([{ value: 1, quality: 'uncertain', t: received }]);
    expect(read('{"v": 1}')).toMatchObject([{ value: 1, quality: 'good', t: received }]);
    expect(findings).toEqual(['badTime']);
  });

  it('takes a list of samples apart, each with its own time', () => {
    const { read } = setup({ path: '$.s[*].v', timePath: '$.s[*].t' });
    expect(read(JSON.stringify({ s: [{ v: 1, t: at }, { t: at }, { v: 3, t: at + 2 }] }))).toMatchObject([
      { value: 1, t: at },
      { value: 3, t: at + 2 },
    ]);
    expect(read('{"s": 5}')).toEqual([]);
    const one = setup({ path: '$.s[*].v', timePath: '$.t' });
    expect(one.read(JSON.stringify({ t: at, s: [{ v: 1 }, { v: 2 }] })).map((r) => r.t)).toEqual([at, at]);
  });

  it('keeps what waited for more than a minute at its own time', () => {
    const { read } = setup({ path: '$.v', timePath: '$.t' });
    expect(read(JSON.stringify({ v: 1, t: at }))[0]).not.toHaveProperty('recorded');
    expect(read(JSON.stringify({ v: 1, t: at - 3_600_000 }))).toMatchObject([{ recorded: true, t: at - 3_600_000 }]);
  });

  it('keeps what waited at the broker at its own time, however short the wait', () => {
    const binding = readJsonBinding({
      signal: 'm',
      address: { topic: 't', path: '$.v', timePath: '$.t' },
    }) as JsonBinding;
    const host = { finding: () => {}, count: () => {} };
    const read = (t: number) =>
      readMessage(
        [binding],
        { payload: Buffer.from(JSON.stringify({ v: 1, t })), retained: false, received: at + 9, resumedAt: at },
        host,
      );
    expect(read(at - 1)).toMatchObject([{ recorded: true, t: at - 1 }]);
    expect(read(at)[0]).not.toHaveProperty('recorded');
  });

  it('does not read what is too large', () => {
    const { read, findings } = setup({});
    expect(read(new Uint8Array(5 * 1024 * 1024))).toEqual([]);
    expect(findings).toEqual(['payloadTooLarge']);
  });

  it('reads qualities as plants write them', () => {
    const { read } = setup({ path: '$.v', qualityPath: '$.q' });
    expect(read('{"v": 1, "q": "Bad"}')).toMatchObject([{ quality: 'bad' }]);
    expect(read('{"v": 1, "q": 192}')).toMatchObject([{ quality: 'good' }]);
    expect(read('{"v": 1}')).toMatchObject([{ quality: 'good' }]);
    const words = [true, 'GOOD', 'ok', 216, 'uncertain', 64, 0x40920000, 0, 500, 0x80310000, false, 'broken', {}];
    expect(words.map(readQuality)).toEqual(
      ['good', 'good', 'good', 'good'].concat(['uncertain', 'uncertain', 'uncertain'], Array(6).fill('bad')),
    );
  });

  it('refuses addresses that cannot be', () => {
    const wrong = (address: Record<string, unknown>) => readJsonBinding({ signal: 'm.total', address });
    expect(wrong({ topic: 'a/#' })).toMatchObject({ message: expect.stringMatching(/without wildcards/) });
    expect(wrong({ topic: 'a', path: 'v' })).toMatchObject({ message: expect.stringMatching(/no JSON path/) });
    expect(wrong({ topic: 'a', path: '$.v', timePath: '$[*].t' })).toMatchObject({
      message: expect.stringMatching(/path needs it too/),
    });
  });
});
