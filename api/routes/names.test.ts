import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, makeFixture, PLANT } from '../fixture.ts';
import { pageIn } from '../static.ts';

const TRANSLATED = `${PLANT.replace('locale: en-GB', 'locale: de-DE')}
names:
  Jam: { de: Stau, pl: Zator }
  Filler: { de: Füller }
  Packer: { de: Packmaschine }
`;
const INDEX = '<!doctype html>\n<html lang="en">\n  <head></head>\n</html>\n';

let site: Fixture;
beforeAll(async () => {
  site = await makeFixture({ plant: TRANSLATED, dashboard: { 'index.html': INDEX, 'a.js': 'lang="en"' } });
});
afterAll(() => site.close());
const get = (url: string) => site.app.inject({ url });

describe('names in another language', () => {
  it('are those of the plant file, by the name that stands in every other answer', async () => {
    const { names, language } = (await get('/api/v1/names?language=de-AT')).json();
    expect(language).toBe('de');
    expect(names).toEqual({ Jam: 'Stau', Filler: 'Füller', Packer: 'Packmaschine' });
    expect((await get('/api/v1/names?language=pl')).json().names).toEqual({ Jam: 'Zator' });
  });

  it('are none in a language that no page speaks, and a question without one is refused', async () => {
    expect((await get('/api/v1/names?language=xx')).json().names).toEqual({});
    expect((await get('/api/v1/names')).statusCode).toBe(400);
  });
});

describe('the page', () => {
  it.each(['/', '/index.html', '/plant', '/operator/filler'])(
    'begins in the language of the site at %s',
    async (url) => {
      const { body, headers } = await get(url);
      expect(body).toBe(INDEX.replace('lang="en"', 'lang="de"'));
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(headers['cache-control']).toBe('no-cache');
    },
  );

  it('is English where no page speaks the language of the site', () => {
    expect(pageIn(INDEX, 'de-CH')).toContain('<html lang="de">');
    expect(pageIn(INDEX, 'cs-CZ')).toContain('<html lang="en">');
  });

  it('changes nothing else that it serves', async () => {
    expect((await get('/a.js')).body).toBe('lang="en"');
  });
});
