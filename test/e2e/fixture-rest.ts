import type { FastifyInstance } from 'fastify';
import type { RibbonSegment } from '#shared/contract/socket.ts';
import { fixtureLosses } from './fixture-losses.ts';
import { NOW, random, SHIFT_START, viewOf } from './fixture-views.ts';

const iso = (t: number): string => new Date(t).toISOString();
const HALF_HOUR = 1_800_000;

/** What the plant file of the scenes calls things in other languages. */
const GERMAN = {
  'Cap feed jam': 'Kappenstau',
  Capper: 'Verschließer',
  Electrical: 'Elektrik',
  'Power dip': 'Netzeinbruch',
};
const POLISH = { 'Cap feed jam': 'Zator nakrętek', Capper: 'Zakręcarka' };

/** REST answers beside the socket, in the shapes of /api/v1. */
export function fixtureRest(app: FastifyInstance): void {
  fixtureLosses(app);
  app.get('/api/v1/names', (request) => {
    const { language } = request.query as { language: string };
    const names = { de: GERMAN, pl: POLISH }[language] ?? {};
    return { language, hash: 'a1b2c3d4e5f6', names };
  });
  app.get('/api/v1/counts', () => {
    const made = [4, 11, 9, 7, 11, 6, 8, 3, 11, 2, 11, 5].map((n) => n * 62);
    return {
      items: made.map((total, i) => ({
        start: iso(SHIFT_START + i * HALF_HOUR),
        end: iso(SHIFT_START + (i + 1) * HALF_HOUR),
        total,
        good: total,
        reject: 0,
      })),
    };
  });
  app.get('/api/v1/walls', () => ({
    serverTime: iso(NOW),
    items: [true, false].map((dark, i) => ({
      id: `wall-000${i}`,
      name: dark ? 'Hall 2, gate' : 'Hall 1',
      page: dark ? '/wall/machining' : '/wall/filling/all',
      lines: ['filling'],
      address: `10.0.4.2${i}`,
      since: iso(SHIFT_START),
      firstSeenAt: iso(SHIFT_START),
      lastPulseAt: iso(NOW - (dark ? 1_260_000 : 4_000)),
      dark,
      shows: 'live',
      build: 'fixture',
      outdated: false,
      width: 3840,
      height: 2160,
    })),
  }));
  app.get('/api/v1/stops', () => ({
    items: ribbon()
      .filter(([, { look }]) => look === 'idle' || look === 'down')
      .map(([start, { end }]) => ({ start, end, kWh: 1.4 })),
  }));
  app.get('/api/v1/explain', (request) => {
    const { figure, from } = request.query as { figure: string; from: string };
    return {
      scope: 'machine:mc07',
      window: { start: from, end: iso(NOW) },
      figure,
      value: 0.749,
      formula: 'run time / planned production time',
      substituted: '14466 / 19326 = 0.748525',
      terms: [{ name: 'run time', value: 14_466, unit: 's', from: 'running, small stops of 450 s in' }],
      machines: [{ machine: 'mc07', smallStopSeconds: 300, segments: [], segmentsLeftOut: 0 }],
      entries: [],
      rulesVersion: 1,
      plantHash: 'a1b2c3d4e5f6',
      ledgerSeq: 7,
    };
  });
  /** A past shift is the running one, moved. */
  const moved = (query: unknown): number =>
    Math.min(0, Date.parse((query as { from?: string }).from ?? iso(SHIFT_START)) - SHIFT_START);
  const later = (t: string | null, by: number): string | null => (t === null ? null : iso(Date.parse(t) + by));
  const ribbon = (): [string, RibbonSegment][] =>
    Object.entries(viewOf('machine:mc07', 'down')?.machines['mc07']?.ribbon ?? {});
  app.get('/api/v1/states', (request) => ({
    items: ribbon().map(([start, { end, look, reason }]) => ({
      machine: 'mc07',
      start: later(start, moved(request.query)),
      end: later(end, moved(request.query)),
      state: look,
      look,
      category: 'run',
      reasonName: reason,
    })),
  }));
  app.get('/api/v1/energy', () => {
    const next = random(5);
    const kW: Record<string, number> = { run: 17, idle: 8.4, setup: 12, minor: 10, plan: 5, down: 6 };
    const items = [];
    for (let t = SHIFT_START; t < NOW; t += HALF_HOUR) {
      const end = Math.min(t + HALF_HOUR, NOW);
      for (const state of Object.keys(kW)) {
        const ms = ribbon().reduce((sum, [start, segment]) => {
          const from = Math.max(Date.parse(start), t);
          const to = Math.min(segment.end ? Date.parse(segment.end) : NOW, end);
          return segment.look === state && to > from ? sum + to - from : sum;
        }, 0);
        const level = (kW[state] ?? 0) * (state === 'run' ? 0.85 + next() * 0.3 : 1);
        if (ms > 0) items.push({ window: { start: iso(t), end: iso(end) }, state, kWh: (level * ms) / 3_600_000 });
      }
    }
    return { items };
  });
  app.get('/api/v1/health', () => ({
    status: 'degraded',
    historian: {
      engine: 'sqlite',
      version: '3.50',
      message: null,
      bytes: 48_300_032,
      oldestMinute: '2026-06-01T04:00:00.000Z',
      prunedBefore: null,
    },
    ledger: { engine: 'sqlite', version: '3.50' },
    broker: { url: 'aedes:', engine: 'aedes 1.2' },
    build: 'fixture',
    plantHash: 'a1b2c3d4',
    serverTime: iso(NOW),
    sources: [],
    edges: [
      {
        id: 'pack',
        state: 'online',
        version: '0.1.0',
        plantHash: 'a1b2c3d4',
        heardAt: iso(NOW - 400),
        seedProgress: null,
      },
    ],
    findings: [
      {
        id: 'f1',
        code: 'counterReset',
        scope: 'machine:filler',
        at: iso(NOW - 5_400_000),
        message: 'filler.total fell from 65,530 to 12 at 10:12; taken as a rollover.',
      },
    ],
  }));
  app.get('/api/v1/sources', () => ({
    items: [
      {
        id: 'plc1',
        exposure: { points: 0, reasons: [] },
        changes: [],
        type: 'opcua',
        owner: 'Controls',
        zone: 'cell 1',
        edge: 'pack',
        endpoint: 'opc.tcp://10.0.0.5:4840',
        state: 'connected',
        message: null,
        since: iso(SHIFT_START),
        lastReadingAt: iso(NOW - 300),
        signals: 42,
        readings: 1_204_112,
      },
      {
        id: 'meters',
        exposure: {
          points: 2,
          reasons: [{ points: 2, what: 'Modbus has no encryption', mend: 'keep it on its own network' }],
        },
        changes: [],
        type: 'modbus',
        owner: 'Energy',
        zone: 'cell 1',
        edge: 'pack',
        endpoint: 'tcp://10.0.0.9:502',
        state: 'degraded',
        message: 'Unit 3 has not answered for 2 min; the others do. Check its address and wiring.',
        since: iso(NOW - 120_000),
        lastReadingAt: iso(NOW - 900),
        signals: 12,
        readings: 88_120,
      },
      {
        id: 'uns',
        exposure: { points: 0, reasons: [] },
        changes: [],
        type: 'mqtt',
        owner: null,
        zone: null,
        edge: null,
        endpoint: null,
        state: 'connecting',
        message: null,
        since: null,
        lastReadingAt: null,
        signals: 0,
        readings: 0,
      },
    ],
    edges: [{ id: 'pack', counters: { samplesLate: 12, outboxWaiting: 0 } }],
  }));
}
