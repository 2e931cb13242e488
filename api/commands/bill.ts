import { createReadStream, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import { createBill } from '#shared/energy/bill.ts';
import { billText } from '#shared/energy/bill-text.ts';
import { createVersionedBill } from '#shared/energy/bill-versions.ts';
import { EnergyError } from '#shared/energy/energy-error.ts';
import { loadReader } from '#shared/energy/load.ts';
import type { Tariff } from '#shared/plant/model.ts';
import { parseTariff } from '#shared/plant/parse.ts';
import { PlantFileError } from '#shared/plant/problem.ts';
import { localMidnight } from '#shared/time/zone.ts';
import { readLines } from './lines.ts';
import { commandOptions } from './options.ts';

const usage = `linewatt bill --tariff tariff.yaml --load load.csv [--from t] [--to t] [--json]

Prices a load profile with a tariff: the bill, line by line.

  --tariff f   one tariff object, as under tariffs in a plant file, with version and timezone; several times for
               versions of one contract, each in force from its validFrom
  --load f     start,kWh[,kvarh] or start,kW[,kvar], one row per settlement interval, instants with their offset
  --from t     start of the billing period: an instant, or a date in the tariff's zone (default: the first row).
               Rows before it feed ratchets.
  --to t       end of the billing period, exclusive (default: the end of the load)
  --json       the result as JSON, unrounded; without it each line is rounded once, and the total is the sum of the lines`;

/** `linewatt bill` (INTERFACES section 3). */
export const billCommand: Command = {
  name: 'bill',
  summary: 'price a load profile with a tariff: the bill, line by line',
  usage,
  run,
};

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const options = readOptions(args);
  const tariffs = options.tariffs.map(readTariff);
  const [tariff] = tariffs;
  if (!tariff) throw new UserError('needs --tariff', 2);
  const other = tariffs.find((one) => one.timezone !== tariff.timezone);
  if (other) throw new UserError(`the versions are of different zones: ${tariff.timezone} and ${other.timezone}`);
  const from = options.from === undefined ? undefined : readInstant(options.from, '--from', tariff);
  const to = options.to === undefined ? undefined : readInstant(options.to, '--to', tariff);
  try {
    const period = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    // One tariff by itself prices all that it is given; of several, each prices its own time.
    const bill = tariffs.length === 1 ? createBill(tariff, period) : createVersionedBill(tariffs, period);
    const reader = loadReader({
      file: options.load,
      intervalMinutes: tariff.intervalMinutes,
      timezone: tariff.timezone,
    });
    for await (const line of readLines(createReadStream(options.load), options.load)) {
      if (io.signal.aborted) throw new UserError('stopped before the load was read to its end');
      const row = reader.line(line);
      if (row) bill.add(row);
    }
    const result = bill.finish();
    io.out(options.json ? `${JSON.stringify(result, null, 2)}\n` : billText(result, tariff.timezone));
    return 0;
  } catch (error) {
    throw asUserError(error, options.load);
  }
}

interface Options {
  readonly tariffs: readonly string[];
  readonly load: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly json: boolean;
}

function readOptions(args: readonly string[]): Options {
  const { tariff, load, from, to, json } = commandOptions('bill', args, {
    tariff: { type: 'string', multiple: true },
    load: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  if (tariff === undefined || load === undefined) {
    throw new UserError('needs --tariff and --load; linewatt bill --help tells more', 2);
  }
  return { tariffs: tariff, load, from, to, json };
}

function readTariff(file: string): Tariff {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw asUserError(error, file);
  }
  try {
    return parseTariff(text, { file, readFile: (path) => readFileSync(resolve(dirname(file), path), 'utf8') });
  } catch (error) {
    if (error instanceof PlantFileError) throw new UserError(error.message);
    throw error;
  }
}

/** An instant with offset, or a local date: its midnight in the tariff's zone. */
function readInstant(text: string, option: string, tariff: Tariff): number {
  try {
    return /^\d{4}-\d{2}-\d{2}$/.test(text)
      ? localMidnight(tariff.timezone, Temporal.PlainDate.from(text).toString())
      : Temporal.Instant.from(text).epochMilliseconds;
  } catch {
    throw new UserError(
      `${option} "${text}" is not an instant with offset (2026-04-01T00:00:00+01:00) and not a date (2026-04-01)`,
      2,
    );
  }
}

function asUserError(error: unknown, file: string): unknown {
  if (error instanceof UserError) return error;
  if (error instanceof EnergyError) {
    return new UserError(error.message.startsWith(file) ? error.message : `${file}: ${error.message}`);
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return new UserError(`${file} does not exist`);
  if (code === 'EISDIR') return new UserError(`${file} is a folder; give the file in it`);
  if (code === 'EACCES') return new UserError(`${file} may not be read by this user`);
  return error;
}
