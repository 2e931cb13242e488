import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDirectory } from './lock.ts';

describe('the lock of a data directory', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'linewatt-lock-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('is held with our process id and given back', () => {
    const lock = lockDirectory(dir, 'edge');
    expect(Number(readFileSync(join(dir, 'edge.lock'), 'utf8'))).toBe(process.pid);
    lock.release();
    expect(() => readFileSync(join(dir, 'edge.lock'))).toThrow();
  });

  it('is refused while its owner lives, with a sentence that names the owner', async () => {
    const owner = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'linewatt'], { stdio: 'ignore' });
    await once(owner, 'spawn');
    writeFileSync(join(dir, 'edge.lock'), `${owner.pid}\n`);
    expect(() => lockDirectory(dir, 'edge')).toThrow(`is in use by process ${owner.pid}`);
    const gone = once(owner, 'exit');
    owner.kill('SIGKILL');
    await gone;
    const lock = lockDirectory(dir, 'edge');
    expect(Number(readFileSync(join(dir, 'edge.lock'), 'utf8'))).toBe(process.pid);
    lock.release();
  });

  it('is taken over from a file that names nobody, and never released for somebody else', () => {
    writeFileSync(join(dir, 'edge.lock'), 'nonsense');
    const lock = lockDirectory(dir, 'edge');
    writeFileSync(join(dir, 'edge.lock'), '1\n');
    lock.release();
    expect(readFileSync(join(dir, 'edge.lock'), 'utf8')).toBe('1\n');
  });

  it('says that a directory cannot be written', () => {
    expect(() => lockDirectory(join(dir, 'none'), 'edge')).toThrow('the data directory cannot be written');
  });
});
