import { LEDGER_PARTS, type LedgerPart, type LedgerPartAnswer } from '#shared/contract/losses.ts';
import type { EnergyItem } from '#shared/energy/items.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { type Loss, lossLedger } from '#shared/oee/losses.ts';
import type { Plant } from '#shared/plant/model.ts';

/*
 * The loss ledger of one machine with its energy and its money.
 *
 * - Every second and every watt-hour is in exactly one part: the parts add up to the window and to what the machine drew.
 * - Unplanned stops are waiting (idle) or down (everything else).
 * - Energy of a state is its own, minute by minute, at the price then. Inside running time it is shared by seconds, since no
 *   meter knows which second was slow; a machine that beat its ideal cycle has no slow seconds to share with.
 * - Money lost: lost pieces x contribution, else time x cost per hour. Energy cost stands beside it, not in it.
 */
export interface LedgerInput {
  readonly plant: Plant;
  readonly machine: string;
  readonly spans: readonly JudgedSpan[];
  /** Null where no meter feeds the machine. */
  readonly energy: readonly EnergyItem[] | null;
  /** False on a line whose constraint is another machine: there the line loses its pieces. */
  readonly losesPieces: boolean;
}

type Row = { -readonly [K in keyof LedgerPartAnswer]: LedgerPartAnswer[K] };
interface Drawn {
  kWh: number;
  /** Null until something of it has a price. */
  cost: number | null;
}

const RUNNING: readonly LedgerPart[] = ['slowCycles', 'startupRejects', 'productionRejects', 'fullyProductive'];

export function ledgerParts(input: LedgerInput): LedgerPartAnswer[] {
  const { plant, machine, spans, energy } = input;
  const rows = new Map<LedgerPart, Row>(
    LEDGER_PARTS.map((part) => [
      part,
      { part, seconds: 0, pieces: null, kWh: energy && 0, energyCost: null, lostMoney: null },
    ]),
  );
  const ideal = spans.some((span) => span.idealSecondsPerPiece !== null);
  for (const { loss, seconds, pieces } of lossLedger(plant, machine, spans)) {
    for (const [part, own] of split(loss, waitingOf(plant, machine, spans))) {
      const row = rows.get(part);
      if (!row) continue;
      row.seconds = own?.seconds ?? seconds;
      row.pieces = ideal ? (own?.pieces ?? pieces) : null;
    }
  }
  const down = rows.get('down');
  const waiting = rows.get('waiting');
  if (down && waiting) {
    down.seconds -= waiting.seconds;
    if (down.pieces !== null) down.pieces -= waiting.pieces ?? 0;
  }
  addMoney(rows, input);
  if (energy) addEnergy(rows, energy);
  for (const row of rows.values()) {
    // Nothing of it, where others have a value, is none; only what nobody can tell is unknown.
    if (row.kWh === 0 && energy?.some(({ cost }) => cost !== null)) row.energyCost = 0;
    if (!NO_LOSS.has(row.part) && hasMoney(rows)) row.lostMoney ??= 0;
  }
  return [...rows.values()];
}

const NO_LOSS: ReadonlySet<LedgerPart> = new Set(['break', 'scheduleLoss', 'offShift', 'fullyProductive']);

function hasMoney(rows: ReadonlyMap<LedgerPart, Row>): boolean {
  return [...rows.values()].some(({ lostMoney }) => lostMoney !== null);
}

interface Waiting {
  readonly seconds: number;
  readonly pieces: number;
}

function waitingOf(plant: Plant, machine: string, spans: readonly JudgedSpan[]): Waiting {
  const [row] = lossLedger(plant, machine, spans.filter(isWaiting)).filter((r) => r.loss === 'unplannedStop');
  return { seconds: row?.seconds ?? 0, pieces: row?.pieces ?? 0 };
}

function isWaiting({ category, state }: Pick<JudgedSpan, 'category' | 'state'>): boolean {
  return category === 'unplannedStop' && state === 'idle';
}

/** The parts of a loss; `down` begins as all of the unplanned stops. */
function split(loss: Loss, waiting: Waiting): [LedgerPart, Waiting | null][] {
  if (loss !== 'unplannedStop') return [[loss, null]];
  return [
    ['waiting', waiting],
    ['down', null],
  ];
}

function addMoney(rows: Map<LedgerPart, Row>, { plant, machine, spans, losesPieces }: LedgerInput): void {
  const moneyOf = (own: readonly JudgedSpan[]) =>
    lossLedger(plant, machine, own, new Map(), losesPieces).flatMap(({ loss, cost }) =>
      cost === null ? [] : [{ loss, money: cost }],
    );
  const idle = moneyOf(spans.filter(isWaiting)).find(({ loss }) => loss === 'unplannedStop')?.money ?? null;
  for (const { loss, money } of moneyOf(spans)) {
    if (loss === 'unplannedStop') {
      if (idle !== null) book(rows, 'waiting', idle);
      book(rows, 'down', money - (idle ?? 0));
    } else book(rows, loss, money);
  }
}

function book(rows: Map<LedgerPart, Row>, part: LedgerPart, money: number): void {
  const row = rows.get(part);
  if (row) row.lostMoney = (row.lostMoney ?? 0) + money;
}

function addEnergy(rows: Map<LedgerPart, Row>, energy: readonly EnergyItem[]): void {
  const drawn = new Map<LedgerPart | 'run', Drawn>();
  for (const item of energy) {
    const part = partOf(item);
    const sum = drawn.get(part) ?? { kWh: 0, cost: null };
    sum.kWh += item.energyWh / 1000;
    if (item.cost !== null) sum.cost = (sum.cost ?? 0) + item.cost;
    drawn.set(part, sum);
  }
  const running = drawn.get('run');
  if (running) {
    const shares = RUNNING.map((part) => Math.max(0, rows.get(part)?.seconds ?? 0));
    const all = shares.reduce((sum, seconds) => sum + seconds, 0);
    RUNNING.forEach((part, i) => {
      // A machine that nothing counts: its running energy is all in one part, whatever that part is called.
      const share = all > 0 ? (shares[i] ?? 0) / all : part === 'slowCycles' ? 1 : 0;
      if (share > 0)
        drawn.set(part, { kWh: running.kWh * share, cost: running.cost === null ? null : running.cost * share });
    });
  }
  for (const [part, { kWh, cost }] of drawn) {
    const row = part === 'run' ? undefined : rows.get(part);
    if (row) Object.assign(row, { kWh, energyCost: cost });
  }
}

function partOf({ category, state }: EnergyItem): LedgerPart | 'run' {
  if (category === null) return 'unknown';
  if (category === 'run' || category !== 'unplannedStop') return category;
  return state === 'idle' ? 'waiting' : 'down';
}
