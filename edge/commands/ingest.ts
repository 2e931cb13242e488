import { existsSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import { readOptions } from './options.ts';

const usage = `Usage: linewatt ingest --plant FILE --from DIR [options]

Takes files of facts that came across a data diode into the historian on this side. Taking a file twice is taking it once;
every number that is missing is named, with the command that closes the gap.

  --plant FILE       the plant file
  --from DIR         the folder in which the files arrive
  --data DIR         where is kept what was taken; default ./data
  --historian URL    sqlite: (default, in the data directory) or http(s)://host:8086/linewatt
  --watch SECONDS    go on, looking every so many seconds; Ctrl-C stops it

Exit code 1 while a number is missing or a file was damaged.`;

export const ingestCommand: Command = {
  name: 'ingest',
  summary: 'take files of facts that came across a data diode',
  usage,
  run,
};

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const given = readOptions(args, {
    plant: { type: 'string' },
    from: { type: 'string' },
    data: { type: 'string' },
    historian: { type: 'string' },
    watch: { type: 'string' },
  });
  if (given.plant === undefined || given.from === undefined) {
    throw new UserError('needs --plant and --from; linewatt ingest --help tells more', 2);
  }
  const seconds = given.watch === undefined ? null : Number(given.watch);
  if (seconds !== null && !(seconds >= 1)) throw new UserError('--watch must be a number of seconds from 1 on', 2);
  const folder = resolve(given.from);
  if (!existsSync(folder)) throw new UserError(`there is no folder ${folder}; --from names where the files arrive`);
  const dataDir = resolve(given.data ?? 'data');
  mkdirSync(dataDir, { recursive: true });
  const [{ requirePlantFile }, { openHistorianWriter }, { HistorianError }, { historianPlace }, { ingest }] =
    await Promise.all([
      import('#shared/store/plant-file.ts'),
      import('#shared/store/open.ts'),
      import('#shared/store/historian.ts'),
      import('../options.ts'),
      import('../ingest/ingest.ts'),
    ]);
  const { plant } = requirePlantFile(resolve(given.plant));
  const historianUrl = given.historian ?? io.env.LINEWATT_HISTORIAN_URL ?? 'sqlite:';
  const writer = await openHistorianWriter(historianPlace({ historianUrl, dataDir, env: io.env }), () => plant);
  let told = '';
  try {
    for (;;) {
      let code = 0;
      try {
        const result = await ingest({ folder, dataDir, site: plant.site.id, writer, now: Date.now() });
        code = result.gaps.length + result.damaged.length > 0 ? 1 : 0;
        const text = wordsOf(result);
        if (seconds === null || text !== told) io.out(text);
        told = text;
      } catch (error) {
        if (!(error instanceof HistorianError)) throw error;
        if (seconds === null) throw new UserError(error.message);
        io.err(`${error.message}; the files stay where they are\n`);
      }
      if (seconds === null) return code;
      await pause(seconds * 1000, io.signal);
      if (io.signal.aborted) return code;
    }
  } finally {
    await writer.close();
  }
}

type Result = Awaited<ReturnType<typeof import('../ingest/ingest.ts')['ingest']>>;

function wordsOf({ taken, repeated, damaged, gaps }: Result): string {
  const lines = [`${taken} files taken, ${repeated} taken before`];
  for (const { name, why } of damaged) lines.push(`${name} was set aside: ${why}`);
  for (const { edge, from, to } of gaps) {
    const which = from === to ? `file ${from} is` : `files ${from} to ${to} are`;
    lines.push(`edge ${edge}: ${which} missing; there: linewatt resend --spool DIR --from ${from} --to ${to}`);
  }
  return `${lines.join('\n')}\n`;
}

function pause(ms: number, signal: CommandIo['signal']): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      done();
    });
  });
}
