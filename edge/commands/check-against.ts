import { join, resolve } from 'node:path';
import { historianPlace } from '#edge/options.ts';
import { type CommandIo, UserError } from '#shared/contract/command.ts';
import { plantChanges } from '#shared/plant/changes.ts';
import type { Plant } from '#shared/plant/model.ts';
import { HistorianError } from '#shared/store/historian.ts';
import { readLedgerFile } from '#shared/store/ledger-file.ts';
import { openHistorianReader } from '#shared/store/open.ts';
import { openPlantHistoryReader, type PlantVersion } from '#shared/store/plant-history.ts';
import { HOUR, type Instant, MINUTE } from '#shared/time/instant.ts';
import { changesText, energyText, isAboutEnergy, shiftText, spanText, timeText } from './check-against-text.ts';
import { compareEnergy } from './check-money.ts';
import { compareShifts } from './check-shifts.ts';

export interface AgainstOptions {
  readonly dataDir: string;
  readonly historianUrl: string;
  /** `sqlite:` (in the data directory) or `sqlite:FILE`. */
  readonly ledgerUrl: string;
  readonly days: number;
}

const PROGRESS_MS = 1000;

/**
 * Says what of the past the plant would change if it took the place of the version in force: key by key, then shift by shift.
 * @throws UserError where the data directory has no history, no facts, or they cannot be read.
 */
export async function checkAgainst(plant: Plant, options: AgainstOptions, io: CommandIo, now: Instant): Promise<void> {
  const { version, plant: before } = inForce(options.dataDir);
  const changes = plantChanges(before, plant);
  const zone = plant.site.timezone;
  io.out(
    `\nAgainst the version in force, ${version.hash.slice(0, 12)}, since ${timeText(zone, version.appliedFrom)}\n`,
  );
  io.out(changesText(changes));
  if (changes.length === 0) {
    io.out('\nno past shift changes\n');
    return;
  }
  const { total, changed, priced } = await guarded(compare(before, plant, options, io, now, isAboutEnergy(changes)));
  if (priced !== null) {
    io.out(
      priced === 0
        ? '\nno past shift has other energy, cost or CO2\n'
        : '\nDemand, capacity and standing charges are not in these: they are of a month, see `linewatt bill`.\n',
    );
  }
  io.out(
    changed === 0 ? `\nno past shift changes (${total} compared)\n` : `\n${changed} of ${total} past shifts change\n`,
  );
}

async function compare(
  before: Plant,
  after: Plant,
  options: AgainstOptions,
  io: CommandIo,
  now: Instant,
  withEnergy: boolean,
) {
  const place = historianPlace({ historianUrl: options.historianUrl, dataDir: options.dataDir, env: io.env });
  const reader = await openHistorianReader(place);
  try {
    const extent = await reader.extent();
    if (!extent) throw new UserError(`the historian of ${options.dataDir} is empty; there is no past to compare`);
    const to = Math.min(now, extent.to + MINUTE);
    const from = Math.max(to - options.days * 24 * HOUR, extent.from);
    const past = { reader, entries: readLedgerFile(ledgerFile(options)), from, to };
    const zone = after.site.timezone;
    io.out(`\nPast shifts that change, of those from ${spanText(zone, { start: from, end: to })}\n`);
    let total = 0;
    let changed = 0;
    let told = performance.now();
    for await (const shift of compareShifts(before, after, past)) {
      if (io.signal.aborted) throw new UserError('stopped before every shift was compared');
      total += 1;
      if (shift.changes.length > 0) {
        changed += 1;
        io.out(shiftText(zone, shift));
      }
      if (performance.now() - told > PROGRESS_MS) {
        told = performance.now();
        io.err(`compared ${total} shifts\n`);
      }
    }
    if (!withEnergy) return { total, changed, priced: null };
    let priced = 0;
    io.out('\nEnergy of past shifts that changes\n');
    for await (const energy of compareEnergy(before, after, past)) {
      if (io.signal.aborted) throw new UserError('stopped before the energy of every shift was compared');
      priced += 1;
      io.out(energyText(after.site.currency, energy));
    }
    return { total, changed, priced };
  } finally {
    await reader.close();
  }
}

function inForce(dataDir: string): { version: PlantVersion; plant: Plant } {
  const history = openPlantHistoryReader(dataDir);
  try {
    const version = history.versions().at(-1);
    if (!version) throw new UserError(`the plant history of ${dataDir} is empty; let the api run once`);
    return { version, plant: history.read(version).plant };
  } finally {
    history.close();
  }
}

function ledgerFile({ ledgerUrl, dataDir }: AgainstOptions): string {
  if (ledgerUrl === 'sqlite:') return join(dataDir, 'ledger.sqlite');
  if (ledgerUrl.startsWith('sqlite:')) return resolve(ledgerUrl.slice('sqlite:'.length));
  throw new UserError(
    `check reads a ledger file: --ledger must be sqlite: or sqlite:/path/to/file, not "${ledgerUrl}"`,
  );
}

async function guarded<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof HistorianError) throw new UserError(error.message);
    throw error;
  }
}
