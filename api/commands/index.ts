import type { Command } from '#shared/contract/command.ts';
import { apiCommand } from './api.ts';
import { billCommand } from './bill.ts';
import { flowsCommand } from './flows.ts';
import { plantCommand } from './plant.ts';
import { reportCommand } from './report.ts';

export const apiCommands: readonly Command[] = [apiCommand, billCommand, flowsCommand, plantCommand, reportCommand];
