/** One sub-command of `linewatt`. Registries in edge/commands and api/commands list them; linewatt.ts runs them. */
export interface Command {
  readonly name: string;
  /** One line for `linewatt --help`. */
  readonly summary: string;
  /** Whole text of `linewatt <name> --help`. */
  readonly usage: string;
  /** Resolves with the exit code: 0 done, 1 a problem with the input (already told on stderr), 2 wrong usage. */
  run(args: readonly string[], io: CommandIo): Promise<number>;
}

export interface CommandIo {
  out(text: string): void;
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted on Ctrl-C or SIGTERM: finish what is in hand and resolve. */
  readonly signal: { readonly aborted: boolean; addEventListener(type: 'abort', listener: () => void): void };
}

/** A mistake in what the user gave: its message says where and what to do; the command ends with `exitCode`, no stack. */
export class UserError extends Error {
  readonly exitCode: 1 | 2;
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = 'UserError';
    this.exitCode = exitCode;
  }
}
