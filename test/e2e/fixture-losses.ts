import type { FastifyInstance } from 'fastify';
import type { LedgerPart, LossesAnswer } from '#shared/contract/losses.ts';
import { figuresOf, NOW, SHIFT_START } from './fixture-views.ts';

/* The loss ledger of one invented shift of MC-07, which closes: 342 minutes, 90.4 kWh, and its published versions. */
const iso = (t: number): string => new Date(t).toISOString();
const HOUR = 3_600_000;

/** [seconds, pieces, kWh, energy cost, lost money] */
const PARTS: Readonly<Record<LedgerPart, readonly [number, number | null, number, number, number | null]>> = {
  plannedStop: [1080, 7.2, 3.3, 0.7, 36],
  waiting: [2460, 16.4, 5.8, 1.23, 82],
  down: [1320, 8.8, 2.4, 0.51, 44],
  unknown: [0, 0, 0, 0, 0],
  smallStop: [450, 3, 1.5, 0.31, 15],
  slowCycles: [816, 5.5, 4.4, 0.94, 27.5],
  startupRejects: [0, 0, 0, 0, 0],
  productionRejects: [300, 2, 1.6, 0.34, 10],
  fullyProductive: [12_900, 86, 69.7, 14.76, null],
  break: [1194, null, 1.7, 0.36, null],
  scheduleLoss: [0, null, 0, 0, null],
  offShift: [0, null, 0, 0, null],
};

function shiftAt(back: number): LossesAnswer['shift'] {
  const start = SHIFT_START - back * 8 * HOUR;
  const names = [
    ['early', 'Early', '06:00', '14:00'],
    ['night', 'Night', '22:00', '06:00'],
    ['late', 'Late', '14:00', '22:00'],
  ] as const;
  const [id, name, startLabel, endLabel] = names[back % 3] ?? names[0];
  return {
    id,
    name,
    date: iso(start).slice(0, 10),
    dateLabel: back === 0 ? 'Thu 5 Nov' : back < 3 ? 'Wed 4 Nov' : 'Tue 3 Nov',
    start: iso(start),
    end: iso(start + 8 * HOUR),
    startLabel,
    endLabel,
    running: back === 0,
  };
}

function ledgerOf(back: number): LossesAnswer {
  const shift = shiftAt(back);
  const running = back === 0;
  const seconds = Object.values(PARTS).reduce((sum, [s]) => sum + s, 0);
  const { targetOee, targetAtEnd, ...figures } = figuresOf(0.667, 86, 97);
  return {
    scope: 'machine:mc07',
    currency: 'GBP',
    shift,
    shifts: Array.from({ length: 7 }, (_, i) => shiftAt(i)),
    breaks: [],
    clock: { utcOffsetMinutes: 0, nextOffset: null },
    until: running ? iso(NOW - 8000) : shift.end,
    untilLabel: running ? '11:42' : shift.endLabel,
    provisional: running,
    counted: true,
    parts: Object.entries(PARTS).map(([part, [s, pieces, kWh, energyCost, lostMoney]]) => ({
      part: part as LedgerPart,
      seconds: s,
      pieces,
      kWh,
      energyCost,
      lostMoney,
    })),
    figures: { ...figures, targetOee, targetAtEnd, coverage: back === 2 ? 0.914 : 1 },
    energy: {
      kWh: 90.4,
      cost: 19.15,
      unpricedKWh: 0,
      coverage: 1,
      kWhPerGood: 1.05,
      byState: { run: 75.7, minor: 1.5, setup: 3.3, idle: 5.8, down: 2.4, plan: 1.7 },
    },
    calendar: { seconds, ledgerSeconds: seconds },
    meter: { names: ['MC-07'], kWh: 90.4, ledgerKWh: 90.4 },
    lostAt: null,
    order: {
      order: '51203',
      product: 'VB32',
      productName: 'Valve body VB-32',
      quantity: 240,
      good: 188,
      total: 193,
      endsAt: running ? iso(NOW + 2.3 * HOUR) : null,
      endsLabel: running ? '14:00' : null,
      entered: true,
      dueThisShift: 97,
      goodThisShift: 86,
    },
  };
}

export function fixtureLosses(app: FastifyInstance): void {
  const backOf = (query: unknown): number => {
    const { shift, date } = query as { shift?: string; date?: string };
    if (shift === undefined) return 0;
    return [0, 1, 2, 3, 4, 5, 6].find((n) => shiftAt(n).id === shift && shiftAt(n).date === date) ?? 0;
  };
  app.get('/api/v1/losses', (request) => ledgerOf(backOf(request.query)));
  app.get('/api/v1/shift-versions', (request) => {
    const back = backOf(request.query) || 1;
    const version = {
      availability: 0.75,
      performance: 0.91,
      quality: 0.98,
      total: 88,
      targetCount: 97,
      adjustment: false,
    };
    return {
      scope: 'machine:mc07',
      shift: shiftAt(back),
      publishedAt: iso(SHIFT_START + 900_000),
      locked: null,
      versions: [
        {
          ...version,
          version: 1,
          at: iso(SHIFT_START),
          atLabel: '06:15',
          oee: 0.667,
          good: 86,
          cause: null,
          by: null,
          entry: null,
        },
        ...(back === 2
          ? [
              {
                ...version,
                version: 2,
                at: iso(NOW),
                atLabel: '09:30',
                oee: 0.7,
                good: 90,
                cause: 'ann gave a reason to a stop',
                by: 'ann',
                entry: 'e1',
              },
            ]
          : []),
      ],
    };
  });
}
