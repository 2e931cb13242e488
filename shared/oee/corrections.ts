import type { Entry, EntryOf } from '../ledger/entry.ts';
import type { Machine, Plant } from '../plant/model.ts';
import type { Instant } from '../time/instant.ts';
import type { CounterEvent } from './facts.ts';
import type { MutableSpan } from './judged.ts';

/*
 * What people say about products, scrap and counter steps.
 *
 * - A product entry acts like a product change at its `at`: it holds until the PLC reports another change, or the next
 *   entry. A change in the PLC at the same instant gives way to the entry. Product and order hold apart; an entry without an
 *   order leaves the order as measured. The start of an order is such an entry, with or without a product; its end is one
 *   that says there is no order.
 * - A scrap entry moves good to reject in the second before its `at`, as a counter's step would land. The total never
 *   changes. Where it exceeds what was good there, the span goes below zero so that every sum stays exact.
 * - A verdict on a counter step replaces what the step had counted, where it was booked; what is derived from that counter
 *   (the third of total, good and reject) follows.
 */

/** What an entry says is made from `at` on; what it leaves out stays as it was. */
export interface ProductEntry {
  readonly at: Instant;
  readonly product?: string;
  readonly order?: string;
}

/** Product entries by the time they act; of two at the same instant the one recorded later comes last and wins. */
export function productEntries(entries: readonly Entry[]): ProductEntry[] {
  return entries
    .filter(isProductEntry)
    .map((e) => (e.type === 'orderFinish' ? { at: e.at, order: '' } : e))
    .sort((a, b) => a.at - b.at);
}

function isProductEntry(e: Entry): e is EntryOf<'product' | 'orderStart' | 'orderFinish'> {
  return e.type === 'product' || e.type === 'orderStart' || e.type === 'orderFinish';
}

export interface ProductView {
  /** The PLC's product and order from `t` on; calls come in the order of time. */
  measured(product: string, order: string, t: Instant): void;
  moveTo(t: Instant): void;
  /** What entries say in place of the measured one; null: as measured. */
  readonly product: string | null;
  readonly order: string | null;
  /** The next instant at which an entry changes it. */
  readonly nextChange: Instant;
}

export function createProductView(entries: readonly ProductEntry[]): ProductView {
  let index = 0;
  let product: string | null = null;
  let order: string | null = null;
  let last: { product: string; order: string } | null = null;
  const moveTo = (t: Instant) => {
    for (let e = entries[index]; e && e.at <= t; e = entries[++index]) {
      product = e.product ?? product;
      order = e.order ?? order;
    }
  };
  return {
    measured(newProduct, newOrder, t) {
      if (last && (newProduct !== last.product || newOrder !== last.order)) {
        // Entries before this change are over; those at its very instant come after it.
        for (let e = entries[index]; e && e.at < t; e = entries[++index]) {
          product = e.product ?? product;
          order = e.order ?? order;
        }
        if (newProduct !== last.product) product = null;
        if (newOrder !== last.order) order = null;
      }
      if (!last || newProduct !== last.product || newOrder !== last.order) {
        last = { product: newProduct, order: newOrder };
      }
    },
    moveTo,
    get product() {
      return product;
    },
    get order() {
      return order;
    },
    get nextChange() {
      return entries[index]?.at ?? Number.POSITIVE_INFINITY;
    },
  };
}

/**
 * From when pieces are needed so that products are exact from `from` on: back to the entry in force then, because a change
 * by the PLC since would have ended it. Equals `from` where no entry is in force or the machine reports no product itself.
 */
export function piecesNeededFrom(plant: Plant, machine: string, entries: readonly Entry[], from: Instant): Instant {
  const config = plant.machines.get(machine);
  if (!config?.product && !config?.order) return from;
  let product = Number.NEGATIVE_INFINITY;
  let order = Number.NEGATIVE_INFINITY;
  for (const e of entries) {
    if (!isProductEntry(e) || e.machine !== machine || e.at > from) continue;
    if (e.type !== 'orderFinish' && e.product !== undefined) product = Math.max(product, e.at);
    if (e.order !== undefined) order = Math.max(order, e.at);
  }
  const inForce = [product, order].filter(Number.isFinite);
  return inForce.length > 0 ? Math.min(...inForce) : from;
}

/** Moves good to reject, in place. `spans` are contiguous. */
export function applyScrap(spans: MutableSpan[], entries: readonly Entry[]): void {
  for (const e of entries) {
    if (e.type !== 'scrap') continue;
    const span = spanBefore(spans, e.at);
    if (!span) continue;
    span.goodCount -= e.count;
    span.rejectCount += e.count;
  }
}

/** Books what people say a step counted in place of what was booked, in place. `spans` are contiguous. */
export function applyVerdicts(
  plant: Plant,
  machine: Machine,
  spans: MutableSpan[],
  entries: readonly Entry[],
  events: readonly CounterEvent[],
): void {
  // By step: the entry recorded last is the one that counts.
  const said = new Map<string, number>();
  for (const e of entries) if (e.type === 'counterVerdict') said.set(`${e.signal} ${e.t}`, e.counted);
  if (said.size === 0) return;
  for (const event of events) {
    const counted = said.get(`${event.signal} ${event.t}`);
    const counter = event.signal.startsWith(`${machine.id}.`) ? event.signal.slice(machine.id.length + 1) : '';
    const span = counted === undefined || event.void ? null : spanBefore(spans, event.t);
    if (!span || counted === undefined) continue;
    const more = counted - event.counted;
    const ownTotal = machine.total !== null || machine.cycles !== null;
    if (counter === 'total') addPieces(span, more, machine.good ? 0 : more);
    else if (counter === 'good') addPieces(span, ownTotal ? 0 : more, more);
    else if (counter === 'reject') addPieces(span, ownTotal ? 0 : more, ownTotal ? -more : 0);
    else if (counter === 'cycles') {
      const pieces = more * (plant.products.get(span.product)?.activeCavities ?? 1);
      addPieces(span, pieces, machine.good ? 0 : pieces);
    }
  }
}

function addPieces(span: MutableSpan, total: number, good: number): void {
  span.totalCount += total;
  span.goodCount += good;
  span.rejectCount += total - good;
}

/** The span with start < t <= end. */
function spanBefore(spans: readonly MutableSpan[], t: Instant): MutableSpan | null {
  let low = 0;
  let high = spans.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const span = spans[middle] as MutableSpan;
    if (span.end < t) low = middle + 1;
    else if (span.start >= t) high = middle - 1;
    else return span;
  }
  return null;
}
