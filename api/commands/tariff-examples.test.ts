import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { billCommand } from './bill.ts';

const folder = join(import.meta.dirname, '../../config/tariffs');
const readme = readFileSync(join(folder, 'README.md'), 'utf8');
const examples = readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory());

/** The options that the README shows for an example, after its files. */
function optionsOf(name: string): string[] {
  const line = readme.split('\n').find((l) => l.includes(`--load ${name}/load.csv`)) ?? '';
  return line.split('load.csv')[1]?.trim().split(' ').filter(Boolean) ?? [];
}

describe('the bills in config/tariffs/README.md', () => {
  it.each(examples)('%s is what the command prints', async (name) => {
    let out = '';
    const io = {
      out: (text: string) => {
        out += text;
      },
      err: () => {},
      env: {},
      signal: { aborted: false, addEventListener: () => {} },
    };
    const files = ['--tariff', join(folder, name, 'tariff.yaml'), '--load', join(folder, name, 'load.csv')];
    expect(await billCommand.run([...files, ...optionsOf(name)], io)).toBe(0);
    const indented = out
      .trimEnd()
      .split('\n')
      .map((line) => (line === '' ? '' : `    ${line}`));
    expect(readme).toContain(indented.join('\n'));
  });

  it('are those of every example', () => {
    expect(examples).toHaveLength(4);
  });
});
