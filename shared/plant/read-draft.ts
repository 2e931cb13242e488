import { z } from 'zod';
import type { LineDraft, Placed, PlantDraft } from './draft.ts';
import type { Machine } from './model.ts';
import type { Path } from './problem.ts';
import { id, isMapping, mapping, read, shown, text, versioned } from './schema-basics.ts';
import { calendarSchema } from './schema-calendar.ts';
import { machineSchema } from './schema-machine.ts';
import { meterSchema } from './schema-meter.ts';
import { namesSchema } from './schema-names.ts';
import {
  alertSchema,
  channelSchema,
  demoSchema,
  edgeSchema,
  productSchema,
  reasonSchema,
  reportSchema,
  scrapReasonSchema,
  siteSchema,
} from './schema-site.ts';
import { type SourceTypes, sourceSchema, sourceTypeOf } from './schema-source.ts';
import { carbonSchema, type ReadFile, tariffSchema } from './schema-tariff.ts';
import { type Environment, resolveSecrets } from './secrets.ts';
import { didYouMean } from './suggest.ts';

type Report = (path: Path, message: string) => void;
type Raw = Readonly<Record<string, unknown>>;

const SECTIONS = [
  'version',
  'enterprise',
  'site',
  'calendars',
  'products',
  'reasons',
  'scrapReasons',
  'sources',
  'lines',
  'meters',
  'tariffs',
  'carbon',
  'alerts',
  'channels',
  'reports',
  'edges',
  'names',
  'demo',
];

function readAt<T>(schema: z.ZodType<T>, value: unknown, path: Path, report: Report): T | undefined {
  return read(schema, value, (inner, message) => report([...path, ...inner], message));
}

/** The items of a list, each with its place; something else than a list is a problem. */
function itemsOf(raw: Raw, section: string, path: Path, report: Report): Placed<unknown>[] {
  const value = raw[section];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    report([...path, section], `must be a list (a "-" before each item), not ${shown(value)}`);
    return [];
  }
  return value.map((item: unknown, i) => ({ path: [...path, section, i], value: item }));
}

function entriesOf(raw: Raw, section: string, report: Report): Placed<unknown>[] {
  const value = raw[section];
  if (value === undefined || value === null) return [];
  if (!isMapping(value)) {
    report([section], `must map ids to what they name, not ${shown(value)}`);
    return [];
  }
  return Object.entries(value).map(([key, item]) => ({ path: [section, key], value: item }));
}

function readEach<T>(schema: z.ZodType<T>, items: readonly Placed<unknown>[], report: Report): Placed<T>[] {
  return items.flatMap(({ path, value }) => {
    const found = readAt(schema, value, path, report);
    return found === undefined ? [] : [{ path, value: found }];
  });
}

/** As `readEach`, of a mapping: the key is the id. */
function readNamed<T>(
  schema: z.ZodType<T>,
  entries: readonly Placed<unknown>[],
  report: Report,
): Placed<{ id: string; value: T }>[] {
  return entries.flatMap(({ path, value }) => {
    const key = readAt(id, path.at(-1), path, report);
    const found = readAt(schema, value, path, report);
    return key === undefined || found === undefined ? [] : [{ path, value: { id: key, value: found } }];
  });
}

const idsOf = (items: readonly Placed<unknown>[]): Set<string> =>
  new Set(items.flatMap(({ value }) => (isMapping(value) && typeof value.id === 'string' ? [value.id] : [])));
const keysOf = (entries: readonly Placed<unknown>[]): Set<string> =>
  new Set(entries.map(({ path }) => String(path.at(-1))));

function lineSchema(zone: string, siteName: string): z.ZodType<LineDraft> {
  return mapping({
    id,
    name: text.optional(),
    names: namesSchema.optional(),
    area: text.optional(),
    calendar: id,
    constraint: versioned(zone, id).optional(),
    machines: z.unknown().optional(),
  }).transform(({ machines: _, ...line }) => ({
    ...line,
    name: line.name ?? line.id,
    area: line.area ?? siteName,
    constraint: line.constraint ?? null,
  }));
}

/** Reads every part of a plant file by itself, reporting all that is wrong with each. */
export function readDraft(
  value: unknown,
  options: { env: Environment | undefined; readFile: ReadFile | undefined },
  report: Report,
): PlantDraft | null {
  if (!isMapping(value)) {
    report([], `must be a mapping that begins with "version: 1" and a site, not ${shown(value ?? null)}`);
    return null;
  }
  for (const key of Object.keys(value)) {
    if (!SECTIONS.includes(key)) report([key], `is not a known key${didYouMean(key, SECTIONS)}`);
  }
  const raw: Raw = {
    ...value,
    sources: resolveSecrets(value.sources, options.env, ['sources'], report),
    channels: resolveSecrets(value.channels, options.env, ['channels'], report),
  };
  if (raw.version !== 1) {
    const said = raw.version === undefined ? 'is missing' : `is ${shown(raw.version)}`;
    report(['version'], `${said}; this Linewatt reads plant files of "version: 1"`);
  }
  const site = readAt(siteSchema, raw.site, ['site'], report) ?? null;
  const zone = site?.timezone ?? 'UTC';

  const sourceEntries = entriesOf(raw, 'sources', report);
  const sources: SourceTypes = new Map(
    sourceEntries.map((entry) => [String(entry.path.at(-1)), sourceTypeOf(entry.value)]),
  );
  const lineItems = itemsOf(raw, 'lines', [], report);
  const machine = machineSchema(zone, sources);
  const lines: PlantDraft['lines'][number][] = [];
  const machines: Placed<Machine>[] = [];
  const machineIds = new Set<string>();
  const areas = new Set<string>();
  for (const item of lineItems) {
    const line = readAt(lineSchema(zone, site?.name ?? 'Site'), item.value, item.path, report);
    const machineItems = isMapping(item.value) ? itemsOf(item.value, 'machines', item.path, report) : [];
    const own = idsOf(machineItems);
    for (const one of own) machineIds.add(one);
    for (const found of readEach(machine, machineItems, report)) {
      machines.push({ path: found.path, value: { ...found.value, line: line?.id ?? '' } });
    }
    if (line) {
      lines.push({ path: item.path, value: { ...line, machines: [...own] } });
      areas.add(line.area);
    }
  }

  const calendars = entriesOf(raw, 'calendars', report);
  const productItems = itemsOf(raw, 'products', [], report);
  const reasonItems = itemsOf(raw, 'reasons', [], report);
  const meterItems = itemsOf(raw, 'meters', [], report);
  const channelItems = itemsOf(raw, 'channels', [], report);
  return {
    enterprise: raw.enterprise === undefined ? null : (readAt(id, raw.enterprise, ['enterprise'], report) ?? null),
    site,
    calendars: readNamed(versioned(zone, calendarSchema), calendars, report).map(({ path, value: found }) => ({
      path,
      value: { id: found.id, versions: found.value },
    })),
    products: readEach(productSchema(zone), productItems, report),
    reasons: readEach(reasonSchema(zone), reasonItems, report),
    scrapReasons: readEach(scrapReasonSchema, itemsOf(raw, 'scrapReasons', [], report), report),
    sources: readNamed(sourceSchema, sourceEntries, report).map(({ path, value: found }) => ({
      path,
      value: { id: found.id, ...found.value },
    })),
    lines,
    machines,
    meters: readEach(meterSchema(zone, sources), meterItems, report),
    tariffs: readEach(tariffSchema(zone, options.readFile), itemsOf(raw, 'tariffs', [], report), report),
    carbon: readEach(carbonSchema(zone, options.readFile), itemsOf(raw, 'carbon', [], report), report).flatMap(
      ({ path, value: factors }) => factors.map((factor) => ({ path, value: factor })),
    ),
    alerts: readEach(alertSchema, itemsOf(raw, 'alerts', [], report), report),
    channels: readEach(channelSchema, channelItems, report),
    reports: readEach(reportSchema, itemsOf(raw, 'reports', [], report), report),
    edges: readNamed(edgeSchema, entriesOf(raw, 'edges', report), report).map(({ path, value: found }) => ({
      path,
      value: { id: found.id, ...found.value },
    })),
    names: readEach(namesSchema, entriesOf(raw, 'names', report), report),
    demo: raw.demo === undefined ? null : (readAt(demoSchema, raw.demo, ['demo'], report) ?? null),
    declared: {
      calendars: keysOf(calendars),
      products: idsOf(productItems),
      reasons: idsOf(reasonItems),
      sources: keysOf(sourceEntries),
      lines: idsOf(lineItems),
      machines: machineIds,
      meters: idsOf(meterItems),
      channels: idsOf(channelItems),
      areas,
    },
  };
}
