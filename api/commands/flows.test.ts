import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { flowsCommand } from './flows.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'linewatt-flows-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

async function flows(...args: string[]): Promise<string> {
  let out = '';
  const io = {
    out(text: string) {
      out += text;
    },
    err: () => {},
    env: {},
    signal: { aborted: false, addEventListener() {} },
  };
  expect(await flowsCommand.run(['--plant', 'config/demo.plant.yaml', '--data', dir, ...args], io)).toBe(0);
  return out;
}

it('names what server.yaml adds: where it listens, single sign-on, the port for enrolment', async () => {
  expect(await flows()).not.toContain('single sign-on');
  writeFileSync(
    join(dir, 'server.yaml'),
    'listen: { host: 10.0.0.4, port: 8443, enrolPort: 8080 }\nsingleSignOn: { name: Works, issuer: "https://id.works", clientId: linewatt }\n',
  );
  const listed = JSON.parse(await flows('--format', 'json')) as { to: string; host: string; port: number }[];
  expect(listed).toContainEqual(expect.objectContaining({ to: 'single sign-on', host: 'id.works', port: 443 }));
  expect(listed).toContainEqual(expect.objectContaining({ to: 'api', host: '10.0.0.4', port: 8443 }));
  expect(await flows('--format', 'nftables', '--role', 'api')).toMatch(
    /tcp dport 8443 accept[\s\S]*tcp dport 8080 accept/,
  );
});
