import type { FastifyInstance } from 'fastify';
import type { OperatorAnswer, OperatorStop } from '#shared/contract/operator.ts';
import { NOW, SHIFT_START } from './fixture-views.ts';

/* What a tablet asks and enters, hand-made: one machine, one shift, entries as they came. */
const iso = (t: number): string => new Date(t).toISOString();
const at = (minute: number): number => SHIFT_START + minute * 60_000;
const label = (t: number): string => iso(t).slice(11, 16);

export type Posted = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };

export interface FixtureEntries {
  /** In the order in which they came; a repeat is not in it twice. */
  readonly taken: readonly Posted[];
  /** How often each id was sent. */
  readonly sent: ReadonlyMap<string, number>;
  clear(): void;
}

const GROUPS: readonly (readonly [string, readonly string[]])[] = [
  [
    'Mechanical',
    [
      'Cap feed jam',
      'Chuck worn or loose',
      'Torque head fault',
      'Drive or belt',
      'Bottle jam at infeed',
      'Sensor blocked',
      'Guard or door',
      'Starwheel',
    ],
  ],
  ['Electrical', ['Drive fault', 'Sensor fault', 'Control stopped', 'Power dip', 'Light curtain']],
  ['Material', ['No caps in hopper', 'Wrong caps', 'No bottles', 'Damaged bottles', 'No film', 'No labels']],
  ['Quality', ['Torque too low', 'Cap askew', 'Leaking', 'Sample taken']],
  ['Cleaning', ['Cleaning in place', 'Wash down', 'Spill']],
  ['Waiting', ['Starved', 'Blocked', 'No operator', 'No forklift']],
  ['Setup', ['Changeover', 'Start-up', 'Adjusting']],
  ['Break', ['Break', 'Meeting']],
];
const idOf = (name: string): string => name.toLowerCase().replace(/\W+/g, '-');

function stop(from: number, to: number | null, look: OperatorStop['look'], reasonName: string | null): OperatorStop {
  const start = at(from);
  const end = to === null ? null : at(to);
  return {
    start: iso(start),
    end: end === null ? null : iso(end),
    startLabel: label(start),
    endLabel: end === null ? null : label(end),
    seconds: ((end ?? NOW) - start) / 1000,
    look,
    reason: reasonName === null ? null : idOf(reasonName),
    reasonName,
    byPerson: reasonName !== null,
    unexplained: reasonName === null && look !== 'minor',
    stretchStart: iso(start),
  };
}

/** `base` with the slices and labels that were entered, in a simple way: enough for one stop at a time. */
function withEntries(base: readonly OperatorStop[], entries: readonly Posted[]): OperatorStop[] {
  const voided = new Set(entries.flatMap((e) => (e.type === 'void' ? [e['entry']] : [])));
  const nameOf = (id: unknown): string =>
    GROUPS.flatMap(([, names]) => names).find((n) => idOf(n) === id) ?? String(id);
  let stops = [...base];
  for (const e of entries.filter((x) => x.type === 'stopReason' && !voided.has(x.id))) {
    const reason = { reason: String(e['reason']), reasonName: nameOf(e['reason']), byPerson: true, unexplained: false };
    if (typeof e['at'] === 'string') {
      const t = e['at'];
      stops = stops.map((s) => (s.start <= t && (s.end === null || t < s.end) ? { ...s, ...reason } : s));
    } else {
      const [from, to] = [String(e['from']), String(e['to'])];
      const cut = (s: OperatorStop, start: string, end: string | null): OperatorStop => ({
        ...s,
        start,
        end,
        startLabel: start.slice(11, 16),
        endLabel: end === null ? null : end.slice(11, 16),
        seconds: (Date.parse(end ?? iso(NOW)) - Date.parse(start)) / 1000,
      });
      stops = stops.flatMap((s) => {
        if (s.start > from || (s.end !== null && s.end < to)) return [s];
        const parts = [
          ...(s.end === null || to < s.end ? [cut(s, to, s.end)] : []),
          { ...cut(s, from, to), ...reason },
          ...(s.start < from ? [cut(s, s.start, from)] : []),
        ];
        return parts.filter((p) => p.seconds > 0);
      });
    }
  }
  return stops;
}

export function fixtureOperator(app: FastifyInstance): FixtureEntries {
  let taken: Posted[] = [];
  const sent = new Map<string, number>();
  const base: readonly OperatorStop[] = [
    stop(341.35, null, 'down', null),
    stop(281, 289, 'down', 'Cap feed jam'),
    stop(266, 275, 'idle', null),
    stop(172, 191, 'setup', 'Changeover'),
    stop(99, 108, 'idle', 'Starved'),
    stop(72, 78, 'down', 'Cap feed jam'),
  ];
  app.post('/api/v1/entries', (request, reply) => {
    const body = request.body as Posted;
    sent.set(body.id, (sent.get(body.id) ?? 0) + 1);
    const again = taken.some((e) => e.id === body.id);
    if (!again) taken = [...taken, body];
    return reply.code(again ? 200 : 201).send({ ...body, seq: taken.length });
  });
  app.get('/api/v1/operator', (): OperatorAnswer => {
    const likely = (name: string, evidence: OperatorAnswer['likely'][number]['evidence']) => ({
      reason: idOf(name),
      name,
      group: '',
      evidence,
    });
    return {
      machine: 'capper',
      machineName: 'Capper',
      line: 'filling',
      lineName: 'Line 1 Filling',
      seq: taken.length,
      serverTime: iso(NOW),
      likely: [
        likely('Cap feed jam', { kind: 'today', count: 2, seconds: 840, label: null }),
        likely('No caps in hopper', { kind: 'hour', count: 3, seconds: 600, label: null }),
        likely('Guard or door', { kind: 'before', count: 1, seconds: 300, label: '4 Nov' }),
      ],
      groups: GROUPS.map(([name, names]) => ({
        name,
        reasons: names.map((n) => ({ id: idOf(n), name: n, lastLabel: n === 'Chuck worn or loose' ? '4 Nov' : null })),
      })),
      stops: withEntries(base, taken),
      order: {
        order: '40817',
        product: 'OAT1L',
        productName: 'Oat drink 1 L',
        quantity: 48_000,
        good: 14_444,
        endsAt: iso(at(600)),
        endsLabel: '16:00',
        entered: true,
      },
      products: ['Oat drink 1 L', 'Oat drink 0.5 L', 'Almond drink 1 L'].map((name) => ({ id: idOf(name), name })),
      scrap: {
        soFar: 436,
        reasons: ['No cap', 'Cap askew', 'Underfilled', 'Label fault'].map((name) => ({ id: idOf(name), name })),
      },
      notes: [
        {
          id: 'n1',
          at: iso(at(20)),
          atLabel: '06:20',
          by: 'Night shift',
          about: 'handover',
          machine: 'capper',
          machineName: 'Capper',
          text: 'Chuck 3 was tightened at 04:10; look at it before the next changeover.',
        },
      ],
      calls: taken.flatMap((e) =>
        e.type === 'andonCall'
          ? [
              {
                id: e.id,
                machine: 'capper',
                machineName: 'Capper',
                at: iso(NOW),
                atLabel: label(NOW),
                by: String(e['by']),
                team: String(e['team']),
                text: null,
                acknowledged: null,
              },
            ]
          : [],
      ),
    };
  });
  return {
    get taken() {
      return taken;
    },
    sent,
    clear() {
      taken = [];
      sent.clear();
    },
  };
}
