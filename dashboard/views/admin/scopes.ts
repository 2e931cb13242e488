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
    { scope: 'site', name: 'The whole site' },
    ...areas.map((area) => ({ scope: `area:${area}`, name: `Area ${area}` })),
    ...plant.lines.map(({ id, name }) => ({ scope: `line:${id}`, name: `Line ${name}` })),
    ...plant.machines.map(({ id, name }) => ({ scope: `machine:${id}`, name: `Machine ${name}` })),
  ];
}

export function scopeWords(scopes: 'all' | readonly string[], choices: readonly ScopeChoice[]): string {
  if (scopes === 'all') return 'The whole site';
  return scopes.map((scope) => choices.find((choice) => choice.scope === scope)?.name ?? scope).join(', ');
}
