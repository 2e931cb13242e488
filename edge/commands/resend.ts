import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import { readOptions } from './options.ts';

const usage = `Usage: linewatt resend --spool DIR --from N [--to M]

Puts files of facts that got lost on their way across a data diode into DIR/out again. \`linewatt ingest\` on the far side names
the numbers. Files are kept for 14 days.

  --spool DIR      the folder that the edge was given with --spool
  --from N         first number
  --to M           last number; default: the same`;

export const resendCommand: Command = {
  name: 'resend',
  summary: 'put lost files of facts into the spool again',
  usage,
  run,
};

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const given = readOptions(args, { spool: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' } });
  if (given.spool === undefined || given.from === undefined) {
    throw new UserError('needs --spool and --from; linewatt resend --help tells more', 2);
  }
  const from = readNumber(given.from, '--from');
  const to = given.to === undefined ? from : readNumber(given.to, '--to');
  if (to < from) throw new UserError(`--to ${to} is before --from ${from}`, 2);
  const folder = resolve(given.spool);
  const [{ KEPT, putOut }, { numberInName }] = await Promise.all([
    import('../sinks/spool/sink.ts'),
    import('../sinks/spool/fact-file.ts'),
  ]);
  const kept = join(folder, KEPT);
  if (!existsSync(kept)) throw new UserError(`${folder} is no spool; name the folder that the edge got with --spool`);
  const names = new Map(readdirSync(kept).map((name) => [numberInName(name), name]));
  const missing: number[] = [];
  let sent = 0;
  for (let number = from; number <= to; number += 1) {
    const name = names.get(number);
    if (name === undefined) {
      missing.push(number);
      continue;
    }
    putOut(folder, name);
    sent += 1;
  }
  io.out(`${sent} of ${to - from + 1} files are in ${join(folder, 'out')} again\n`);
  if (missing.length === 0) return 0;
  throw new UserError(
    `not kept any more: ${missing.slice(0, 20).join(', ')}${missing.length > 20 ? ', ...' : ''}; linewatt recompute --from makes their facts anew from the journal`,
  );
}

function readNumber(text: string, option: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new UserError(`${option} must be a number from 1 on, not "${text}"`, 2);
  return number;
}
