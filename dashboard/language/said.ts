import { englishOf, language, t } from './language.ts';
import { named } from './names.ts';

/*
 * Sentences that the server says in English, in the language of this page.
 *
 * - messages/en/said.json holds the server's own sentences, with placeholders where it puts its values; the other languages say
 *   the same with the same values. A value that the plant file names in this language is shown by that name; one called `cause` is a
 *   sentence itself.
 * - A sentence that is not among them is shown as the server says it, and so is every sentence on an English page.
 */
interface Form {
  readonly key: string;
  readonly literal: number;
  readonly like: RegExp;
  /** Holds another sentence. */
  readonly isAround: boolean;
}

let forms: readonly Form[] | null = null;

export function said(sentence: string): string {
  return language.value === 'en' ? sentence : (inOwnWords(sentence) ?? sentence);
}

/** Null where it, or a sentence in it, is not known: half in one language and half in another is worse than English. */
function inOwnWords(sentence: string): string | null {
  forms ??= [...englishOf('said')].map(formOf).sort(byTurn);
  for (const { key, like } of forms) {
    const found = like.exec(sentence);
    if (!found) continue;
    const shown = Object.entries(found.groups ?? {}).map(
      ([name, value]) => [name, name === 'cause' ? inOwnWords(value) : named(value)] as const,
    );
    if (shown.some(([, words]) => words === null)) continue;
    return t(`said.${key}`, Object.fromEntries(shown.map(([name, words]) => [name, words ?? ''])));
  }
  return null;
}

/**
 * A sentence around another is tried first, or its end would be taken for a value of the inner one; then the most literal: one with
 * fewer words of its own would also fit what has more.
 */
function byTurn(a: Form, b: Form): number {
  return Number(b.isAround) - Number(a.isAround) || b.literal - a.literal;
}

function formOf([key, sentence]: readonly [string, string]): Form {
  const pieces = sentence.split(/(\{\w+\})/);
  const literals = pieces.filter((_, i) => i % 2 === 0);
  const source = pieces.map((piece, i) => (i % 2 === 0 ? RegExp.escape(piece) : `(?<${piece.slice(1, -1)}>.+?)`));
  return {
    key,
    literal: literals.join('').length,
    like: new RegExp(`^${source.join('')}$`, 's'),
    isAround: pieces.includes('{cause}'),
  };
}
