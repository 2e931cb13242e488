import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packTar, unpackTar } from './tar.ts';

describe('the archive of a backup', () => {
  it('comes back as it went in, whatever is in it', () => {
    const file = fc.record({
      name: fc.constantFrom('a', 'tls/server.key', 'ledger.sqlite', 'x.y-z_1'),
      mode: fc.constantFrom(0o600, 0o644),
      content: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
    });
    fc.assert(
      fc.property(fc.uniqueArray(file, { selector: ({ name }) => name }), (files) => {
        expect(unpackTar(packTar(files, 1_780_000_000))).toEqual(files);
      }),
    );
  });

  it('is one that every tar reads', () => {
    const dir = mkdtempSync(join(tmpdir(), 'linewatt-tar-'));
    writeFileSync(join(dir, 'b.tar'), packTar([{ name: 'tls/ca.crt', mode: 0o600, content: Buffer.from('hello') }], 1));
    execFileSync('tar', ['-xf', 'b.tar'], { cwd: dir });
    expect(readFileSync(join(dir, 'tls/ca.crt'), 'utf8')).toBe('hello');
    rmSync(dir, { recursive: true });
  });

  it('that was cut, changed or made to lead elsewhere is refused in words', () => {
    const good = packTar([{ name: 'abc', mode: 0o600, content: Buffer.from('x'.repeat(600)) }], 1);
    for (let cut = 0; cut < good.length - 1024; cut += 100)
      expect(() => unpackTar(good.subarray(0, cut))).toThrow(RangeError);
    const changed = Buffer.from(good);
    changed.writeUInt8(0x62, 0);
    expect(() => unpackTar(changed)).toThrow(/damaged/);
    for (const name of ['../x', '/etc/passwd', 'a/../../b', 'a'.repeat(100), '..']) {
      expect(() => packTar([{ name, mode: 0, content: Buffer.alloc(0) }], 1)).toThrow(RangeError);
    }
  });
});
