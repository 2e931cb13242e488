import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '#shared/contract/command.ts';
import type { Plant } from '#shared/plant/model.ts';
import { requirePlantFile } from '#shared/store/plant-file.ts';
import { openPlantHistoryReader, plantHistoryFile, versionAt } from '#shared/store/plant-history.ts';
import type { Instant } from '#shared/time/instant.ts';
import { linkHistorian } from '../historian/link.ts';
import { createKpiService } from '../kpi/service.ts';
import { openSumStore } from '../kpi/sum-store.ts';
import { openLedger } from '../ledger/open.ts';
import { openSqliteLedger } from '../ledger/sqlite.ts';
import { createLiveStore } from '../live/store.ts';
import { createCounters } from '../metrics/counters.ts';
import type { ReportDeps } from './deps.ts';

/** Where the facts and entries of a report lie. */
export interface ReportPlace {
  readonly plantFile: string;
  readonly dataDir: string;
  readonly historianUrl: string;
  readonly ledgerUrl: string;
}

/** What reports need without a server: the same figures from the same files, beside an api that may be running. */
export interface ReportRoom {
  readonly deps: ReportDeps;
  /** The plant in force then, as far as the history knows it; the file without it. */
  plant(asOf?: Instant): Plant;
  close(): Promise<void>;
}

const CONNECT_MS = 10_000;

/** @throws UserError with one sentence. */
export async function openReportRoom(
  { plantFile, dataDir, historianUrl, ledgerUrl }: ReportPlace,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ReportRoom> {
  const { plant: current } = requirePlantFile(plantFile);
  if (!existsSync(dataDir)) throw new UserError(`there is no folder ${dataDir}; give the data directory with --data`);
  const clock = (): Instant => Date.now();
  const counters = createCounters();
  const credentials = (of: string) => {
    const user = env[`LINEWATT_${of}_USER`];
    const password = env[`LINEWATT_${of}_PASSWORD`];
    return { ...(user !== undefined && { user }), ...(password !== undefined && { password }) };
  };
  const plant = (asOf?: Instant): Plant => (asOf === undefined ? current : plantThen(dataDir, current, asOf));
  const historian = linkHistorian({ url: historianUrl, dataDir, credentials: credentials('HISTORIAN') }, counters);
  try {
    await connected(historian);
    // A folder without entries gets no empty file of ours.
    const noLedger = ledgerUrl === 'sqlite:' && !existsSync(join(dataDir, 'ledger.sqlite'));
    const ledger = noLedger
      ? openSqliteLedger(':memory:', clock)
      : await openLedger({ url: ledgerUrl, dataDir, credentials: credentials('LEDGER'), clock, log: () => {} });
    const live = createLiveStore(() => current, clock, counters);
    const kept = join(dataDir, 'judged.sqlite');
    const sums = existsSync(kept) ? openSumStore(kept) : null;
    return {
      deps: { kpi: createKpiService(plant, live, historian, ledger, clock, counters, sums), ledger, clock },
      plant,
      async close() {
        sums?.close();
        await ledger.close();
        await historian.close();
      },
    };
  } catch (error) {
    await historian.close();
    throw error;
  }
}

async function connected(historian: ReturnType<typeof linkHistorian>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new UserError(`the historian does not answer: ${historian.message}`)), CONNECT_MS);
  });
  try {
    await Promise.race([new Promise<void>((done) => historian.onConnect(() => done())), late]);
  } finally {
    clearTimeout(timer);
  }
}

function plantThen(dataDir: string, current: Plant, asOf: Instant): Plant {
  if (!existsSync(plantHistoryFile(dataDir))) return current;
  const history = openPlantHistoryReader(dataDir);
  try {
    const version = versionAt(history.versions(), asOf);
    return version === null || version.hash === current.hash ? current : history.read(version).plant;
  } finally {
    history.close();
  }
}
