import { apiCommands } from './api/commands/index.ts';
import { edgeCommands } from './edge/commands/index.ts';
import { UserError } from './shared/contract/command.ts';

const commands = [...edgeCommands, ...apiCommands];

function help(): string {
  const rows = commands.map((c) => `  ${c.name.padEnd(12)} ${c.summary}`);
  return [
    'Linewatt: live OEE and energy for the factory floor',
    '',
    'Usage: linewatt <command> [options]',
    '',
    ...rows,
    '',
    '`linewatt <command> --help` tells more.',
    '',
  ].join('\n');
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help());
    return name === undefined ? 2 : 0;
  }
  const command = commands.find((c) => c.name === name);
  if (!command) {
    process.stderr.write(`linewatt: there is no command "${name}"; linewatt --help lists them\n`);
    return 2;
  }
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${command.usage}\n`);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  try {
    return await command.run(args, {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
      env: process.env,
      signal: stop.signal,
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`linewatt ${name}: ${error.message}\n`);
    return error.exitCode;
  }
}

process.exitCode = await main(process.argv.slice(2));
