import type { Instant } from '../time/instant.ts';

/** Index of the first of `count` ordered spans that ends after `t` (`count` where none does), by bisection. */
export function firstEndingAfter(count: number, endOf: (index: number) => Instant | undefined, t: Instant): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((endOf(middle) ?? Number.POSITIVE_INFINITY) <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}
