import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { freePort } from './free-port.ts';

export interface IdentityProvider {
  readonly issuer: string;
  close(): Promise<void>;
}

/**
 * A real OpenID Connect provider on a free loopback port. Whoever comes signs in by naming themselves in the `login` field of its
 * own sign-in page; their groups are what `groupsOf` says.
 */
export async function startIdentityProvider(
  redirect: string,
  groupsOf: (name: string) => readonly string[],
): Promise<IdentityProvider> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'linewatt', client_secret: 'client-secret-of-the-test', redirect_uris: [redirect] }],
    claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'groups'],
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ['cookie-key-of-the-test'] },
    findAccount: async (_context, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, preferred_username: id, groups: groupsOf(id) }),
    }),
  });
  const server = createServer(provider.callback());
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return {
    issuer,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

/**
 * What a browser does at the provider: follows redirects, keeps its cookies, names itself and agrees. Resolves with the address
 * that leads back to the product.
 */
export async function walkThrough(start: string, issuer: string, name: string): Promise<string> {
  const jar = new Map<string, string>();
  let url = start;
  let form: { readonly action: string; readonly fields: Record<string, string> } | null = null;
  for (let step = 0; step < 20; step++) {
    const answer: Response = await fetch(url, {
      redirect: 'manual',
      headers: {
        cookie: [...jar].map(([key, value]) => `${key}=${value}`).join('; '),
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(form && { method: 'POST', body: new URLSearchParams(form.fields).toString() }),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [key = '', value = ''] = (set.split(';')[0] ?? '').split(/=(.*)/s);
      jar.set(key, value);
    }
    const location = answer.headers.get('location');
    if (location !== null) {
      url = new URL(location, url).href;
      form = null;
      if (!url.startsWith(issuer)) return url;
      continue;
    }
    const page = await answer.text();
    const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1];
    if (action === undefined) throw new Error(`the provider answered ${answer.status}: ${page.slice(0, 300)}`);
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? 'login';
    form = { action, fields: prompt === 'login' ? { prompt, login: name, password: 'any' } : { prompt } };
    url = new URL(action, url).href;
  }
  throw new Error('the provider never sent back');
}
