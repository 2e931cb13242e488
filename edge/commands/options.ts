import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UserError } from '#shared/contract/command.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Reads `--name value` options; anything else is wrong usage (exit code 2). */
export function readOptions<const T extends Options>(args: readonly string[], options: T) {
  const { values, positionals } = readWords(args, options);
  if (positionals.length > 0)
    throw new UserError(`Unexpected argument '${positionals[0]}'; --help tells what there is`, 2);
  return values;
}

/** Reads options and the words between them; an unknown option is wrong usage (exit code 2). */
export function readWords<const T extends Options>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UserError(`${message.split('. ')[0]}; --help tells what there is`, 2);
  }
}

/** @throws UserError for anything but a port number. */
export function readPort(text: string, option: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new UserError(`${option} must be a port from 1 to 65535, not "${text}"`, 2);
  }
  return port;
}
