import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UserError } from '#shared/contract/command.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Reads `--name value` options; anything else is wrong usage (exit code 2). */
export function commandOptions<const T extends Options>(command: string, args: readonly string[], options: T) {
  const { values, positionals } = readWords(args, options, command);
  if (positionals.length === 0) return values;
  throw new UserError(`Unexpected argument '${positionals[0]}'; linewatt ${command} --help lists the options`, 2);
}

/** Options and words of a command line. @throws UserError with exit code 2 for an option that there is not. */
export function readWords<const T extends Options>(args: readonly string[], options: T, command: string) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UserError(`${message.split('. ')[0]}; linewatt ${command} --help tells more`, 2);
  }
}
