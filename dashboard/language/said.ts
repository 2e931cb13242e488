import { englishOf, language, t } from './language.ts';

/*
 * Sentences that the server says in English, in the language of this page.
 *
 * - messages/en/said.json holds the server's own sentences, with placeholders where it puts its values; the other languages say
 *   the same with the same values.
 * - A sentence that is not among them is shown as the server says it, and so is every sentence on an English page.
 */
interface Form {
  readonly key: string;
  readonly literal: number;
  readonly like: RegExp;
}

let forms: readonly Form[] | null = null;

export function said(sentence: string): string {
  if (language.value === 'en') return sentence;
  forms ??= [...englishOf('said')].map(formOf).sort((a, b) => b.literal - a.literal);
  for (const { key, like } of forms) {
    const found = like.exec(sentence);
    if (found) return t(`said.${key}`, { ...found.groups });
  }
  return sentence;
}

/** The most literal form is tried first: one with fewer placeholders would also fit what has more words. */
function formOf([key, sentence]: readonly [string, string]): Form {
  const pieces = sentence.split(/(\{\w+\})/);
  const literals = pieces.filter((_, i) => i % 2 === 0);
  const source = pieces.map((piece, i) => (i % 2 === 0 ? RegExp.escape(piece) : `(?<${piece.slice(1, -1)}>.+?)`));
  return { key, literal: literals.join('').length, like: new RegExp(`^${source.join('')}$`, 's') };
}
