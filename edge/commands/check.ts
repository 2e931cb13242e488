import { parseArgs } from 'node:util';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import { PlantFileError, problemText } from '#shared/plant/problem.ts';

const usage = `Usage: linewatt check plant.yaml

Reads a plant file and says what it will do: its machines, meters and signals, the shifts of the next seven days, the
tariff bands of today, and every doubt that a careful engineer would have. Connects to nothing.

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
  const file = readArguments(args);
  // Loaded here, so that `linewatt --help` stays instant.
  const [{ readPlantFile }, { plantReport }] = await Promise.all([
    import('#shared/store/plant-file.ts'),
    import('./check-report.ts'),
  ]);
  try {
    const { plant, doubts, text } = readPlantFile(file);
    io.out(plantReport(plant, { file, doubts, env: io.env, now, text }));
    return 0;
  } catch (error) {
    if (!(error instanceof PlantFileError)) throw error;
    for (const problem of error.problems) io.err(`${problemText(file, problem)}\n`);
    const count = error.problems.length;
    io.err(`${file} is not a valid plant file: ${count} problem${count === 1 ? '' : 's'}\n`);
    return 1;
  }
}

function readArguments(args: readonly string[]): string {
  try {
    const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
    const [file, ...more] = positionals;
    if (file !== undefined && more.length === 0) return file;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UserError(`${message.split('. ')[0]}; --help tells what there is`, 2);
  }
  throw new UserError('give one plant file: linewatt check plant.yaml', 2);
}
