import type { KpiRatios } from '../oee/sums.ts';

/*
 * socket.io namespace `/live`. Client -> `watch {scope, topics}`; server -> `snapshot`, then `patch` (JSON Merge Patch),
 * `seq` rising by one per scope (a gap: watch again). `pulse` every second. Instants are ISO 8601 UTC; labels (clock
 * times, shift names, dates) come ready-made from the api, in the site's zone: the browser does no zone arithmetic.
 * Maps are keyed so that a patch stays small: ribbons by segment start, curves by minute.
 */
export type Topic = 'states' | 'oee' | 'energy' | 'demand';

export interface Watch {
  /** `site | area:ID | line:ID | machine:ID` */
  readonly scope: string;
  readonly topics: readonly Topic[];
}

export interface Snapshot {
  readonly scope: string;
  readonly seq: number;
  readonly serverTime: string;
  readonly view: ScopeView;
}

export interface Patch {
  readonly scope: string;
  readonly seq: number;
  /** JSON Merge Patch (RFC 7396) onto `view`. */
  readonly patch: unknown;
}

export interface Pulse {
  readonly serverTime: string;
  /** Build of the dashboard that the server serves; a wall with another one reloads itself when idle. */
  readonly build: string;
  /** Newest data by watched scope; null = never. */
  readonly dataAt: Readonly<Record<string, string | null>>;
}

export interface ScopeView {
  readonly header: HeaderView;
  readonly lines: Readonly<Record<string, LineView>>;
  readonly machines: Readonly<Record<string, MachineView>>;
  /** Present with topic `energy` / `demand`; null where the scope has no meter. */
  readonly energy?: EnergyView | null;
  readonly demand?: DemandView | null;
  readonly findings: Readonly<
    Record<string, { readonly code: string; readonly message: string; readonly at: string | null }>
  >;
}

export interface HeaderView {
  readonly siteName: string;
  readonly timezone: string;
  readonly locale: string;
  readonly currency: string;
  /** Offset of the site's zone now and after its next change, so that clocks can be drawn without zone arithmetic. */
  readonly utcOffsetMinutes: number;
  readonly nextOffset: { readonly at: string; readonly utcOffsetMinutes: number } | null;
  readonly shift: ShiftView | null;
  /** While an edge writes the past of a demo plant: how far it is, 0..1, and of how many days. Null otherwise. */
  readonly history?: { readonly progress: number; readonly days: number } | null;
}

export interface ShiftView {
  readonly id: string;
  readonly name: string;
  readonly date: string;
  readonly start: string;
  readonly end: string;
  /** '06:00', '14:00' */
  readonly startLabel: string;
  readonly endLabel: string;
  readonly breaks: readonly { readonly start: string; readonly end: string }[];
}

/** State words of the design language, first match of its mapping from category and state. */
export type Look = 'run' | 'idle' | 'setup' | 'minor' | 'down' | 'plan' | 'unknown';

export interface RibbonSegment {
  readonly end: string | null;
  readonly look: Look;
  /** Reason name in words, or null. */
  readonly reason: string | null;
}

export interface FiguresView {
  readonly seconds: {
    readonly all: number;
    readonly plannedProduction: number;
    readonly run: number;
    readonly smallStop: number;
    readonly unplannedStop: number;
    readonly plannedStop: number;
    readonly unknown: number;
    readonly scheduleLoss: number;
    readonly break: number;
    readonly offShift: number;
  };
  readonly counts: {
    readonly total: number;
    readonly good: number;
    readonly reject: number;
    readonly unscheduledTotal: number;
    readonly unscheduledGood: number;
  };
  readonly idealSeconds: number;
  readonly idealGoodSeconds: number;
  readonly kpi: KpiRatios;
  readonly coverage: number | null;
  readonly targetOee: number | null;
  /** Target so far, at the shift's end, and where this pace ends. */
  readonly targetCount: number | null;
  readonly targetAtEnd: number | null;
  readonly projectedCount: number | null;
}

export interface LineView {
  readonly id: string;
  readonly name: string;
  readonly area: string;
  readonly product: string | null;
  readonly productName: string | null;
  readonly order: string | null;
  readonly constraint: string | null;
  /** Running shift of this line, which may differ from the site's. */
  readonly shift: ShiftView | null;
  /** Machine ids in flow order. */
  readonly machines: readonly string[];
  readonly figures: FiguresView | null;
  /** Machines with data now, of all: "5 of 6 machines". */
  readonly machinesWithData: number;
  /** Cumulative good pieces of the shift, ISO minute -> count at the END of that minute. */
  readonly curve: Readonly<Record<string, number>>;
  /** Corner points of the target line over the whole shift: [instant, count]. */
  readonly targetCurve: readonly (readonly [string, number])[];
  /** Biggest losses of the shift on the constraint, at most five, by seconds. */
  readonly losses: readonly LossView[];
  readonly powerKw: number | null;
}

export interface LossView {
  readonly reason: string;
  readonly name: string;
  readonly seconds: number;
  readonly count: number;
  readonly look: Look;
}

export interface MachineView {
  readonly id: string;
  readonly name: string;
  readonly line: string;
  readonly look: Look;
  /** 'Running', 'Waiting', 'Down', 'Switched off', 'Setup', 'Minor stop', 'No plan', 'No data'. */
  readonly word: string;
  /** "Starved by Depalletiser", "Cap feed jam", or null. */
  readonly detail: string | null;
  readonly reason: string | null;
  /** Help that was called and is not done; absent where nobody called. */
  readonly call?: { readonly team: string | null; readonly atLabel: string; readonly coming: string | null };
  /** Start of this look, as a stop is felt: the start of the stretch while not running. */
  readonly since: string | null;
  readonly sinceLabel: string | null;
  /** How often this shift this reason stopped this machine, this stop included; 0 where there is no reason. */
  readonly occurrence: number;
  readonly product: string | null;
  readonly productName?: string | null;
  readonly order: string | null;
  readonly figures: FiguresView | null;
  /** Money per hour lost while it stays like this; null where the plant file gives no value. */
  readonly lossPerHour: number | null;
  /** Since the start of the shift, and at least the last two hours. Segment start -> segment. */
  readonly ribbon: Readonly<Record<string, RibbonSegment>>;
  readonly powerKw: number | null;
  readonly minorStopsLastHour: number;
}

export interface ShiftEnergyView {
  readonly id: string;
  readonly name: string;
  readonly date: string;
  readonly dateLabel: string;
  readonly start: string;
  readonly end: string;
  readonly kWh: number | null;
  /** '' where no tariff applies. */
  readonly byBand: Readonly<Record<string, { readonly kWh: number; readonly cost: number | null }>>;
  /** By look of the machine state: run, idle, setup, minor, down, plan, unknown, and `rest` (no machine). */
  readonly byState: Readonly<Record<string, number>>;
  readonly byCategory: Readonly<Record<string, number>>;
  readonly cost: number | null;
  readonly kWhPerGood: number | null;
  readonly coverage: number | null;
  readonly provisional: boolean;
}

/** The running shift and the 21 before it, oldest first, keyed by shift start. */
export interface EnergyView {
  readonly shifts: Readonly<Record<string, ShiftEnergyView>>;
  readonly powerKw: number | null;
  /** Mean kWh of the same part of the last shifts with this id: the "usual". */
  readonly usualKWhSoFar: number | null;
}

export interface DemandView {
  readonly meter: string;
  readonly meterName?: string;
  /** Whose demand it is: the scope's own, or the plant's, where the scope has no meter with a tariff of its own. */
  readonly of?: 'scope' | 'plant';
  readonly windowMinutes: number;
  readonly start: string;
  readonly end: string;
  readonly endLabel: string;
  readonly kWhSoFar: number;
  readonly powerKw: number | null;
  readonly predictedKw: number | null;
  readonly limitKw: number | null;
  /** Complete windows of the running shift: ISO start -> mean kW. */
  readonly blocks: Readonly<Record<string, number | null>>;
  /** Up to where `kWhSoFar` is known. */
  readonly knownTo?: string;
  /** How `predictedKw` came about: from what such minutes turned into, or the power of now until the end. */
  readonly method?: 'learned' | 'naive';
  /** Usual error of such a forecast at this time of the window, kW; null = not known. */
  readonly errorKw?: number | null;
  /** Highest complete window that this billing period is charged for already. */
  readonly billedKw?: number | null;
  /** Above this the window costs money: the higher of what is agreed and what is billed already. */
  readonly levelKw?: number | null;
  /** What the window adds to the bill if it ends as predicted, site currency; null = the tariff does not say. */
  readonly costIfSo?: number | null;
  /** Load to take off now so that the window ends at the level; 0 = none. */
  readonly shedKw?: number | null;
  /** Since when the alarm stands; null or absent = none. */
  readonly alarmSince?: string | null;
  /** Machines that could wait, those that do not work first, then by kW. Present while there is something to save. */
  readonly couldWait?: readonly CouldWait[];
}

export interface CouldWait {
  readonly machine: string;
  readonly name: string;
  readonly look: Look;
  readonly word: string;
  readonly powerKw: number;
  /** `waiting`: it draws power and does not work. `notConstraint`: another machine sets the pace of its line. */
  readonly why: 'waiting' | 'notConstraint';
}
