import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { ChannelConfig } from '#shared/plant/model.ts';
import { sendOver } from './channels.ts';
import { readMailSettings } from './mail-settings.ts';
import type { Message } from './message.ts';
import { signature } from './webhook.ts';

const MESSAGE: Message = { kind: 'alert', subject: 's', text: 't', payload: { alert: 'a' }, file: null };
const channel = (given: Partial<ChannelConfig>): ChannelConfig => ({
  id: 'c',
  type: 'webhook',
  url: null,
  secret: null,
  to: [],
  topic: null,
  ...given,
});
const deps = {
  mail: null,
  env: { TOKEN: 'abc' },
  publish: async () => {
    throw new Error('no link to the broker');
  },
  clock: () => 1_000_000,
};
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});
async function server(answer: (url: string) => { status: number; location?: string }) {
  const seen: { url: string; signature: string | undefined }[] = [];
  const http = createServer((request, response) => {
    request.resume();
    seen.push({ url: request.url ?? '', signature: request.headers['x-linewatt-signature']?.toString() });
    const { status, location } = answer(request.url ?? '');
    response.writeHead(status, location ? { location } : {}).end();
  });
  await new Promise<void>((ready) => http.listen(0, '127.0.0.1', ready));
  closers.push(() => http.close());
  return { seen, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` };
}

it('follows no redirect: what was signed for one address goes to no other', async () => {
  const { seen, url } = await server((path) =>
    path === '/in' ? { status: 302, location: '/elsewhere' } : { status: 200 },
  );
  await expect(sendOver(deps, channel({ url: `${url}/in`, secret: 'k' }), 'd1', MESSAGE)).rejects.toThrow(
    /sends elsewhere \(302\)/,
  );
  expect(seen.map((s) => s.url)).toEqual(['/in']);
  expect(seen[0]?.signature).toMatch(/^t=1000,v1=[0-9a-f]{64}$/);
});

it('takes secrets from the environment, and shows of an address the host alone', async () => {
  const { seen, url } = await server(() => ({ status: 500 }));
  const sent = sendOver(deps, channel({ url: `${url}/\${TOKEN}` }), 'd', MESSAGE);
  await expect(sent).rejects.toThrow(/^127\.0\.0\.1:\d+ answered 500$/);
  expect(seen).toEqual([{ url: '/abc', signature: undefined }]);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how plant files write it
  await expect(sendOver(deps, channel({ url: 'https://x/${NOPE}' }), 'd', MESSAGE)).rejects.toThrow(/NOPE is not set/);
  await expect(sendOver(deps, channel({ url: 'file:///etc/passwd' }), 'd', MESSAGE)).rejects.toThrow(
    /no http\(s\) address/,
  );
});

it('signs so that a receiver can check it with any HMAC of its own', () => {
  // From openssl dgst -sha256 -hmac key over "1000.{}".
  expect(signature('key', 1000, '{}')).toBe(
    `t=1000,v1=c32de42341dece79a1511c9e7f74a2734112edcfcf48943c976faf07047065db`,
  );
});

it('says what is missing for mail and broker', async () => {
  await expect(sendOver(deps, channel({ type: 'email', to: ['a@b.example'] }), 'd', MESSAGE)).rejects.toThrow(
    /add mail: \{ host, from \} to server\.yaml/,
  );
  await expect(sendOver(deps, channel({ type: 'mqtt', topic: 't' }), 'd', MESSAGE)).rejects.toThrow(
    /broker did not take it: no link/,
  );
});

it('demands TLS of every mail server but one on this machine', () => {
  const of = (given: object) => readMailSettings({ host: 'mail.example', from: 'a@b.example', ...given });
  expect(of({})).toMatchObject({ port: 587, secure: false, demandTls: true });
  expect(of({ port: 465 })).toMatchObject({ secure: true, demandTls: false });
  expect(of({ host: '127.0.0.1', port: 25 })).toMatchObject({ secure: false, demandTls: false });
  expect(readMailSettings(undefined)).toBeNull();
  expect(() => of({ form: 'x' })).toThrow(/server\.yaml: mail\..*form/);
});
