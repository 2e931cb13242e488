import type { Instant } from '#shared/time/instant.ts';
import type { KpiService } from '../kpi/service.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** What reports are made from. */
export interface ReportDeps {
  readonly kpi: KpiService;
  readonly ledger: Ledger;
  readonly clock: () => Instant;
}
