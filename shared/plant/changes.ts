import type { Line, Machine, Meter, Plant, Product, Reason, ScrapReason, Site, SourceConfig } from './model.ts';
import { valueChanges } from './value-changes.ts';

/** What a changed key does: restates the past, acts on facts from when the edge loads it, or changes no figure. */
export type ChangeEffect = 'past' | 'fromNow' | 'none';

export interface PlantChange {
  /** `machine filler`, `calendar two-shift`, `site`. */
  readonly about: string;
  readonly effect: ChangeEffect;
  /** `idealCycleSeconds 0.6 -> 0.55`, in the words of the plant file. */
  readonly text: string;
}

/** Everything by which two plant files differ in meaning, in the order of the model; layout and comments do not count. */
export function plantChanges(before: Plant, after: Plant): PlantChange[] {
  const zone = after.site.timezone;
  const changes: PlantChange[] = [];
  const fields = <T extends object>(about: string, a: T, b: T, effects: Effects<T>): void => {
    for (const [key, effect] of Object.entries(effects) as [keyof T & string, ChangeEffect][]) {
      for (const text of few(valueChanges(key, a[key], b[key], zone))) changes.push({ about, effect, text });
    }
  };
  /** Each of a kind with its namesake; `come` and `gone` are the effects of a new and a missing one. */
  const kind = <T>(
    name: string,
    a: ReadonlyMap<string, T>,
    b: ReadonlyMap<string, T>,
    [come, gone]: readonly [ChangeEffect, ChangeEffect],
    each: (about: string, was: T, is: T) => void,
  ): void => {
    for (const id of new Set([...a.keys(), ...b.keys()])) {
      const about = `${name} ${id}`;
      const [was, is] = [a.get(id), b.get(id)];
      if (was === undefined) changes.push({ about, effect: come, text: 'added' });
      else if (is === undefined) changes.push({ about, effect: gone, text: 'removed' });
      else each(about, was, is);
    }
  };
  /** As a whole: every difference has the same effect. */
  const whole =
    <T>(effect: ChangeEffect) =>
    (about: string, was: T, is: T): void => {
      for (const text of few(valueChanges('', was, is, zone))) changes.push({ about, effect, text });
    };
  const byId = <T extends { readonly id: string }>(list: readonly T[] | undefined) =>
    new Map((list ?? []).map((item) => [item.id, item]));

  fields(
    'site',
    { ...before.site, enterprise: before.enterprise },
    { ...after.site, enterprise: after.enterprise },
    SITE,
  );
  kind('calendar', before.calendars, after.calendars, ['past', 'past'], whole('past'));
  kind('product', before.products, after.products, ['past', 'past'], (about, a, b) => fields(about, a, b, PRODUCT));
  kind('reason', before.reasons, after.reasons, ['past', 'past'], (about, a, b) => fields(about, a, b, REASON));
  kind('scrap reason', before.scrapReasons, after.scrapReasons, ['none', 'none'], (about, a, b) =>
    fields(about, a, b, SCRAP_REASON),
  );
  kind('source', before.sources, after.sources, ['fromNow', 'fromNow'], (about, a, b) => fields(about, a, b, SOURCE));
  kind('line', before.lines, after.lines, ['past', 'past'], (about, a, b) => fields(about, a, b, LINE));
  kind('machine', before.machines, after.machines, ['fromNow', 'past'], (about, a, b) => fields(about, a, b, MACHINE));
  kind('meter', before.meters, after.meters, ['fromNow', 'past'], (about, a, b) => fields(about, a, b, METER));
  kind('name', before.names ?? new Map(), after.names ?? new Map(), ['none', 'none'], whole('none'));
  kind('tariff', before.tariffs, after.tariffs, ['past', 'past'], whole('past'));
  for (const text of few(valueChanges('factors', before.carbon, after.carbon, zone))) {
    changes.push({ about: 'carbon', effect: 'past', text });
  }
  kind('edge', before.edges, after.edges, ['fromNow', 'fromNow'], whole('fromNow'));
  kind('alert', byId(before.alerts), byId(after.alerts), ['none', 'none'], whole('none'));
  kind('channel', byId(before.channels), byId(after.channels), ['none', 'none'], whole('none'));
  kind('report', byId(before.reports), byId(after.reports), ['none', 'none'], whole('none'));
  for (const text of valueChanges('demo', before.demo, after.demo, zone)) {
    changes.push({ about: 'site', effect: 'fromNow', text });
  }
  return changes;
}

/** Every key of T, so that a new key of the model is not forgotten here; names in other languages are told by themselves. */
type Effects<T> = Readonly<Record<Exclude<keyof T, 'id' | 'names'>, ChangeEffect>>;

const SITE: Effects<Site & { enterprise: string | null }> & { id: ChangeEffect } = {
  id: 'none',
  enterprise: 'none',
  name: 'none',
  timezone: 'past',
  currency: 'past',
  locale: 'none',
};

const PRODUCT: Effects<Product> = {
  name: 'none',
  idealCycleSeconds: 'past',
  cavities: 'past',
  // Counted cycles become pieces at the edge.
  activeCavities: 'fromNow',
  contributionPerPiece: 'past',
};

const REASON: Effects<Reason> = {
  name: 'none',
  group: 'none',
  category: 'past',
  external: 'past',
  iso22400: 'past',
};

const SCRAP_REASON: Effects<ScrapReason> = { name: 'none' };

const SOURCE: Effects<SourceConfig> = { type: 'fromNow', owner: 'none', zone: 'none', options: 'fromNow' };

const LINE: Effects<Line> = {
  name: 'none',
  area: 'past',
  calendar: 'past',
  constraint: 'past',
  machines: 'past',
};

const MACHINE: Effects<Machine> = {
  name: 'none',
  line: 'past',
  idealCycleSeconds: 'past',
  smallStopSeconds: 'past',
  breakPolicy: 'past',
  state: 'fromNow',
  total: 'fromNow',
  good: 'fromNow',
  reject: 'fromNow',
  cycles: 'fromNow',
  product: 'fromNow',
  order: 'fromNow',
  reason: 'fromNow',
  targetOee: 'past',
  costPerHour: 'past',
  piecesPerCount: 'past',
  performanceCap: 'past',
  conditions: 'fromNow',
};

const METER: Effects<Meter> = {
  name: 'none',
  medium: 'past',
  parent: 'past',
  feeds: 'past',
  importWh: 'fromNow',
  exportWh: 'fromNow',
  importVarh: 'fromNow',
  powerW: 'fromNow',
  sum: 'past',
};

const MOST = 8;

function few(texts: readonly string[]): readonly string[] {
  if (texts.length <= MOST) return texts;
  return [...texts.slice(0, MOST), `and ${texts.length - MOST} more`];
}
