import { Decimal } from 'decimal.js';

/*
 * - Money is decimal inside and never rounded on the way; a printed line is rounded once, half away from zero.
 * - Numbers stand at the edges of this room: a double is taken at its shortest decimal text, so 0.1 is exactly 0.1.
 */

/** 50 digits hold the product of any two doubles as printed, and millions of such sums, without loss. */
export const Money = Decimal.clone({ precision: 50, rounding: Decimal.ROUND_HALF_UP });
export type Money = Decimal;

/** `value` rounded once to `digits` decimals, half away from zero. */
export function roundMoney(value: number | Money, digits: number): number {
  return new Money(value).toDecimalPlaces(digits, Decimal.ROUND_HALF_UP).toNumber();
}

/**
 * Adds up quantity x rate. Quantities of one rate are added first and priced once, which is the same sum without a
 * decimal product per minute.
 */
export class PricedSum {
  readonly #quantityByRate = new Map<number, number>();

  /** `quantity` in the unit that `rate` prices. */
  add(quantity: number, rate: number): void {
    this.#quantityByRate.set(rate, (this.#quantityByRate.get(rate) ?? 0) + quantity);
  }

  /**
   * The sum, where `unitsPerPrice` units of the quantity go to one of the rate's (1000 for Wh and money per kWh). Null when
   * nothing was ever priced: never 0 for "unknown".
   */
  total(unitsPerPrice: number): number | null {
    if (this.#quantityByRate.size === 0) return null;
    let sum = new Money(0);
    for (const [rate, quantity] of this.#quantityByRate) sum = sum.plus(new Money(quantity).times(rate));
    return sum.div(unitsPerPrice).toNumber();
  }
}
