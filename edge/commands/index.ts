import type { Command } from '#shared/contract/command.ts';

export const edgeCommands: readonly Command[] = [];
