import type { Command } from '#shared/contract/command.ts';

/** Runs a command as the command line would; what it printed. */
export async function runCommand(
  command: Command,
  args: readonly string[],
): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await command.run(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env: {},
    signal: new AbortController().signal,
  });
  return { code, out, err };
}
