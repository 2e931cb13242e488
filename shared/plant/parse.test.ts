import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Loose, parseBent, plantValues, problemsOf } from './fixture.ts';
import { valueAt } from './model.ts';
import { parsePlant, parseTariff } from './parse.ts';
import { PlantFileError } from './problem.ts';

/** A value that the typed fixture would not allow. */
const bad = (value: unknown) => value as Loose;
const first = (p: Loose) => p.lines![0]!.machines![0]!;

describe('a valid plant', () => {
  test('has every default filled in', () => {
    const { plant, doubts } = parseBent(() => {});
    expect(doubts).toEqual([]);
    const filler = plant.machines.get('filler');
    expect(filler).toMatchObject({ name: 'filler', line: 'filling', piecesPerCount: 1, good: null, conditions: [] });
    expect(valueAt(filler?.smallStopSeconds ?? [], 0)).toBe(300);
    expect(valueAt(filler?.breakPolicy ?? [], 0)).toBe('exclude');
    expect(filler?.total).toMatchObject({ kind: 'cumulative', modulus: null, maxPerSecond: 5, jitter: 0 });
    expect(filler?.total?.binding).toEqual({ source: 'plc1', address: { node: 'ns=2;s=Total' } });
    expect(filler?.state?.from === 'signal' && filler.state.map.get('6')).toBe('running');
    expect(plant.meters.get('m-main')).toMatchObject({
      medium: 'electricity',
      parent: null,
      sum: null,
      name: 'm-main',
    });
    expect(plant.sources.get('plc1')).toEqual({
      id: 'plc1',
      type: 'opcua',
      owner: 'Maintenance',
      zone: null,
      options: { endpoint: 'opc.tcp://10.0.0.5:4840', securityMode: 'SignAndEncrypt' },
    });
    expect(plant.demo).toBe(null);
    expect(plant.hash).toBe('hash');
  });

  test('may have meters only', () => {
    expect(
      problemsOf((p) => {
        p.lines = bad([]);
        delete p.meters![1]!.feeds;
      }),
    ).toEqual([]);
  });

  test('keeps versions in order, the first for all time before', () => {
    const { plant } = parseBent((p) => {
      first(p).idealCycleSeconds = bad([
        { validFrom: '2026-06-01', value: 0.5 },
        { validFrom: '2026-01-01T06:00:00Z', value: 0.7 },
      ]);
    });
    expect(plant.machines.get('filler')?.idealCycleSeconds).toEqual([
      { validFrom: Number.NEGATIVE_INFINITY, value: 0.7 },
      { validFrom: Date.parse('2026-05-31T23:00Z'), value: 0.5 },
    ]);
  });

  test('feeds one machine, several in equal shares, or each with its share', () => {
    const feeds = (value: unknown) => {
      const { plant } = parseBent((p) => {
        const press = {
          id: 'press',
          state: { from: 'counts', stoppedAfterSeconds: 30 },
          cycles: { source: 'plc1', node: 'i=7' },
        };
        p.lines![0]!.machines![1] = bad(press);
        p.meters![1]!.feeds = bad(value);
      });
      return plant.meters.get('m-filler')?.feeds[0]?.value;
    };
    expect(feeds('press')).toEqual([{ machine: 'press', share: 1 }]);
    expect(feeds(['filler', 'press'])).toEqual([
      { machine: 'filler', share: 0.5 },
      { machine: 'press', share: 0.5 },
    ]);
    const shares = [
      { machine: 'filler', share: 0.7 },
      { machine: 'press', share: 0.3 },
    ];
    expect(feeds(shares)).toEqual(shares);
    expect(feeds([{ validFrom: '2026-01-01', value: ['filler', 'press'] }])).toHaveLength(2);
  });

  test('a condition on Modbus has its own unit, and the device as unitId', () => {
    const { plant } = parseBent((p) => {
      first(p).conditions = bad([{ id: 'vibration', source: 'meters', unitId: 4, register: 10, unit: 'mm/s' }]);
    });
    expect(plant.machines.get('filler')?.conditions[0]).toMatchObject({
      unit: 'mm/s',
      binding: { source: 'meters', address: { unit: 4, register: 10 } },
    });
  });

  test('states without preset or map are our own names; a map changes single values of a preset', () => {
    const state = (value: unknown) => {
      const { plant } = parseBent((p) => {
        first(p).state = bad(value);
      });
      const found = plant.machines.get('filler')?.state;
      return found?.from === 'signal' ? found.map : new Map();
    };
    const at = { source: 'plc1', node: 'i=1' };
    expect(state(at).get('running')).toBe('running');
    const changed = state({ ...at, preset: 'packml', map: { 11: 'idle' } });
    expect([changed.get('11'), changed.get('9'), changed.get('Execute')]).toEqual(['idle', 'down', 'running']);
    expect(state({ ...at, preset: 'mtconnect' }).get('FEED_HOLD')).toBe('idle');
  });

  test('a tariff has versions, each from its own date in its own zone', () => {
    const { plant } = parseBent((p) => {
      p.tariffs![1] = bad({ ...plantValues().tariffs[0], validFrom: '2025-04-01', timezone: 'UTC' });
    });
    expect(plant.tariffs.get('grid')?.map((v) => new Date(v.validFrom).toISOString())).toEqual([
      '2025-04-01T00:00:00.000Z',
      '2026-03-31T23:00:00.000Z',
    ]);
  });

  test('virtual meters add and subtract', () => {
    const { plant } = parseBent((p) => {
      p.meters![2] = bad({ id: 'rest', sum: ['m-main', '-m-filler'] });
    });
    expect(plant.meters.get('rest')?.sum).toEqual([
      { meter: 'm-main', sign: 1 },
      { meter: 'm-filler', sign: -1 },
    ]);
  });
});

test('problems are told all at once, in file order, with their lines', () => {
  const text =
    'version: 1\nsite: { id: s, timezone: Mars, currency: EUR }\ncalendars: {}\nlines:\n  - id: l1\n    calender: day\n    machines:\n      - id: m1\n        total: { source: plc1 }\n';
  try {
    parsePlant(text, { hash: '', file: 'my.yaml' });
    expect.unreachable();
  } catch (error) {
    expect(String((error as Error).message).split('\n')).toEqual([
      'my.yaml:2: site.timezone: is not a time zone of the IANA database: "Mars"; write one like "Europe/Berlin" or "UTC"',
      'my.yaml:5: lines[0].calendar: is missing',
      'my.yaml:6: lines[0].calender: is not a known key; did you mean "calendar"?',
      'my.yaml:9: lines[0].machines[0].total.source: there is no source "plc1"',
    ]);
  }
});

describe('secrets', () => {
  const secret = (p: Loose) => {
    p.sources!.plc1!.password = bad(`\${PLC_PASSWORD}`);
  };
  test('come from the environment', () => {
    const { plant } = parseBent(secret, { env: { PLC_PASSWORD: 'open sesame' } });
    expect(plant.sources.get('plc1')?.options.password).toBe('open sesame');
  });
  test('that are not set are a problem where an environment is given', () => {
    expect(problemsOf(secret, { env: {} })).toEqual([
      'sources.plc1.password: needs the environment variable PLC_PASSWORD, which is not set; set it where this process starts',
    ]);
    expect(problemsOf(secret)).toEqual([]);
  });
  test('in plain text are refused', () => {
    const plain = problemsOf((p) => {
      p.sources!.plc1!.password = bad('hunter2');
      p.sources!.uns = bad({ type: 'mqtt', url: 'mqtts://me:hunter2@broker' });
      p.channels = bad([{ id: 'hook', type: 'webhook', url: 'https://x', secret: 'hunter2' }]);
    });
    expect(plain.filter((p) => p.includes('plain text'))).toHaveLength(3);
    expect(plain.join('\n')).not.toContain('hunter2');
  });
});

describe('text that is no plant file', () => {
  const message = (text: string) => {
    try {
      parsePlant(text, { hash: '' });
      return 'valid';
    } catch (error) {
      if (error instanceof PlantFileError) return error.message;
      throw error;
    }
  };
  test.each([
    ['nothing', '', 'must be a mapping that begins with "version: 1"'],
    ['a list', '- 1', 'must be a mapping'],
    ['broken YAML', 'site: {\n', 'is not valid YAML'],
    ['a key twice', 'version: 1\nversion: 1\n', 'plant.yaml:2: this key is written twice; keep one of them'],
    ['the same key as number and text', 'version: 1\nsources: { 1: {}, "1": {} }', 'this key is written twice'],
    ['two documents', 'version: 1\n---\nversion: 1\n', 'a second document begins here'],
    ['a binary file', 'a\0b', 'is not a text file'],
    ['deep nesting', '['.repeat(100_000), 'nested too deep'],
    ['a foreign tag', 'version: !!js/function "x"', 'is not valid YAML'],
  ])('%s', (_, text, sentence) => {
    expect(message(text)).toContain(sentence);
  });
  test('a text that is cut off is one mistake, not each bracket it leaves open', () => {
    expect(message('{"version": 1, "lines": [{"id": "a')).toMatch(/^plant.yaml:1: is not valid YAML: [^\n]*$/);
  });
  test('anchors that multiply are refused quickly', () => {
    const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
    expect(message(`a0: &a0 [x]\n${levels.join('\n')}`)).toContain('repeats anchors');
  });
  test('anchors and merges are fine in measure', () => {
    const text = JSON.stringify(plantValues(), null, 1).replace('"version": 1', '"version": &one 1');
    expect(message(text)).toBe('valid');
  });
});

test('whatever stands in the file, there is a plant or a list of problems', () => {
  const junk = fc.oneof(
    fc.constantFrom(
      null,
      true,
      0,
      -1,
      1e308,
      '',
      '24:00',
      '2026-01-01',
      'filler',
      `\${X}`,
      '__proto__',
      [],
      {},
      [[]],
      [null],
      [{}],
      { validFrom: 1 },
      { from: 'counts' },
    ),
    fc.jsonValue({ maxDepth: 2 }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.array(fc.nat(30), { maxLength: 7 }), junk), { minLength: 1, maxLength: 3 }),
      (changes) => {
        const values: unknown = plantValues();
        for (const [steps, value] of changes) {
          let at = values as Record<string, unknown>;
          for (const [i, step] of steps.entries()) {
            const keys = Object.keys(at);
            const key = keys[step % Math.max(keys.length, 1)];
            if (key === undefined) break;
            const next = at[key];
            if (i === steps.length - 1 || typeof next !== 'object' || next === null) {
              at[key] = structuredClone(value);
              break;
            }
            at = next as Record<string, unknown>;
          }
        }
        try {
          parsePlant(JSON.stringify(values), { hash: '' });
        } catch (error) {
          if (!(error instanceof PlantFileError)) throw error;
          expect(error.problems.length).toBeGreaterThan(0);
          for (const problem of error.problems) {
            expect(problem.line).toBeGreaterThan(0);
            expect(problem.message).not.toMatch(/invalid input|undefined|\[object|expected/i);
          }
        }
      },
    ),
    { numRuns: 200 },
  );
}, 60_000);

describe('a tariff by itself', () => {
  const tariff = { version: 1, id: 'grid', timezone: 'Europe/London', intervalMinutes: 30 };
  test('needs its zone', () => {
    const parsed = parseTariff(JSON.stringify({ ...tariff, bands: [{ name: 'red', rate: 1, from: '16:00' }] }));
    expect(parsed.bands).toEqual([{ name: 'red', rate: 1, days: null, months: null, from: '16:00', to: '24:00' }]);
    expect(() =>
      parseTariff(JSON.stringify({ ...tariff, timezone: undefined, bands: [{ name: 'a', rate: 1 }] })),
    ).toThrow('tariff.yaml:1: timezone: is missing');
  });
  test('windows that share a name share their basis', () => {
    const demand = [
      { name: 'peak', rate: 1 },
      { name: 'peak', rate: 1, basis: 'kVA' },
    ];
    expect(() => parseTariff(JSON.stringify({ ...tariff, bands: [{ name: 'a', rate: 1 }], demand }))).toThrow(
      'demand[1].basis: differs',
    );
  });
  test('a price pair by hours of use needs no rate of its own', () => {
    const pair = { hours: 2500, below: 0.05, from: 0.01 };
    const parse = (band: object) =>
      parseTariff(JSON.stringify({ ...tariff, bands: [{ name: 'a', ...band }], demand: [{ name: 'd', ...band }] }));
    expect(parse({ byUtilisation: pair })).toMatchObject({ bands: [{ rate: 0.05 }], demand: [{ rate: 0.05 }] });
    expect(parse({ byUtilisation: pair, rate: 7 })).toMatchObject({ bands: [{ rate: 7 }], demand: [{ rate: 7 }] });
    expect(() => parse({})).toThrow('bands[0].rate: is missing');
  });
  test('money stays where sums are exact', () => {
    const bands = [{ name: 'a', rate: 1e308 }];
    expect(() => parseTariff(JSON.stringify({ ...tariff, bands }))).toThrow('bands[0].rate: must be at most');
  });
  test('prices come from a file beside it', () => {
    const files: Record<string, string> = {
      'p.csv': 'start,rate\n2026-01-01T00:30:00Z,-0.02\n2026-01-01T00:00:00Z,0.1\n2026-01-01T01:00:00Z,\n',
      'bad.csv': 'start,rate\n2026-01-01 00:00,0.1\n',
    };
    const read = (name: string) => {
      const text = files[name];
      if (text === undefined) throw new Error('there is no such file');
      return text;
    };
    const parse = (prices: string) => parseTariff(JSON.stringify({ ...tariff, prices }), { readFile: read });
    expect(parse('p.csv').prices?.map((p) => [new Date(p.from).toISOString().slice(11, 16), p.rate])).toEqual([
      ['00:00', 0.1],
      ['00:30', -0.02],
    ]);
    expect(() => parse('bad.csv')).toThrow('bad.csv:2: must be start,rate');
    expect(() => parse('none.csv')).toThrow('none.csv cannot be read (there is no such file); name a file');
  });
});
