import type { Command } from '#shared/contract/command.ts';
import { browseCommand } from './browse.ts';
import { checkCommand } from './check.ts';
import { demoCommand } from './demo.ts';
import { edgeCommand } from './edge.ts';
import { ingestCommand } from './ingest.ts';
import { recomputeCommand } from './recompute.ts';
import { replayCommand } from './replay.ts';
import { resendCommand } from './resend.ts';
import { trustCommand } from './trust.ts';
import { upCommand } from './up.ts';

/** In the order of `linewatt --help`. Heavy parts are loaded inside `run`. */
export const edgeCommands: readonly Command[] = [
  upCommand,
  edgeCommand,
  demoCommand,
  checkCommand,
  replayCommand,
  recomputeCommand,
  ingestCommand,
  resendCommand,
  trustCommand,
  browseCommand,
];
