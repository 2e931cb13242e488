import type { Language } from '#shared/language/languages.ts';
import type { Plant } from '#shared/plant/model.ts';
import { nameIn } from '#shared/plant/translations.ts';
import type { ReportHead } from '#shared/report/model.ts';
import type { ShownFor } from '#shared/report/show.ts';
import { listed, phraseOf, type ReportPhrase, type Say, sayIn } from '#shared/report/words/words.ts';

/* Ids of a breakdown in the words that screens use, in the language of a report. */

export function wordFor(plant: Plant, split: string, id: string | null, language: Language): string {
  if (id === null) return '';
  const say = sayIn(language);
  switch (split) {
    case 'state':
    case 'category': {
      const phrase = phraseOf(split, id);
      return phrase === null ? id : say(phrase);
    }
    case 'machine':
      return id === '' ? say('noMachineMeter') : nameIn(plant, language, plant.machines.get(id)?.name ?? id);
    case 'band':
      return id === '' ? say('noTariff') : nameIn(plant, language, id);
    case 'product':
      return id === '' ? say('noProduct') : nameIn(plant, language, plant.products.get(id)?.name ?? id);
    case 'order':
      return id === '' ? say('noOrder') : id;
    default:
      return id;
  }
}

const TITLES = {
  energy: ['energyBy', 'energyInTotal'],
  oee: ['oeeBy', 'oeeInTotal'],
  oeeAndEnergy: ['oeeAndEnergyBy', 'oeeAndEnergyInTotal'],
} as const satisfies Readonly<Record<string, readonly [by: ReportPhrase, total: ReportPhrase]>>;

/** "Energy by shift and tariff band" */
export function breakdownTitle(of: keyof typeof TITLES, by: readonly string[], language: Language): string {
  const say = sayIn(language);
  const [titleBy, inTotal] = TITLES[of];
  const names = by.filter((b) => b !== 'total').map((b) => say(phraseOf('by', b) ?? 'by.day'));
  return names.length === 0 ? say(inTotal) : say(titleBy, { parts: listed(names, language) });
}

/** "grid from 2026-04-01", as a basis names the version of a tariff, in the language of the report. */
export function tariffWords(version: string, say: Say): string {
  const [, id, date] = /^(.*) from (\d{4}-\d{2}-\d{2})$/s.exec(version) ?? [];
  return id === undefined || date === undefined ? version : say('tariffFrom', { id, date });
}

const LINES: Readonly<Record<string, ReportPhrase>> = {
  tax: 'billLine.tax',
  capacity: 'billLine.capacity',
  'capacity excess': 'billLine.capacityExcess',
  reactive: 'billLine.reactive',
  'energy without a price': 'billLine.unpriced',
};
const UNITS: Readonly<Record<string, ReportPhrase>> = {
  day: 'unit.day',
  'kVA day': 'unit.kvaDay',
  month: 'unit.month',
};

/** A line of a bill: what the tariff calls it, or what the calculation does where the tariff has no name for it. */
export function billLineWords(plant: Plant, name: string, language: Language): string {
  const phrase = LINES[name];
  return phrase === undefined ? nameIn(plant, language, name) : sayIn(language)(phrase);
}

/** "kWh", "kVA day" */
export function unitWords(unit: string, language: Language): string {
  const phrase = UNITS[unit];
  return phrase === undefined ? unit : sayIn(language)(phrase);
}

/** Whose numbers and dates a report shows. */
export function shownFor({ site, language }: Pick<ReportHead, 'site' | 'language'>): ShownFor {
  return { timezone: site.timezone, locale: site.locale, language };
}

/** The part of the plant that a report is of; `language` null: as the plant file has it. */
export function scopeName(plant: Plant, kind: string, id: string, language: Language | null = null): string {
  const name = nameOfScope(plant, kind, id);
  return language === null ? name : nameIn(plant, language, name);
}

function nameOfScope(plant: Plant, kind: string, id: string): string {
  switch (kind) {
    case 'line':
      return plant.lines.get(id)?.name ?? id;
    case 'machine':
      return plant.machines.get(id)?.name ?? id;
    case 'meter':
      return plant.meters.get(id)?.name ?? id;
    case 'area':
      return id;
    default:
      return plant.site.name;
  }
}
