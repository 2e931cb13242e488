import readXlsx from 'read-excel-file/node';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LANGUAGE_IDS } from '#shared/language/languages.ts';
import { REPORT_NAMES } from '#shared/report/model.ts';
import { REPORT_WORDS } from '#shared/report/words/words.ts';
import { at, type Fixture, makeFixture, NOW, PLANT } from '../fixture.ts';

/* The same report in five languages: other words, the same ids and the same figures. */
const NAMES = `
names:
  Filler: { de: Füller, pl: Nalewarka }
  Jam: { de: Stau, fr: Bourrage }
`;
let site: Fixture;
beforeAll(async () => {
  site = await makeFixture({ plant: `${PLANT}${NAMES}` });
});
afterAll(() => site.close());

const window = `from=${new Date(at(-24 * 60)).toISOString()}&to=${new Date(NOW).toISOString()}`;
const file = async (name: string, query = '') =>
  site.app.inject({ url: `/api/v1/reports/${name}?${window}${query}`, headers: { host: 'localhost' } });

interface Json {
  readonly language: string;
  readonly title: string;
  readonly table: { columns: { id: string; name: string }[]; rows: (string | number | null)[][] };
  readonly figures: { id: string; name: string; value: number | string | null }[];
  readonly tables: { id: string; title: string; columns: { id: string }[] }[];
  readonly method: { name: string; text: string }[];
}
const idsOf = ({ table, figures, tables }: Json) => [
  table.columns.map((c) => c.id),
  figures.map((f) => [f.id, f.value]),
  tables.map((t) => [t.id, t.columns.map((c) => c.id)]),
];
const numbersOf = ({ table }: Json) => table.rows.map((row) => row.filter((cell) => typeof cell === 'number'));

describe.each(LANGUAGE_IDS.filter((id) => id !== 'en'))('reports in %s', (language) => {
  const words = REPORT_WORDS[language];
  it.each(REPORT_NAMES)('%s has other words, the same ids and the same figures', async (name) => {
    const english = (await file(`${name}.json`)).json() as Json;
    const own = (await file(`${name}.json`, `&language=${language}`)).json() as Json;
    expect([english.language, own.language, own.title]).toEqual(['en', language, words[`title.${name}`]]);
    expect(idsOf(own)).toEqual(idsOf(english));
    expect(numbersOf(own)).toEqual(numbersOf(english));
    const texts = new Set(Object.values(words));
    for (const { name: column } of own.table.columns) expect(texts).toContain(column);
    // A version number needs no words.
    const sentences = english.method.filter(({ text }) => text.length > 40).map(({ text }) => text);
    for (const { text } of own.method) expect(sentences).not.toContain(text);
  });
  it('speak it in every sheet', async () => {
    const book = await readXlsx((await file('tariff.xlsx', `&language=${language}`)).rawPayload);
    const sheets = book.map(({ sheet }) => sheet);
    expect([sheets[0], sheets[1], sheets.at(-1)]).toEqual([
      words['print.summary'],
      words['bill.title'],
      words['method.title'].slice(0, 31),
    ]);
    expect(book.find(({ sheet }) => sheet === words['column.breakdown'])?.data.at(-1)?.[0]).toBe(words.total);
  });
});

it('speak it on every page, with all its letters', async () => {
  const words = REPORT_WORDS.pl;
  const pdf = (await file('oee.pdf', '&language=pl')).rawPayload;
  const { text } = await extractText(await getDocumentProxy(new Uint8Array(pdf)), { mergePages: true });
  const said = text.replaceAll(/\s/g, '');
  for (const phrase of [words['title.oee'], words['method.title'], words['method.provisional'], 'Strona 1 z']) {
    expect(said).toContain(phrase.replaceAll(/\s/g, ''));
  }
});

it('name things as the plant file does in that language', async () => {
  const rows = async (language: string) =>
    ((await file('stops.json', `&scope=machine:filler&language=${language}`)).json() as Json).table.rows;
  expect((await rows('de')).map((row) => [row[0], row[6]])).toEqual([['Füller', 'Stau']]);
  expect((await rows('pl')).map((row) => [row[0], row[6]])).toEqual([['Nalewarka', 'Jam']]);
});

it('keep the heads of a table for programs, and refuse what they do not speak', async () => {
  const query = '&tableOnly=true&by=machine';
  expect((await file('energy.csv', `${query}&language=de`)).body).toBe((await file('energy.csv', query)).body);
  const refused = await file('energy.csv', '&language=xx');
  expect([refused.statusCode, refused.json().detail]).toEqual([400, expect.stringMatching(/^language: .*"de"/)]);
});
