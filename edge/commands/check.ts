import { resolve } from 'node:path';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import { PlantFileError, problemText } from '#shared/plant/problem.ts';
import type { AgainstOptions } from './check-against.ts';
import { readWords } from './options.ts';

const usage = `Usage: linewatt check plant.yaml [--against DIR [--days N]]

Reads a plant file and says what it will do: its machines, meters and signals, the shifts of the next seven days, the
tariff bands of today, and every doubt that a careful engineer would have. Connects to no source.

  --against DIR     a data directory: says what this file would change there in place of the version in force, and by
                    how much, past shift by past shift. Nothing is written
  --days N          how many days of the past are compared; default 35
  --historian URL   sqlite: (default, in the data directory), sqlite:FILE, or http(s)://host:8086/linewatt
  --ledger URL      sqlite: (default, in the data directory) or sqlite:FILE

LINEWATT_HISTORIAN_URL and LINEWATT_LEDGER_URL stand in for the options; passwords come only from the environment.

Mistakes go to stderr, all at once, as file:line: path: what is wrong and what to do.
Exit code 0: valid (doubts or not), 1: not valid or not readable, 2: wrong usage.`;

export const checkCommand: Command = {
  name: 'check',
  summary: 'validate a plant file and say in words what it will do',
  usage,
  run: (args, io) => check(args, io, Date.now()),
};

/** As the command, at the instant `now`. */
export async function check(args: readonly string[], io: CommandIo, now: number): Promise<number> {
  const { file, against } = readArguments(args, io);
  // Loaded here, so that `linewatt --help` stays instant.
  const [{ readPlantFile }, { plantReport }, { checkAgainst }] = await Promise.all([
    import('#shared/store/plant-file.ts'),
    import('./check-report.ts'),
    import('./check-against.ts'),
  ]);
  try {
    const { plant, doubts, text } = readPlantFile(file);
    io.out(plantReport(plant, { file, doubts, env: io.env, now, text }));
    if (against) await checkAgainst(plant, against, io, now);
    return 0;
  } catch (error) {
    if (!(error instanceof PlantFileError)) throw error;
    for (const problem of error.problems) io.err(`${problemText(file, problem)}\n`);
    const count = error.problems.length;
    io.err(`${file} is not a valid plant file: ${count} problem${count === 1 ? '' : 's'}\n`);
    return 1;
  }
}

function readArguments(args: readonly string[], { env }: CommandIo): { file: string; against: AgainstOptions | null } {
  const { values, positionals } = readWords(args, OPTIONS);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UserError('give one plant file: linewatt check plant.yaml', 2);
  if (values.against === undefined) {
    const lonely = (['days', 'historian', 'ledger'] as const).find((name) => values[name] !== undefined);
    if (lonely) throw new UserError(`--${lonely} goes with --against DIR; --help tells more`, 2);
    return { file, against: null };
  }
  const days = Number(values.days ?? DEFAULT_DAYS);
  if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS) {
    throw new UserError(`--days must be a whole number from 1 to ${MOST_DAYS}, not "${values.days}"`, 2);
  }
  const against = {
    dataDir: resolve(values.against),
    historianUrl: values.historian ?? env.LINEWATT_HISTORIAN_URL ?? 'sqlite:',
    ledgerUrl: values.ledger ?? env.LINEWATT_LEDGER_URL ?? 'sqlite:',
    days,
  };
  return { file, against };
}

const text = { type: 'string' } as const;
const OPTIONS = { against: text, days: text, historian: text, ledger: text };
const DEFAULT_DAYS = 35;
const MOST_DAYS = 1000;
