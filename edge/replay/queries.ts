import { z } from 'zod';
import { UserError } from '#shared/contract/command.ts';
import { parseInstant } from '#shared/ledger/schema.ts';
import type { Plant } from '#shared/plant/model.ts';
import { readSmallFile } from './lines.ts';

/* What `replay` is asked (INTERFACES, "replay queries and results"): a window is a shift on a date, or from and to. */

const LARGEST_FILE = 16 * 1024 * 1024;

const instant = z.string().transform((text, context) => {
  const t = parseInstant(text);
  if (t !== null) return t;
  context.addIssue({
    code: 'custom',
    message: `"${text.slice(0, 40)}" is not an instant with an offset, like 2026-06-01T09:00:00Z`,
  });
  return z.NEVER;
});
const date = z.string().refine(isDate, { message: 'is not a date like 2026-06-01' });
const id = z.string().min(1).max(200);
const machines = z.array(id).min(1);

const header = { id, asOf: instant.exactOptional() };
const inShift = { shift: id, date };
const inRange = { from: instant, to: instant };

const shapes = {
  shift: [z.strictObject({ ...header, kind: z.literal('shift'), machines, ...inShift })],
  range: [z.strictObject({ ...header, kind: z.literal('range'), machines, ...inRange })],
  line: [
    z.strictObject({ ...header, kind: z.literal('line'), line: id, ...inShift }),
    z.strictObject({ ...header, kind: z.literal('line'), line: id, ...inRange }),
  ],
  energy: [
    z.strictObject({
      ...header,
      kind: z.literal('energy'),
      meter: id,
      ...inRange,
      demandWindowMinutes: z.number().int().min(1).max(1440).exactOptional(),
      byCategory: z.boolean().exactOptional(),
    }),
  ],
  iso22400: [
    z.strictObject({ ...header, kind: z.literal('iso22400'), machines, ...inShift }),
    z.strictObject({ ...header, kind: z.literal('iso22400'), machines, ...inRange }),
  ],
} as const;

type Shapes = typeof shapes;
export type Query = z.output<Shapes[keyof Shapes][number]>;

/** Reads the queries. @throws UserError naming file, query and what to do. */
export async function readQueries(plant: Plant, file: string): Promise<Query[]> {
  const text = (await readSmallFile(file, LARGEST_FILE, 'a file of queries')).replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(
      `${file}${placeOf(text, error)}: is not JSON: the file may be cut off; give one array of queries`,
    );
  }
  if (!Array.isArray(value)) throw new UserError(`${file}: must be one JSON array of queries`);
  return value.map((item: unknown, i) => readQuery(plant, item, `${file}: query ${i + 1}`));
}

function readQuery(plant: Plant, value: unknown, place: string): Query {
  if (typeof value !== 'object' || value === null) throw new UserError(`${place}: must be an object with id and kind`);
  const { kind, id: name } = value as { kind?: unknown; id?: unknown };
  const where = typeof name === 'string' ? `${place} (${name.slice(0, 60)})` : place;
  if (typeof kind !== 'string' || !Object.hasOwn(shapes, kind)) {
    throw new UserError(`${where}: kind must be one of ${Object.keys(shapes).join(', ')}`);
  }
  const forms = shapes[kind as keyof Shapes];
  const ranged = forms.length > 1 && !('shift' in value) && !('date' in value);
  const parsed = (forms[ranged ? 1 : 0] ?? forms[0]).safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path.join('.') ?? '';
    throw new UserError(`${where}: ${path === '' ? '' : `${path}: `}${issue?.message ?? 'is not a query'}`);
  }
  const query: Query = parsed.data;
  if ('from' in query && query.from > query.to) throw new UserError(`${where}: to must not be earlier than from`);
  const unknown = unknownName(plant, query);
  if (unknown !== null) throw new UserError(`${where}: ${unknown}`);
  return query;
}

function unknownName(plant: Plant, query: Query): string | null {
  const machine = 'machines' in query ? query.machines.find((m) => !plant.machines.has(m)) : undefined;
  if (machine !== undefined) return `the plant has no machine "${machine}"`;
  if ('line' in query && !plant.lines.has(query.line)) return `the plant has no line "${query.line}"`;
  if ('meter' in query && !plant.meters.has(query.meter)) return `the plant has no meter "${query.meter}"`;
  return null;
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  try {
    const year = Temporal.PlainDate.from(text, { overflow: 'reject' }).year;
    return year >= 1970 && year < 2200;
  } catch {
    return false;
  }
}

function placeOf(text: string, error: unknown): string {
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  return position === undefined ? '' : `:${text.slice(0, Number(position)).split('\n').length}`;
}
