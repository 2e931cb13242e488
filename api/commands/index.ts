import type { Command } from '#shared/contract/command.ts';
import { apiCommand } from './api.ts';
import { auditCommand } from './audit.ts';
import { backupCommand } from './backup.ts';
import { billCommand } from './bill.ts';
import { enrolCommand } from './enrol.ts';
import { flowsCommand } from './flows.ts';
import { kioskCommand } from './kiosk.ts';
import { plantCommand } from './plant.ts';
import { reportCommand } from './report.ts';
import { restoreCommand } from './restore.ts';
import { tlsCommand } from './tls.ts';
import { userCommand } from './user.ts';

export const apiCommands: readonly Command[] = [
  apiCommand,
  billCommand,
  enrolCommand,
  flowsCommand,
  plantCommand,
  reportCommand,
  auditCommand,
  backupCommand,
  kioskCommand,
  restoreCommand,
  tlsCommand,
  userCommand,
];
