import { shallowRef, watch } from 'vue';
import type { NamesAnswer } from '#shared/contract/names.ts';
import type { Language } from '#shared/language/languages.ts';
import { get } from '../rest/get.ts';
import { useMe } from '../session/session.ts';
import { language } from './language.ts';

/*
 * Names of the plant file (reasons, products, shifts, machines) in the language of this page, where the file gives them.
 *
 * - Answers carry each name as it stands in the file; what is shown for it is looked up here, at the moment of drawing.
 * - Kept on this device: a tablet without a server shows the same names as with one.
 * - A name without a translation is shown as it stands.
 */
type Names = Readonly<Record<string, string>>;

const KEPT_AS = 'linewatt.names';
const EVERY_MS = 600_000;
const none: Names = {};
const names = shallowRef<Names>(none);

/** `name` of the plant file in the language of this page. */
export function named(name: string): string {
  return Object.hasOwn(names.value, name) ? (names.value[name] ?? name) : name;
}

/** As `named`, where there may be nothing to name. */
export function namedOr<T>(name: string | null | undefined, otherwise: T): string | T {
  return name === null || name === undefined ? otherwise : named(name);
}

/** Follows the language, whoever signs in, and the plant file: asks at each change of the first two and every ten minutes. */
export function followNames(): void {
  watch(language, (now) => {
    names.value = kept(now);
  });
  names.value = kept(language.value);
  watch([language, () => useMe().value?.who?.name, () => useMe().value?.may.read], () => void ask(), {
    immediate: true,
  });
  setInterval(() => void ask(), EVERY_MS);
}

async function ask(): Promise<void> {
  const wanted = language.value;
  try {
    const answer = await get<NamesAnswer>('names', { language: wanted });
    if (language.value !== wanted) return;
    names.value = answer.names;
    localStorage.setItem(KEPT_AS, JSON.stringify({ language: wanted, names: answer.names }));
  } catch {
    // What was kept is still the best that is known.
  }
}

function kept(wanted: Language): Names {
  try {
    const held = JSON.parse(localStorage.getItem(KEPT_AS) ?? '{}') as { language?: unknown; names?: unknown };
    return held.language === wanted && typeof held.names === 'object' ? ((held.names ?? none) as Names) : none;
  } catch {
    return none;
  }
}
