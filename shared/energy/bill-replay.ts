import type { BillLine } from './bill.ts';

/*
 * A supplier's bill beside ours, line by line, with what explains each difference.
 *
 * - Lines are matched by name, then by unit where one alone is left on both sides. What has no partner is told as such.
 * - An explanation is never guessed: it is another calculation of the same readings (other clock, other block, other day)
 *   that gives their figure. What no calculation gives stays unexplained, as a sum of money.
 * - Quantities are the same within their own printed digits, money within one minor unit and what rounding the quantity can do.
 */

export interface TheirLine {
  readonly name: string;
  readonly quantity: number | null;
  readonly unit: string | null;
  readonly rate: number | null;
  readonly amount: number | null;
}

export interface OurLine {
  readonly name: string;
  readonly part: BillLine['part'];
  readonly quantity: number;
  readonly unit: string;
  readonly rate: number | null;
  readonly amount: number | null;
}

/** The same readings calculated in another way. */
export interface Alternative {
  /** Completes "it is their figure ...": "where bands follow UTC all year instead of the local clock". */
  readonly when: string;
  readonly lines: readonly OurLine[];
}

export interface ReplayInput {
  readonly ours: readonly OurLine[];
  readonly theirs: readonly TheirLine[];
  readonly alternatives: readonly Alternative[];
  /** Seconds without readings in the period, and of all. */
  readonly missingSeconds: number;
  readonly allSeconds: number;
  /** Complete blocks, highest first, in the unit of demand lines. */
  readonly blocks: readonly { readonly label: string; readonly kW: number; readonly kVA: number | null }[];
  /** Decimals of the currency. */
  readonly digits: number;
}

export type ReplayVerdict = 'same' | 'rounding' | 'differs' | 'onlyOurs' | 'onlyTheirs' | 'notComparable';

export interface ReplayLine {
  readonly name: string;
  readonly ours: OurLine | null;
  readonly theirs: TheirLine | null;
  /** Theirs less ours. */
  readonly difference: number | null;
  readonly verdict: ReplayVerdict;
  readonly because: readonly string[];
  readonly isExplained: boolean;
}

export function replayBill(input: ReplayInput): ReplayLine[] {
  const pairs = matched(input.ours, input.theirs);
  const factor = commonFactor(pairs);
  return pairs.map((pair) => explained(pair, input, factor));
}

type Pair = readonly [OurLine | null, TheirLine | null];

function matched(ours: readonly OurLine[], theirs: readonly TheirLine[]): Pair[] {
  const left = new Set(theirs);
  const partner = new Map<OurLine, TheirLine>();
  const take = (own: OurLine, found: TheirLine | undefined): void => {
    if (!found) return;
    partner.set(own, found);
    left.delete(found);
  };
  for (const own of ours)
    take(
      own,
      [...left].find((line) => plain(line.name) === plain(own.name)),
    );
  for (const own of ours.filter((line) => !partner.has(line))) {
    const words = plain(own.name);
    take(
      own,
      [...left].find((line) => plain(line.name).includes(words) && sameUnit(line.unit, own.unit)),
    );
  }
  for (const own of ours.filter((line) => !partner.has(line))) {
    const same = [...left].filter((line) => line.unit !== null && sameUnit(line.unit, own.unit));
    const open = ours.filter((line) => !partner.has(line) && sameUnit(line.unit, own.unit));
    if (same.length === 1 && open.length === 1) take(own, same[0]);
  }
  return [
    ...ours.map((own): Pair => [own, partner.get(own) ?? null]),
    ...theirs.filter((line) => left.has(line)).map((line): Pair => [null, line]),
  ];
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function sameUnit(a: string | null, b: string): boolean {
  return a === null || plain(a).replace(/ s$|days?$/, '') === plain(b).replace(/ s$|days?$/, '');
}

/** One factor between all quantities of energy: a transformer ratio or a unit. */
function commonFactor(pairs: readonly Pair[]): number | null {
  const ratios = pairs.flatMap(([own, their]) =>
    own?.part === 'energy' && their?.quantity != null && own.quantity > 0 ? [their.quantity / own.quantity] : [],
  );
  const [first] = ratios;
  if (first === undefined || ratios.length < 2 || Math.abs(first - 1) < 0.005) return null;
  return ratios.every((ratio) => Math.abs(ratio / first - 1) < 0.002) ? first : null;
}

/** Half of the last printed digit: 4,812 is 4811.5 to 4812.5. */
function halfDigit(value: number): number {
  const text = String(value);
  const point = text.indexOf('.');
  return 0.5 * 10 ** -(point < 0 || text.includes('e') ? 0 : text.length - point - 1);
}

function sameQuantity(theirs: number, ours: number): boolean {
  return Math.abs(theirs - ours) <= halfDigit(theirs) * (1 + 1e-9) + Math.abs(ours) * 1e-9;
}

function explained([own, their]: Pair, input: ReplayInput, factor: number | null): ReplayLine {
  const { digits } = input;
  const name = own?.name ?? their?.name ?? '';
  const line = (
    verdict: ReplayVerdict,
    difference: number | null,
    because: readonly string[],
    isExplained: boolean,
  ): ReplayLine => ({ name, ours: own, theirs: their, difference, verdict, because, isExplained });
  if (!own) {
    const amount = their?.amount ?? null;
    return line(
      'onlyTheirs',
      amount,
      ['Your tariff in the plant file has no such line; ask what it is for, or add it.'],
      false,
    );
  }
  if (!their) {
    const amount = own.amount === null ? null : -own.amount;
    return line('onlyOurs', amount, ['The tariff in the plant file charges this and the bill does not.'], false);
  }
  const minor = 10 ** -digits;
  const difference = their.amount === null || own.amount === null ? null : their.amount - own.amount;
  const quantitiesMatch = their.quantity === null || sameQuantity(their.quantity, own.quantity);
  const ratesMatch = their.rate === null || own.rate === null || sameQuantity(their.rate, own.rate);
  if (difference === null && their.quantity === null) return line('notComparable', null, [], true);
  if (quantitiesMatch && ratesMatch) {
    const rounding = minor * 1.001 + halfDigit(their.quantity ?? 0) * Math.abs(own.rate ?? 0);
    if (difference === null || Math.abs(difference) < minor / 2) return line('same', difference, [], true);
    if (Math.abs(difference) <= rounding)
      return line('rounding', difference, ['Quantity or amount is rounded on one side.'], true);
    if (own.part === 'tax')
      return line(
        'differs',
        difference,
        ['The rate is the same: it follows from the lines that it is taken of.'],
        true,
      );
  }
  const because: string[] = [];
  if (!ratesMatch) because.push(`They price it at ${their.rate}, the plant file at ${own.rate}.`);
  if (!quantitiesMatch && their.quantity !== null) because.push(...whyQuantity(own, their.quantity, input, factor));
  if (own.part === 'tax' && because.length === 0) because.push('It follows from the lines that it is taken of.');
  return line('differs', difference, because.length > 0 ? because : [UNEXPLAINED], because.length > 0);
}

const UNEXPLAINED = 'No other calculation of these readings gives their figure; ask for their interval data.';

function whyQuantity(own: OurLine, theirs: number, input: ReplayInput, factor: number | null): string[] {
  const found: string[] = [];
  if (factor !== null && own.part === 'energy') {
    found.push(
      `Every quantity of energy is ${shown(factor)} times ours: compare the transformer ratio (scale) with the meter's label.`,
    );
  }
  for (const { when, lines } of input.alternatives) {
    const other = lines.find((line) => line.part === own.part && line.name === own.name);
    if (other && !sameQuantity(theirs, own.quantity) && sameQuantity(theirs, other.quantity))
      found.push(`It is their figure ${when}.`);
  }
  if (own.part === 'demand' || own.part === 'capacity') found.push(...whyPeak(own, theirs, input.blocks));
  if (found.length === 0 && own.part !== 'demand' && theirs > own.quantity && input.missingSeconds > 0) {
    const share = input.missingSeconds / input.allSeconds;
    const expected = own.quantity / (1 - share) - own.quantity;
    const missing = theirs - own.quantity;
    // At the mean power of the rest, within a factor of two: more than that is not explained by what is missing.
    if (share > 0 && missing <= expected * 2) {
      found.push(
        `Our meter has no readings for ${shown(share * 100)} % of the period; at the mean of the rest that is about ${shown(expected)} ${own.unit}.`,
      );
    }
  }
  return found;
}

function whyPeak(own: OurLine, theirs: number, blocks: ReplayInput['blocks']): string[] {
  for (const [i, block] of blocks.entries()) {
    if (sameQuantity(theirs, block.kW) && !sameQuantity(theirs, own.quantity)) {
      return [
        `It is the mean of the block of ${block.label}, ${own.unit === 'kVA' ? 'in kW instead of kVA' : `the ${ordinal(i + 1)} highest here`}.`,
      ];
    }
    if (block.kVA !== null && own.unit === 'kW' && sameQuantity(theirs, block.kVA)) {
      return [`It is the kVA of the block of ${block.label}: they bill apparent power, the plant file says kW.`];
    }
  }
  return [];
}

function ordinal(n: number): string {
  const ends = ['th', 'st', 'nd', 'rd'];
  return `${n}${n % 100 > 10 && n % 100 < 14 ? 'th' : (ends[n % 10] ?? 'th')}`;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}
