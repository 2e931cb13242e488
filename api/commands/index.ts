import type { Command } from '#shared/contract/command.ts';

export const apiCommands: readonly Command[] = [];
