import { z } from 'zod';
import { UserError } from '#shared/contract/command.ts';
import { parseInstant } from '#shared/ledger/schema.ts';
import type { Plant } from '#shared/plant/model.ts';
import { type Path, pathText } from '#shared/plant/problem.ts';
import { isMapping, mapping, read } from '#shared/plant/schema-basics.ts';
import { didYouMean } from '#shared/plant/suggest.ts';
import { readYaml } from '#shared/plant/yaml-file.ts';
import { HOUR } from '#shared/time/instant.ts';
import { readSmallFile } from './lines.ts';
import { linesOf, shiftIds } from './windows.ts';

/* What `replay` is asked (INTERFACES, "replay queries and results"): a window is a shift on a date, or from and to. */

const LARGEST_FILE = 16 * 1024 * 1024;
/** A window is judged minute by minute. */
const LONGEST_MS = 3653 * 24 * HOUR;

const instant = z.string().transform((text, context) => {
  const t = parseInstant(text);
  if (t !== null) return t;
  context.addIssue({
    code: 'custom',
    message: `"${text.slice(0, 40)}" is not an instant between 1970 and 2200 with an offset, like 2026-06-01T09:00:00Z`,
  });
  return z.NEVER;
});
const date = z.string().refine(isDate, { message: 'is not a date like 2026-06-01' });
const id = z.string().min(1).max(200);
const machines = z
  .array(id)
  .min(1)
  .refine((ids) => new Set(ids).size === ids.length, {
    message: 'names a machine twice, which would count it twice; name each once',
  });
/** Blocks align to the local clock, so a whole number of them makes a day. */
const demandWindow = z
  .number()
  .int()
  .min(1)
  .max(1440)
  .refine((minutes) => 1440 % minutes === 0, {
    error: (issue) => `must divide a day into whole blocks, like 15, 30 or 60, not ${String(issue.input)}`,
  });

const header = { id, asOf: instant.exactOptional() };
const inShift = { shift: id, date };
const inRange = { from: instant, to: instant };

const shapes = {
  shift: [mapping({ ...header, kind: z.literal('shift'), machines, ...inShift })],
  range: [mapping({ ...header, kind: z.literal('range'), machines, ...inRange })],
  line: [
    mapping({ ...header, kind: z.literal('line'), line: id, ...inShift }),
    mapping({ ...header, kind: z.literal('line'), line: id, ...inRange }),
  ],
  energy: [
    mapping({
      ...header,
      kind: z.literal('energy'),
      meter: id,
      ...inRange,
      demandWindowMinutes: demandWindow.exactOptional(),
      byCategory: z.boolean().exactOptional(),
    }),
  ],
  iso22400: [
    mapping({ ...header, kind: z.literal('iso22400'), machines, ...inShift }),
    mapping({ ...header, kind: z.literal('iso22400'), machines, ...inRange }),
  ],
} as const;

type Shapes = typeof shapes;
export type Query = z.output<Shapes[keyof Shapes][number]>;

/** Makes the error for a mistake at a path in the file of queries. */
type Refuse = (path: Path, message: string) => UserError;

/** Reads the queries. @throws UserError naming file, line, query and what to do. */
export async function readQueries(plant: Plant, file: string): Promise<Query[]> {
  const text = (await readSmallFile(file, LARGEST_FILE, 'a file of queries')).replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(
      `${file}:${lineOf(text, error)}: is not JSON: the file may be cut off; give one array of queries`,
    );
  }
  if (!Array.isArray(value)) throw new UserError(`${file}:1: must be one JSON array of queries`);
  // JSON is YAML, whose reader knows where each value stands; it is asked only where there is a mistake to place.
  const refuse: Refuse = (path, message) => {
    const place = readYaml(text).file?.locate(path, message);
    const [index = 0, ...member] = path;
    const { id: name } = (value[Number(index)] ?? {}) as { id?: unknown };
    const query = `query ${Number(index) + 1}${typeof name === 'string' ? ` (${name.slice(0, 60)})` : ''}`;
    const what = member.length === 0 ? message : `${pathText(member)}: ${message}`;
    return new UserError(`${file}:${place?.line ?? 1}: ${query}: ${what}`);
  };
  return value.map((item: unknown, i) => readQuery(plant, item, i, refuse));
}

function readQuery(plant: Plant, value: unknown, index: number, refuse: Refuse): Query {
  if (!isMapping(value)) throw refuse([index], 'must be an object with id and kind');
  const { kind } = value;
  if (typeof kind !== 'string' || !Object.hasOwn(shapes, kind)) {
    throw refuse([index, 'kind'], `must be one of ${Object.keys(shapes).join(', ')}`);
  }
  const forms = shapes[kind as keyof Shapes];
  const ranged = forms.length > 1 && !('shift' in value) && !('date' in value);
  const found: UserError[] = [];
  const schema: z.ZodType<Query> = forms[ranged ? 1 : 0] ?? forms[0];
  const query = read(schema, value, (path, message) => found.push(refuse([index, ...path], message)));
  if (!query) throw found[0] ?? refuse([index], 'is not a query');
  if ('from' in query && query.from > query.to) throw refuse([index, 'to'], 'must not be earlier than from');
  if ('from' in query && query.to - query.from > LONGEST_MS) {
    throw refuse([index, 'to'], 'is more than ten years after from; ask for less at a time');
  }
  refuseUnknown(plant, query, (member, message) => refuse([index, member], message));
  return query;
}

function refuseUnknown(plant: Plant, query: Query, refuse: (member: string, message: string) => UserError): void {
  const known = (member: string, what: string, name: string, names: Iterable<string>) => {
    const all = [...names];
    if (!all.includes(name)) throw refuse(member, `the plant has no ${what} "${name}"${didYouMean(name, all)}`);
  };
  if ('machines' in query) for (const m of query.machines) known('machines', 'machine', m, plant.machines.keys());
  if ('line' in query) known('line', 'line', query.line, plant.lines.keys());
  if ('meter' in query) known('meter', 'meter', query.meter, plant.meters.keys());
  if (!('shift' in query)) return;
  const { shift } = query;
  const calendars = new Set(linesOf(plant, query).map((line) => plant.lines.get(line)?.calendar ?? ''));
  for (const calendar of calendars) {
    const ids = shiftIds(plant, calendar);
    if (ids.includes(shift)) continue;
    throw refuse('shift', `the calendar "${calendar}" has no shift "${shift}"${didYouMean(shift, ids)}`);
  }
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

/** Where the JSON parser gave up; it names no place where the text ends too early. */
function lineOf(text: string, error: unknown): number {
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  return text.slice(0, position === undefined ? text.length : Number(position)).split('\n').length;
}
