import { t } from '../../language/language.ts';
import { named } from '../../language/names.ts';
import type { PlantAnswer } from './plant.ts';

export interface ScopeChoice {
  readonly scope: string;
  readonly name: string;
}

/** What an account or a screen may be given: the site, its areas, its lines, its machines. */
export function scopeChoices(plant: PlantAnswer | null): ScopeChoice[] {
  if (!plant) return [];
  const areas = [...new Set(plant.lines.map(({ area }) => area))].filter((area) => area !== '');
  return [
    { scope: 'site', name: t('admin.scope.site') },
    ...areas.map((area) => ({ scope: `area:${area}`, name: t('admin.scope.area', { name: named(area) }) })),
    ...plant.lines.map(({ id, name }) => ({ scope: `line:${id}`, name: t('admin.scope.line', { name: named(name) }) })),
    ...plant.machines.map(({ id, name }) => ({
      scope: `machine:${id}`,
      name: t('admin.scope.machine', { name: named(name) }),
    })),
  ];
}

export function scopeWords(scopes: 'all' | readonly string[], choices: readonly ScopeChoice[]): string {
  if (scopes === 'all') return t('admin.scope.site');
  return scopes.map((scope) => choices.find((choice) => choice.scope === scope)?.name ?? scope).join(', ');
}
