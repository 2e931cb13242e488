import type {
  AlertConfig,
  Calendar,
  CarbonFactor,
  ChannelConfig,
  Machine,
  Meter,
  Names,
  Plant,
  Product,
  Reason,
  ReportConfig,
  ScrapReason,
  Site,
  SourceConfig,
  Tariff,
  Versioned,
} from './model.ts';
import type { Path } from './problem.ts';

/** Something read from the file, and where it stands. */
export interface Placed<T> {
  readonly path: Path;
  readonly value: T;
}

export interface LineDraft {
  readonly id: string;
  readonly name: string;
  readonly names?: Names | undefined;
  readonly area: string;
  readonly calendar: string;
  readonly constraint: Versioned<string> | null;
}

/**
 * A plant file after its parts were read one by one: whatever is right in itself, with its place. Parts that are wrong are
 * left out, but `declared` knows their ids, so that one mistake is told once and not again by everything that refers to it.
 */
export interface PlantDraft {
  readonly enterprise: string | null;
  readonly site: Site | null;
  readonly calendars: readonly Placed<{ id: string; versions: Versioned<Calendar> }>[];
  readonly products: readonly Placed<Product>[];
  readonly reasons: readonly Placed<Reason>[];
  readonly scrapReasons: readonly Placed<ScrapReason>[];
  readonly sources: readonly Placed<SourceConfig>[];
  readonly lines: readonly Placed<LineDraft & { readonly machines: readonly string[] }>[];
  readonly machines: readonly Placed<Machine>[];
  readonly meters: readonly Placed<Meter>[];
  readonly tariffs: readonly Placed<Tariff>[];
  readonly carbon: readonly Placed<CarbonFactor>[];
  readonly alerts: readonly Placed<AlertConfig>[];
  readonly channels: readonly Placed<ChannelConfig>[];
  readonly reports: readonly Placed<ReportConfig>[];
  readonly edges: readonly Placed<{ id: string; lines: readonly string[]; meters: readonly string[] }>[];
  /** The section `names`; the last step of a path is the name as it stands in the file. */
  readonly names: readonly Placed<Names>[];
  readonly demo: Plant['demo'];
  readonly declared: Declared;
}

/** Every id that the file gives, whether the thing itself is right or not. */
export interface Declared {
  readonly calendars: ReadonlySet<string>;
  readonly products: ReadonlySet<string>;
  readonly reasons: ReadonlySet<string>;
  readonly sources: ReadonlySet<string>;
  readonly lines: ReadonlySet<string>;
  readonly machines: ReadonlySet<string>;
  readonly meters: ReadonlySet<string>;
  readonly channels: ReadonlySet<string>;
  readonly areas: ReadonlySet<string>;
}
