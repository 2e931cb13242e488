import type { DemandView, ScopeView } from '#shared/contract/socket.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Environment } from '#shared/plant/secrets.ts';
import type { Instant } from '#shared/time/instant.ts';
import { type AlertDesk, openAlertDesk } from './alerts/desk.ts';
import { createLooker } from './alerts/sight.ts';
import { openAlertStore } from './alerts/store.ts';
import type { Sql } from './auth/sql.ts';
import { sendOver } from './delivery/channels.ts';
import type { MailSettings } from './delivery/mail-settings.ts';
import { type Outbox, openOutbox } from './delivery/outbox.ts';
import type { HistorianLink } from './historian/link.ts';
import type { KpiService } from './kpi/service.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { LiveStore } from './live/store.ts';
import { isWritingPast } from './live/writing-past.ts';
import type { Counters } from './metrics/counters.ts';
import { ALWAYS_ON_DUTY, openDuty } from './replicas/duty.ts';
import { openReportRegister, type ReportRegister } from './reports/register.ts';
import { type ReportSchedule, startSchedule } from './reports/schedule.ts';
import { watchSuperseded } from './reports/superseded.ts';

/** What goes on by itself: reports that are made and sent, alerts that are watched and told. */
export interface Office {
  readonly register: ReportRegister;
  readonly outbox: Outbox;
  readonly schedule: ReportSchedule;
  readonly alerts: AlertDesk;
  /** Whether this server, of those on one ledger, watches and sends. */
  onDuty(): boolean;
  close(): Promise<void>;
}

export interface OfficeDeps {
  readonly dataDir: string;
  /** Of the accounts; it stays open. */
  readonly sql: Sql;
  readonly mail: MailSettings | null;
  readonly env: Environment;
  readonly plant: () => Plant;
  readonly onPlantChange: (listener: () => void) => void;
  readonly kpi: KpiService;
  readonly ledger: Ledger;
  readonly live: LiveStore;
  readonly historian: HistorianLink;
  readonly counters: Counters;
  readonly clock: () => Instant;
  readonly log: (line: string) => void;
  readonly publish: (topic: string, body: string) => Promise<void>;
  readonly view: () => Pick<ScopeView, 'machines' | 'lines'> | null;
  readonly siteDemand: () => DemandView | null;
  readonly certificateEnd: () => Instant | null;
  readonly wallSeenAt: (line: string) => Instant | null;
  readonly publicUrl: () => string | null;
}

/** Opens all of it, in the accounts' database. */
export async function openOffice(deps: OfficeDeps): Promise<Office> {
  const { plant, sql, kpi, ledger, live, historian, counters, clock, log, dataDir } = deps;
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    const duty = sql.engine === 'postgres' ? await openDuty({ sql, log }) : ALWAYS_ON_DUTY;
    closers.push(duty.close);
    const outbox = await openOutbox({
      sql,
      duty,
      channel: (id) => plant().channels?.find((c) => c.id === id) ?? null,
      send: (channel, id, message) => sendOver(deps, channel, id, message),
      clock,
      counters,
      log,
    });
    closers.push(outbox.close);
    const register = await openReportRegister(sql, clock);
    const common = { kpi, ledger, plant, register, counters, clock, log };
    const schedule = startSchedule({ ...common, outbox, dataDir, ready: () => duty.held && isReady(live, historian) });
    closers.push(schedule.close);
    const watch = watchSuperseded({ ...common, onPlantChange: deps.onPlantChange, live });
    closers.push(watch.close);
    const alerts = await openAlertDesk({
      plant,
      looker: createLooker(deps),
      store: await openAlertStore(sql, duty),
      outbox,
      duty,
      clock,
      counters,
      log,
      publicUrl: deps.publicUrl,
      hold: () => isSeeding(live),
    });
    closers.push(alerts.close);
    return { register, outbox, schedule, alerts, onDuty: () => duty.held, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** While an edge still writes the past, a report of it would be wrong at once. */
function isReady(live: LiveStore, historian: HistorianLink): boolean {
  return historian.connected && !live.edges().some(({ health }) => isWritingPast(health));
}

function isSeeding(live: LiveStore): boolean {
  return live.edges().some(({ health }) => health?.state === 'seeding');
}
