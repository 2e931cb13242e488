import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '#shared/contract/command.ts';

/*
 * One owner per data directory: two writers would each be right and together wrong.
 *
 * - The lock is a file with the owner's process id. It is made at once or not at all (O_EXCL).
 * - An owner that is gone (killed, power cut) leaves its file behind: whoever comes next sees that and takes over.
 */
export interface Lock {
  release(): void;
}

/** @throws UserError when a living process holds it, or the directory cannot be written. */
export function lockDirectory(directory: string, name: string): Lock {
  const path = join(directory, `${name}.lock`);
  for (let attempt = 0; attempt < 3; attempt++) {
    if (create(path)) return { release: () => release(path) };
    const owner = ownerOf(path);
    if (owner !== null && owner !== process.pid && isLinewatt(owner)) {
      throw new UserError(
        `the data directory ${directory} is in use by process ${owner} (linewatt ${name}); stop it, or choose another with --data`,
      );
    }
    rmSync(path, { force: true });
  }
  throw new UserError(`the data directory ${directory} cannot be locked; is another linewatt starting there?`);
}

function create(path: string): boolean {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, `${process.pid}\n`);
    closeSync(file);
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new UserError(
      `the data directory cannot be written (${message}); check its rights, or choose another with --data`,
    );
  }
}

function release(path: string): void {
  if (ownerOf(path) === process.pid) rmSync(path, { force: true });
}

function ownerOf(path: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** A process id is used again after a restart of the machine; on Linux its command line tells. */
function isLinewatt(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('linewatt');
  } catch {
    return true;
  }
}
