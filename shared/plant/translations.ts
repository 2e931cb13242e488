import { LANGUAGES, type Language } from '../language/languages.ts';
import type { Doubting } from './doubts.ts';
import type { Placed, PlantDraft } from './draft.ts';
import type { Names, Plant } from './model.ts';
import { nearest } from './suggest.ts';

/*
 * Names of a plant in other languages.
 *
 * - A name is what the file writes under `name`; every answer and fact carries it so. A translation is looked up by that text, when it
 *   is shown to somebody: figures, ids and wire names know nothing of it.
 * - `names` beside a `name` and the section `names` say the same; the section is for names that stand more than once, or bare (groups
 *   of reasons, areas, shifts, tariff bands).
 */
interface Named {
  readonly name: string;
  readonly names?: Names | undefined;
}

/** Every name that the file translates. Where it gives one twice, the section `names` has the last word. */
export function translationsOf(draft: PlantDraft): Map<string, Names> {
  const found = new Map<string, Names>();
  for (const { value } of translatable(draft)) {
    if (value.names) found.set(value.name, { ...found.get(value.name), ...value.names });
  }
  for (const { path, value } of draft.names) {
    const name = String(path.at(-1));
    found.set(name, { ...found.get(name), ...value });
  }
  return found;
}

/** A name in `language`; as it stands where the file gives no other. */
export function nameIn(plant: Pick<Plant, 'names'>, language: Language, name: string): string {
  return plant.names?.get(name)?.[language] ?? name;
}

function translatable(draft: PlantDraft): Placed<Named>[] {
  const { products, reasons, scrapReasons, lines, machines, meters } = draft;
  return [...products, ...reasons, ...scrapReasons, ...lines, ...machines, ...meters];
}

/** Every text that people see as the name of something. */
function everyName({ plant, draft }: { plant: Plant; draft: PlantDraft }): Set<string> {
  const shifts = [...plant.calendars.values()]
    .flat()
    .flatMap(({ value }) => [...value.shifts, ...value.exceptions.flatMap(({ shift }) => shift ?? [])]);
  const prices = [...plant.tariffs.values()]
    .flat()
    .flatMap(({ value: t }) => [...t.bands, ...t.fixed, ...t.levies, ...t.demand]);
  return new Set([
    plant.site.name,
    ...translatable(draft).map(({ value }) => value.name),
    ...draft.reasons.map(({ value }) => value.group),
    ...draft.lines.map(({ value }) => value.area),
    ...[...shifts, ...prices].map(({ name }) => name),
  ]);
}

/** What people pick from a list should not be half in one language. */
export function doubtTranslations(draft: PlantDraft, plant: Plant, doubt: Doubting): void {
  const all = everyName({ plant, draft });
  for (const { path } of draft.names) {
    const name = String(path.at(-1));
    if (all.has(name)) continue;
    const near = nearest(name, [...all]);
    doubt(
      'nameOfNothing',
      path,
      `nothing in this file is named "${name}"${near === null ? '' : `; did you mean "${near}"?`}`,
    );
  }
  const lists = [
    { what: 'reason', items: draft.reasons },
    { what: 'scrap reason', items: draft.scrapReasons },
  ];
  for (const { what, items } of lists) {
    for (const language of Object.keys(LANGUAGES) as Language[]) {
      const without = items.filter(({ value }) => plant.names?.get(value.name)?.[language] === undefined);
      const [first] = without;
      if (!first || without.length === items.length) continue;
      const which = without.slice(0, 5).map(({ value }) => `"${value.name}"`);
      const more = without.length > which.length ? ` and ${without.length - which.length} more` : '';
      doubt(
        'nameUntranslated',
        first.path,
        `${without.length} of ${items.length} ${what}s have no name in ${language} (${which.join(', ')}${more}); they are shown as written`,
      );
    }
  }
}
