import type { Instant } from '#shared/time/instant.ts';
import type { AuthDeps } from './auth/deps.ts';
import type { HistorianLink } from './historian/link.ts';
import type { Inventory } from './inventory/changes.ts';
import type { KpiService } from './kpi/service.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { LiveStore } from './live/store.ts';
import type { Counters, Gauge } from './metrics/counters.ts';
import type { Office } from './office.ts';
import type { PlantFile } from './plant/file.ts';
import type { WallRegister } from './walls/register.ts';

/** Everything the routes need, made by main.ts (or by a test). */
export interface ApiDeps extends AuthDeps {
  readonly plant: PlantFile;
  readonly historian: HistorianLink;
  readonly ledger: Ledger;
  readonly live: LiveStore;
  readonly inventory: Inventory;
  readonly kpi: KpiService;
  readonly counters: Counters;
  /** Read when /metrics is asked. */
  readonly gauges: () => readonly Gauge[];
  readonly clock: () => Instant;
  /** Build id of the dashboard that this server serves. */
  readonly build: string;
  readonly dashboardDir: string;
  readonly broker: { readonly url: string; readonly engine: string };
  readonly log: (line: string) => void;
  /** Reports, deliveries and alerts that go on by themselves; absent where nothing does (a test of something else). */
  readonly office?: Office;
  /** Wall screens that told of themselves; absent where nothing listens to them. */
  readonly walls?: WallRegister;
}
