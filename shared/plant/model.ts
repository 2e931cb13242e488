import type { Language } from '../language/languages.ts';
import type { StatePreset } from '../state/presets.ts';
import type { MachineState, ReasonCategory } from '../state/state.ts';
import type { Instant } from '../time/instant.ts';

/*
 * The plant as the rest of the code reads it: parsed, checked, with every default filled in. Made only by `parsePlant`.
 * Maps keep the order of the file. Judgement that may change over time is `Versioned`.
 */

/** Values in force from an instant on, ascending; the first begins at -Infinity. */
export type Versioned<T> = readonly { readonly validFrom: Instant; readonly value: T }[];

export function valueAt<T>(versions: Versioned<T>, t: Instant): T {
  let found = versions[0];
  for (const v of versions) if (v.validFrom <= t) found = v;
  if (!found) throw new RangeError('a versioned value needs at least one version');
  return found.value;
}

export interface Plant {
  /** SHA-256 of the file's bytes, hex: the version every report names. */
  readonly hash: string;
  readonly enterprise: string | null;
  readonly site: Site;
  readonly calendars: ReadonlyMap<string, Versioned<Calendar>>;
  readonly products: ReadonlyMap<string, Product>;
  readonly reasons: ReadonlyMap<string, Reason>;
  readonly scrapReasons: ReadonlyMap<string, ScrapReason>;
  readonly sources: ReadonlyMap<string, SourceConfig>;
  readonly lines: ReadonlyMap<string, Line>;
  /** All machines of all lines, in file order. */
  readonly machines: ReadonlyMap<string, Machine>;
  readonly meters: ReadonlyMap<string, Meter>;
  /** By id; versions ascending by validFrom. */
  readonly tariffs: ReadonlyMap<string, Versioned<Tariff>>;
  readonly carbon: readonly CarbonFactor[];
  /** Present where the sources of this plant are simulated: `up` starts the simulator with this seed. */
  readonly demo: { readonly seed: number; readonly historyDays: number } | null;
  readonly edges: ReadonlyMap<string, { readonly lines: readonly string[]; readonly meters: readonly string[] }>;
  readonly alerts?: readonly AlertConfig[];
  readonly channels?: readonly ChannelConfig[];
  readonly reports?: readonly ReportConfig[];
  /** Names in other languages, by the name as it stands in the file. */
  readonly names?: ReadonlyMap<string, Names>;
}

/** One name in other languages. */
export type Names = Readonly<Partial<Record<Language, string | undefined>>>;

export interface Site {
  readonly id: string;
  readonly name: string;
  /** IANA zone id. */
  readonly timezone: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly locale: string;
}

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

export interface Calendar {
  readonly shifts: readonly ShiftPattern[];
  readonly exceptions: readonly CalendarException[];
}

export interface ShiftPattern {
  readonly id: string;
  readonly name: string;
  readonly days: readonly Weekday[];
  /** Wall clock HH:MM in the site's zone; an end at or before the start is on the next day. '24:00' is allowed as an end. */
  readonly start: string;
  readonly end: string;
  readonly breaks: readonly BreakPattern[];
}

export interface BreakPattern {
  readonly start: string;
  /** Elapsed minutes. */
  readonly minutes: number;
}

/** `closed` removes that production date's shifts; `shift` adds one (or replaces the one with the same id). */
export interface CalendarException {
  /** Local date YYYY-MM-DD. */
  readonly date: string;
  readonly closed: boolean;
  readonly shift: Omit<ShiftPattern, 'days'> | null;
  readonly note: string | null;
}

export interface Product {
  readonly id: string;
  readonly name: string;
  readonly names?: Names | undefined;
  /** Seconds per cycle; null = use the machine's. */
  readonly idealCycleSeconds: Versioned<number> | null;
  /** Nominal pieces per cycle. */
  readonly cavities: number;
  readonly activeCavities: number;
  /** Money lost with a good piece that was not made, site currency. */
  readonly contributionPerPiece: number | null;
}

export interface Reason {
  readonly id: string;
  readonly name: string;
  readonly names?: Names | undefined;
  readonly group: string;
  readonly category: Versioned<ReasonCategory>;
  /** Waiting caused outside the machine (starved, blocked). */
  readonly external: boolean;
  readonly iso22400: 'AUST' | 'ADET' | 'ADOT' | 'PDOT' | null;
}

export interface ScrapReason {
  readonly id: string;
  readonly name: string;
  readonly names?: Names | undefined;
}

/** `type` picks the source folder; `options` is that source's own business (endpoint, host, port, url, ...). */
export interface SourceConfig {
  readonly id: string;
  readonly type: 'opcua' | 'modbus' | 'mqtt';
  readonly owner: string | null;
  readonly zone: string | null;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Where a signal comes from. `address` is the source's own business (node; unit, register, ...; topic, path). */
export interface Binding {
  readonly source: string;
  readonly address: Readonly<Record<string, unknown>>;
}

export interface Line {
  readonly id: string;
  readonly name: string;
  readonly names?: Names | undefined;
  readonly area: string;
  readonly calendar: string;
  readonly constraint: Versioned<string> | null;
  /** In flow order. */
  readonly machines: readonly string[];
}

export type MachineStateConfig =
  | {
      readonly from: 'signal';
      readonly binding: Binding;
      readonly preset: StatePreset | null;
      /** Raw value as text -> state. Filled from the preset where one is named. */
      readonly map: ReadonlyMap<string, MachineState>;
    }
  | {
      readonly from: 'power';
      readonly meter: string;
      readonly runningAboveWatts: number;
      readonly idleAboveWatts: number;
      readonly holdSeconds: number;
    }
  | { readonly from: 'counts'; readonly stoppedAfterSeconds: number };

export interface CounterConfig {
  readonly binding: Binding;
  readonly kind: 'cumulative' | 'delta';
  readonly modulus: number | null;
  readonly maxPerSecond: number | null;
  /** A step back up to this is noise, raw units. */
  readonly jitter: number;
}

export interface Machine {
  readonly id: string;
  readonly name: string;
  readonly names?: Names | undefined;
  readonly line: string;
  readonly idealCycleSeconds: Versioned<number> | null;
  readonly smallStopSeconds: Versioned<number>;
  readonly breakPolicy: Versioned<'exclude' | 'runThrough'>;
  readonly state: MachineStateConfig | null;
  readonly total: CounterConfig | null;
  readonly good: CounterConfig | null;
  readonly reject: CounterConfig | null;
  readonly cycles: CounterConfig | null;
  readonly product: { readonly binding: Binding; readonly map: ReadonlyMap<string, string> | null } | null;
  readonly order: { readonly binding: Binding } | null;
  readonly reason: {
    readonly binding: Binding;
    readonly map: ReadonlyMap<string, string> | null;
    readonly hold: 'stop' | 'value';
  } | null;
  readonly targetOee: Versioned<number> | null;
  readonly costPerHour: number | null;
  readonly piecesPerCount: number;
  readonly performanceCap: number | null;
  readonly conditions: readonly ConditionConfig[];
}

export interface ConditionConfig {
  readonly id: string;
  readonly binding: Binding;
  readonly unit: string;
  readonly warn: number | null;
  readonly alarm: number | null;
}

export type Medium = 'electricity' | 'gas' | 'water' | 'compressedAir' | 'heat';

export interface Meter {
  readonly id: string;
  readonly name: string;
  readonly names?: Names | undefined;
  readonly medium: Medium;
  readonly parent: string | null;
  /** Machines it feeds, with shares that add up to 1. Judgement. */
  readonly feeds: Versioned<readonly { readonly machine: string; readonly share: number }[]>;
  readonly importWh: RegisterConfig | null;
  readonly exportWh: RegisterConfig | null;
  readonly importVarh: RegisterConfig | null;
  readonly powerW: PowerConfig | null;
  /** A virtual meter: signed sum of others. */
  readonly sum: readonly { readonly meter: string; readonly sign: 1 | -1 }[] | null;
}

export interface RegisterConfig {
  readonly binding: Binding;
  /** Raw units to Wh (pulse weight, CT and VT ratio, kWh -> 1000). */
  readonly scale: number;
  /** Raw units. */
  readonly modulus: number | null;
  readonly jitter: number;
  /** Plausible maximum, after scale. */
  readonly maxKw: number | null;
}

export interface PowerConfig {
  readonly binding: Binding;
  readonly scale: number;
  readonly integration: 'trapezoid' | 'left';
  /** Beyond this gap there is no energy, and coverage drops. Null: 3 x the nominal interval, at most 900 s. */
  readonly maxGapSeconds: number | null;
}

/** One version of a tariff, as in the plant file (INTERFACES section 1, RULES section 8). */
export interface Tariff {
  readonly id: string;
  readonly meter: string | null;
  readonly timezone: string;
  /** Local date. */
  readonly validFrom: string;
  /** Last local date on which it holds; null or absent: until the next version. */
  readonly validTo?: string | null;
  readonly intervalMinutes: number;
  readonly holidays: { readonly dates: readonly string[]; readonly treatAs: Weekday | null };
  readonly bands: readonly TariffBand[];
  /** Inline or file prices per interval, instead of bands. */
  readonly prices: readonly { readonly from: Instant; readonly to: Instant; readonly rate: number }[] | null;
  readonly demand: readonly TariffDemand[];
  readonly capacity: {
    readonly agreedKva: number;
    readonly ratePerKvaPerDay: number;
    readonly excessRatePerKvaPerDay: number;
  } | null;
  /** Per local day, or per calendar month where `perMonth` is given (a part of a month counts its share). */
  readonly fixed: readonly { readonly name: string; readonly perDay: number; readonly perMonth?: number }[];
  readonly reactive: { readonly freeShareOfKwh: number; readonly ratePerKvarh: number } | null;
  readonly levies: readonly { readonly name: string; readonly perKwh: number }[];
  readonly taxPercent: number;
}

/** When a band or a demand window applies; null matches everything. */
export interface TariffWindow {
  readonly days: readonly Weekday[] | null;
  /** 1 to 12. */
  readonly months: readonly number[] | null;
  /** HH:MM local, half-open; `to` may be '24:00'; from > to wraps over midnight. */
  readonly from: string | null;
  readonly to: string | null;
}

export interface TariffBand extends TariffWindow {
  readonly name: string;
  readonly rate: number;
  /** The other half of a price pair by hours of use: replaces `rate` on a bill. */
  readonly byUtilisation?: UtilisationPair;
}

/** Hours of use (kWh of the period / its maximum kW) below `hours` are priced with `below`, others with `from`. */
export interface UtilisationPair {
  readonly hours: number;
  readonly below: number;
  readonly from: number;
}

export interface TariffDemand extends TariffWindow {
  /** Windows that share a name share one maximum. */
  readonly name: string;
  readonly rate: number;
  readonly basis: 'kW' | 'kVA';
  readonly ratchet: { readonly fraction: number; readonly months: number } | null;
  readonly minimumPowerFactor: number | null;
  /** Price pairs by hours of use. */
  readonly byUtilisation: UtilisationPair | null;
  /**
   * What is billed of a period: its maximum (default); of several months the mean of the maxima of its months; or its part of
   * the maximum of the calendar year so far, at a rate by the year.
   */
  readonly billed?: 'maximum' | 'meanOfMonths' | 'annualMaximum';
}

export type CarbonMethod = 'location' | 'market';

/** CO2 per kWh of one medium (electricity where none is named), by one of the two methods of scope 2. */
export type CarbonFactor =
  | {
      readonly kind: 'annual';
      readonly medium?: Medium;
      readonly validFrom: Instant;
      readonly gramsPerKwh: number;
      readonly method: CarbonMethod;
      readonly source: string;
    }
  | {
      readonly kind: 'interval';
      readonly medium?: Medium;
      readonly from: Instant;
      readonly to: Instant;
      readonly gramsPerKwh: number;
      readonly method?: CarbonMethod;
      readonly source?: string;
    };

export interface AlertConfig {
  readonly id: string;
  readonly when:
    | 'stopLongerThan'
    | 'demandAboutToExceed'
    | 'oeeBelow'
    | 'scrapAbove'
    | 'sourceSilent'
    | 'conditionAbove'
    | 'certificateExpires'
    | 'wallDark';
  /** `site | area:ID | line:ID | machine:ID | meter:ID | source:ID`. */
  readonly scope: string;
  /** Channel ids. */
  readonly notify: readonly string[];
  readonly minutes: number | null;
  readonly percent: number | null;
  readonly days: number | null;
  readonly value: number | null;
  /** When nothing is sent: what is open when they end is sent then. */
  readonly quiet?: readonly QuietHours[];
}

/** Wall clock of the site; null matches every day, or all of it. `from` after `to` goes over midnight. */
export interface QuietHours {
  readonly days: readonly Weekday[] | null;
  readonly from: string | null;
  readonly to: string | null;
}

export interface ChannelConfig {
  readonly id: string;
  readonly type: 'webhook' | 'email' | 'mqtt';
  readonly url: string | null;
  readonly secret: string | null;
  readonly to: readonly string[];
  readonly topic: string | null;
}

export interface ReportConfig {
  readonly id: string;
  readonly type: 'tariff' | 'shift' | 'oee' | 'energy' | 'stops';
  readonly scope: string;
  readonly every: 'shift' | 'day' | 'week' | 'month';
  readonly format: 'csv' | 'xlsx' | 'pdf' | 'json';
  /** Channel ids. */
  readonly to: readonly string[];
  readonly folder: string | null;
  /** Of its titles, heads and sentences; without one the site's. */
  readonly language?: Language | undefined;
}
