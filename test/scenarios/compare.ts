/** Absolute tolerance of a worked case: half a second, and 1e-4 for everything else. */
function toleranceOf(path: readonly string[]): number {
  const last = path.at(-1) ?? '';
  return path.includes('seconds') || last.endsWith('Seconds') ? 0.5 : 1e-4;
}

const INSTANT = /^\d{4}-\d\d-\d\dT/;

/** Where `actual` lacks or differs from what `expected` names; what `expected` does not name is free. */
export function differences(
  expected: unknown,
  actual: unknown,
  path: readonly string[] = [],
  exact?: number,
): string[] {
  const where = path.join('.') || 'result';
  if (typeof expected === 'number') {
    const tolerance = exact ?? toleranceOf(path);
    const near = typeof actual === 'number' && Math.abs(actual - expected) <= tolerance;
    return near ? [] : [`${where}: expected ${expected}, got ${JSON.stringify(actual)}`];
  }
  if (typeof expected === 'string' && INSTANT.test(expected)) {
    const same = typeof actual === 'string' && Date.parse(actual) === Date.parse(expected);
    return same ? [] : [`${where}: expected ${expected}, got ${JSON.stringify(actual)}`];
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length)
      return [`${where}: expected ${expected.length} items`];
    return expected.flatMap((item, i) => differences(item, actual[i], [...path, String(i)], exact));
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null)
      return [`${where}: expected an object, got ${JSON.stringify(actual)}`];
    return Object.entries(expected).flatMap(([key, value]) =>
      differences(value, (actual as Record<string, unknown>)[key], [...path, key], exact),
    );
  }
  return expected === actual ? [] : [`${where}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`];
}

interface Line {
  readonly name: string;
  readonly unit: string;
  readonly quantity?: number;
  readonly amount?: number;
}

/** Bill lines match by name and unit; lines that share both add up. Further lines are free. */
export function addedUp(lines: readonly Line[]): Record<string, { quantity: number; amount: number }> {
  const sums: Record<string, { quantity: number; amount: number }> = {};
  for (const { name, unit, quantity = 0, amount = 0 } of lines) {
    const sum = sums[`${name} (${unit})`] ?? { quantity: 0, amount: 0 };
    sums[`${name} (${unit})`] = { quantity: sum.quantity + quantity, amount: sum.amount + amount };
  }
  return sums;
}
