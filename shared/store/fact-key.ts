import type {
  ConditionMinute,
  CounterEvent,
  MachinePiece,
  MeterPiece,
  ReplacedFact,
  StateInterval,
} from '../oee/facts.ts';
import type { Instant } from '../time/instant.ts';

/** Who a fact belongs to, when, and what tells it from its neighbours: the same in every engine. */
export interface FactPlace {
  readonly owner: string;
  readonly t: Instant;
  readonly key: string;
}

const SEPARATOR = '\u001f';

export function intervalPlace(f: StateInterval): FactPlace {
  return { owner: f.machine, t: f.start, key: '' };
}

export function piecePlace(f: MachinePiece): FactPlace {
  return { owner: f.machine, t: f.minute, key: [f.state, f.product, f.order, f.slot].join(SEPARATOR) };
}

export function meterPiecePlace(f: MeterPiece): FactPlace {
  return { owner: f.meter, t: f.minute, key: [f.machine, f.state, f.product, f.order, f.slot].join(SEPARATOR) };
}

export function conditionPlace(f: ConditionMinute): FactPlace {
  return { owner: f.machine, t: f.minute, key: f.condition };
}

export function counterEventPlace(f: CounterEvent): FactPlace {
  return { owner: f.signal, t: f.t, key: '' };
}

export function placeOf(replaced: Pick<ReplacedFact, 'kind' | 'fact'>): FactPlace {
  switch (replaced.kind) {
    case 'interval':
      return intervalPlace(replaced.fact as StateInterval);
    case 'piece':
      return piecePlace(replaced.fact as MachinePiece);
    case 'meterPiece':
      return meterPiecePlace(replaced.fact as MeterPiece);
    case 'condition':
      return conditionPlace(replaced.fact as ConditionMinute);
    case 'counterEvent':
      return counterEventPlace(replaced.fact as CounterEvent);
  }
}

/**
 * Rows as they were known at `asOf`: a replaced row that was in force then stands in for the present one. A key that did
 * not exist then has a void row in the history, so the result simply drops void rows.
 */
export function asKnown<F extends { readonly void?: boolean }>(
  present: readonly F[],
  replaced: readonly F[],
  place: (fact: F) => FactPlace,
): F[] {
  if (replaced.length === 0) return present.filter((f) => f.void !== true);
  const id = (f: F): string => {
    const p = place(f);
    return `${p.owner}${SEPARATOR}${p.t}${SEPARATOR}${p.key}`;
  };
  const rows = new Map<string, F>();
  for (const f of present) rows.set(id(f), f);
  for (const f of replaced) rows.set(id(f), f);
  return [...rows.values()].filter((f) => f.void !== true);
}
