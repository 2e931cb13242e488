import { t } from '../../language/language.ts';
import { named } from '../../language/names.ts';

/** The server's sentences, each with what stands in it; `name` marks what the plant file may name in other languages. */
const SENTENCES: readonly { readonly key: string; readonly is: RegExp; readonly name?: string }[] = [
  { key: 'desk.cause.explained', is: /^the stop at (?<time>\S+) was explained as (?<reason>.+)$/s, name: 'reason' },
  {
    key: 'desk.cause.split',
    is: /^the stop at (?<time>\S+) was split: (?<reason>.+) from (?<from>\S+) to (?<to>\S+)$/s,
    name: 'reason',
  },
  { key: 'desk.cause.merged', is: /^the stop at (?<time>\S+) was made one again$/ },
  { key: 'desk.cause.scrap', is: /^(?<count>\S+) pieces made by (?<time>\S+) were entered as scrap$/ },
  {
    key: 'desk.cause.product',
    is: /^from (?<time>\S+) on the product was entered as (?<product>.+)$/s,
    name: 'product',
  },
  { key: 'desk.cause.orderStarted', is: /^order (?<order>.+) was entered as started at (?<time>\S+)$/s },
  { key: 'desk.cause.orderFinished', is: /^order (?<order>.+) was entered as finished at (?<time>\S+)$/s },
  { key: 'desk.cause.counter', is: /^a count of (?<signal>.+) at (?<time>\S+) was decided to be (?<counted>.+)$/s },
  { key: 'desk.cause.meter', is: /^an exchange of the meter (?<meter>.+) was entered$/s },
  { key: 'desk.cause.calendar', is: /^the shifts of (?<date>\S+) were changed$/ },
  { key: 'desk.cause.target', is: /^the target of (?<machine>.+) was changed$/s, name: 'machine' },
  { key: 'desk.cause.voided', is: /^an entry was taken back$/ },
  { key: 'desk.cause.entry', is: /^an entry was made$/ },
  { key: 'desk.cause.plantFile', is: /^the plant file was changed$/ },
  { key: 'desk.cause.lateData', is: /^late data changed it$/ },
];

/** Why a version of a shift differs from the one before, in the language of this page; a cause that is not known here as it came. */
export function causeWords(cause: string): string {
  const [, what, time, by] = /^(.+), at (\d\d:\d\d) by (.+)$/s.exec(cause) ?? [];
  if (what === undefined) return sentenceOf(cause) ?? cause;
  const words = sentenceOf(what);
  return words === null ? cause : t('desk.cause.by', { cause: words, time: time ?? '', by: by ?? '' });
}

function sentenceOf(text: string): string | null {
  const [, taken] = /^it was taken back that (.+)$/s.exec(text) ?? [];
  if (taken !== undefined) {
    const words = sentenceOf(taken);
    return words === null ? null : t('desk.cause.takenBack', { cause: words });
  }
  for (const { key, is, name } of SENTENCES) {
    const values = is.exec(text);
    if (!values) continue;
    const found = Object.entries(values.groups ?? {});
    return t(key, Object.fromEntries(found.map(([id, value]) => [id, id === name ? named(value) : value])));
  }
  return null;
}
