import type { FactBatch, MachinePiece, MeterPiece, StateInterval } from '../oee/facts.ts';
import type { KpiRatios, KpiSums } from '../oee/sums.ts';
import type { MachineState } from '../state/state.ts';
import type { Instant } from '../time/instant.ts';
import type { SourceDetails } from './source-details.ts';

/*
 * What goes over the unified namespace. Topic `linewatt/v1/<site>/<area>/<line>/<machine>/<what>`, meters
 * `linewatt/v1/<site>/meters/<meter>/<what>`, edge `linewatt/v1/<site>/edge/<edge>/<what>`. `enterprise`, where set, leads
 * the site. JSON. Instants are epoch milliseconds here (machines read these); REST and sockets speak ISO 8601.
 * Every message carries the sender's place in time: older ones (lower epoch, or same epoch and lower revision) are ignored.
 */
export interface Envelope {
  readonly version: 1;
  readonly edge: string;
  /** Start of this edge process, epoch ms. */
  readonly epoch: number;
  /** Rises with each message of this edge. */
  readonly revision: number;
}

/** Retained, `.../edge/<edge>/birth`; the last will on `.../edge/<edge>/health` says `offline`. */
export interface EdgeBirth extends Envelope {
  readonly plantHash: string;
  readonly edgeVersion: string;
  readonly startedAt: Instant;
}

export interface SourceHealth {
  readonly id: string;
  readonly type: string;
  readonly endpoint: string;
  readonly state: 'connecting' | 'connected' | 'degraded' | 'failed';
  readonly message: string | null;
  readonly since: Instant;
  readonly lastReadingAt: Instant | null;
  readonly signals: number;
  readonly readings: number;
  /** Absent until the first connection, and for sources that cannot tell. */
  readonly details?: SourceDetails;
}

/** Retained, `.../edge/<edge>/health`, every second. */
export interface EdgeHealth extends Envelope {
  readonly state: 'online' | 'offline' | 'seeding';
  readonly t: Instant;
  readonly sources: readonly SourceHealth[];
  /** Named counters of everything dropped, retried, clamped or rejected. */
  readonly counters: Readonly<Record<string, number>>;
  readonly seedProgress?: number;
  readonly findings: readonly {
    readonly code: string;
    readonly signal: string;
    readonly t: Instant;
    readonly message: string;
  }[];
}

/** Retained, `.../<machine>/state`: at once on each change. */
export interface MachineStateMessage extends Envelope {
  readonly machine: string;
  readonly state: MachineState;
  readonly since: Instant;
  readonly reason: string | null;
  readonly product: string;
  readonly order: string;
}

/** `.../<machine>/live`, at most once a second. Figures are as measured, without entries. */
export interface MachineLive extends Envelope {
  readonly machine: string;
  readonly t: Instant;
  readonly state: MachineState;
  readonly stateSince: Instant;
  readonly shift: { readonly id: string; readonly date: string; readonly start: Instant; readonly end: Instant } | null;
  readonly sums: KpiSums | null;
  readonly kpi: KpiRatios | null;
  readonly coverage: number | null;
  readonly powerW: number | null;
  /** Facts of minutes not yet closed; the reader adds them to the closed ones. */
  readonly openFacts: { readonly intervals: readonly StateInterval[]; readonly pieces: readonly MachinePiece[] };
  readonly conditions: Readonly<Record<string, number | null>>;
}

/** `linewatt/v1/<site>/meters/<meter>/live`, at most once a second. */
export interface MeterLive extends Envelope {
  readonly meter: string;
  readonly t: Instant;
  readonly powerW: number | null;
  readonly openFacts: readonly MeterPiece[];
}

/** QoS 1: `.../<machine>/minute` and `.../<machine>/interval`, `meters/<meter>/minute`: facts as committed, whole minutes. */
export interface FactMessage extends Envelope {
  readonly facts: Partial<FactBatch>;
}

/** `linewatt/v1/<site>/ledger`, by the api after each commit. */
export interface LedgerMessage {
  readonly seq: number;
}
