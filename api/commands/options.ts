import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UserError } from '#shared/contract/command.ts';

/** Reads `--name value` options; anything else is wrong usage (exit code 2). */
export function commandOptions<T extends NonNullable<ParseArgsConfig['options']>>(
  command: string,
  args: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UserError(`${message.split('. ')[0]}; linewatt ${command} --help lists the options`, 2);
  }
}
