import type { z } from 'zod';
import type { orderAnswer } from '#shared/contract/operator.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import type { Line, Plant } from '#shared/plant/model.ts';
import { DAY, HOUR, type Instant, toIso } from '#shared/time/instant.ts';
import { clockLabel } from '#shared/time/zone.ts';
import { slicesOf } from '../kpi/bounds.ts';
import type { KpiService } from '../kpi/service.ts';

/** How far back pieces of an order are looked for. */
const ORDER_REACH_MS = 7 * DAY;

/**
 * The order that a machine works on at the end of `spans` (contiguous, up to now, at least an hour where there is one): how
 * many good pieces of it are made, and when it ends at the pace of the last hour. Null without an order.
 */
export async function orderNow(
  plant: Plant,
  line: Line,
  machine: string,
  kpi: KpiService,
  effective: readonly Entry[],
  spans: readonly JudgedSpan[],
): Promise<z.input<typeof orderAnswer> | null> {
  const last = spans.at(-1);
  if (!last || last.order === '') return null;
  const started = effective.findLast(
    (e) => e.type === 'orderStart' && e.machine === machine && e.order === last.order && e.at <= last.end,
  );
  const entered = started?.type === 'orderStart' ? started : null;
  const quantity = entered?.quantity ?? null;
  const { good, total } = await madeOf(plant, line, machine, kpi, last.order, last.end);
  const endsAt = quantity === null ? null : endOfOrder(spans, last.end, quantity - good);
  const zone = plant.site.timezone;
  return {
    order: last.order,
    product: last.product || null,
    productName: last.product ? (plant.products.get(last.product)?.name ?? last.product) : null,
    quantity,
    good,
    total,
    endsAt: endsAt === null ? null : toIso(endsAt),
    endsLabel: endsAt === null ? null : clockLabel(zone, endsAt),
    entered: entered !== null,
  };
}

async function madeOf(plant: Plant, line: Line, machine: string, kpi: KpiService, order: string, to: Instant) {
  const slices = slicesOf(plant, [line], to - (to % HOUR) - ORDER_REACH_MS, to);
  let good = 0;
  let total = 0;
  for (const { cells } of await kpi.kpi.ofMachine(machine, slices)) {
    for (const cell of cells) {
      if (cell.order !== order) continue;
      good += cell.sums.goodCount + cell.sums.unscheduledGoodCount;
      total += cell.sums.totalCount + cell.sums.unscheduledTotalCount;
    }
  }
  return { good, total };
}

/** Null where nothing was made in the last hour, or the end is further away than anybody plans for. */
function endOfOrder(spans: readonly JudgedSpan[], now: Instant, left: number): Instant | null {
  if (left <= 0) return null;
  let good = 0;
  let ms = 0;
  for (let i = spans.length - 1; i >= 0 && ms < HOUR; i--) {
    const span = spans[i];
    if (!span) break;
    good += span.goodCount;
    ms += span.end - span.start;
  }
  const end = good > 0 && ms > 0 ? now + left / (good / ms) : Number.POSITIVE_INFINITY;
  return end - now < 2 * DAY ? end : null;
}
