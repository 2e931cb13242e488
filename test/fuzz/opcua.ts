import { DataType, DataValue, type StatusCode, StatusCodes, Variant, VariantArrayType } from 'node-opcua';
import { readDataValue } from '#edge/sources/opcua/value.ts';
import { requireSound } from './host.ts';
import type { Random } from './random.ts';

const NOW = Date.parse('2026-06-01T09:00:00Z');
const TYPES = Object.values(DataType).filter((type): type is DataType => typeof type === 'number');
const STATUSES: readonly StatusCode[] = Object.values(StatusCodes as unknown as Record<string, StatusCode>).filter(
  (status) => typeof status === 'object' && typeof status?.value === 'number',
);

/** Every type with values right and wrong, every status, scalars and arrays, times that cannot be. */
export function fuzzOpcua(random: Random, runs: number): ReadonlyMap<string, number> {
  const named = new Map<string, number>();
  const count = (name: string) => void named.set(name, (named.get(name) ?? 0) + 1);
  const values: (() => unknown)[] = [
    () => null,
    () => undefined,
    () => random.whole(2 ** 32),
    () => -random.whole(2 ** 31),
    () => random.pick([Number.NaN, Number.POSITIVE_INFINITY, -0, 1e308]),
    () => [random.whole(2 ** 32), random.whole(2 ** 32)],
    () => [1],
    () => 'text'.repeat(random.whole(3000)),
    () => true,
    () => new Date(random.pick([0, NOW, 8.64e15, Number.NaN])),
    () => random.bytes(8),
    () => ({ text: random.pick(['run', null]), locale: 'en' }),
    () => ({ __proto__: { text: 'x' } }),
    () => [[[]]],
  ];
  for (let i = 0; i < runs; i++) {
    const status = STATUSES[i % STATUSES.length] ?? StatusCodes.Good;
    const dataType = TYPES[random.whole(TYPES.length)] ?? DataType.Null;
    const variant = new Variant({ dataType: DataType.Null });
    // Past the constructor's checks, as a hostile server would send it.
    Object.assign(variant, {
      dataType,
      arrayType: random.pick([VariantArrayType.Scalar, VariantArrayType.Scalar, VariantArrayType.Array]),
      value: values[random.whole(values.length)]?.(),
    });
    const dataValue = new DataValue({ statusCode: status });
    Object.assign(dataValue, {
      value: variant,
      sourceTimestamp: random.pick([null, new Date(NOW), new Date(0), new Date(Number.NaN)]),
      serverTimestamp: random.pick([null, new Date(NOW)]),
    });
    const { value, quality, t, problem } = readDataValue(dataValue, NOW);
    requireSound({ signal: `${DataType[dataType]} ${status.name}`, value, quality, t, received: NOW });
    const isBad = status.value >>> 30 >= 2;
    if (isBad && (quality !== 'bad' || value !== null))
      throw new Error(`${status.name} gave ${String(value)} as ${quality}`);
    count(problem === null ? quality : 'unusableValue');
  }
  return named;
}
