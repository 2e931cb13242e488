import type { Plant } from './model.ts';

/*
 * Names of the unified namespace (INTERFACES section 4):
 *   linewatt/v1/[<enterprise>/]<site>/<area>/<line>/<machine>/<what>
 *   linewatt/v1/[<enterprise>/]<site>/meters/<meter>/<what>
 *   linewatt/v1/[<enterprise>/]<site>/edge/<edge>/<what>
 *   linewatt/v1/[<enterprise>/]<site>/ledger
 * Areas are free text; what MQTT would read as structure (/ + #) is percent-encoded in a level.
 */

export type MachineTopic = 'birth' | 'state' | 'live' | 'minute' | 'interval';
export type MeterTopic = 'live' | 'minute';
export type EdgeTopic = 'birth' | 'health';

/** What topics need of a plant. */
export type TopicPlant = Pick<Plant, 'enterprise' | 'site' | 'lines' | 'machines'>;

function level(text: string): string {
  return text.replace(/[%/+#\0]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

function textOf(levelText: string): string {
  return levelText.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** `linewatt/v1/<site>`, without a slash at its end. */
export function siteTopic(plant: TopicPlant): string {
  const site = level(plant.site.id);
  return plant.enterprise === null ? `linewatt/v1/${site}` : `linewatt/v1/${level(plant.enterprise)}/${site}`;
}

/** Throws RangeError for a machine that the plant has not. */
export function machineTopic(plant: TopicPlant, machine: string, what: MachineTopic): string {
  const line = plant.lines.get(plant.machines.get(machine)?.line ?? '');
  if (!line) throw new RangeError(`the plant has no machine "${machine}"`);
  return `${siteTopic(plant)}/${level(line.area)}/${level(line.id)}/${level(machine)}/${what}`;
}

export function meterTopic(plant: TopicPlant, meter: string, what: MeterTopic): string {
  return `${siteTopic(plant)}/meters/${level(meter)}/${what}`;
}

export function edgeTopic(plant: TopicPlant, edge: string, what: EdgeTopic): string {
  return `${siteTopic(plant)}/edge/${level(edge)}/${what}`;
}

export function ledgerTopic(plant: TopicPlant): string {
  return `${siteTopic(plant)}/ledger`;
}

/** The filter that subscribes to everything of a site. */
export function siteFilter(plant: TopicPlant): string {
  return `${siteTopic(plant)}/#`;
}

export type SiteTopic =
  | {
      readonly kind: 'machine';
      readonly area: string;
      readonly line: string;
      readonly id: string;
      readonly what: string;
    }
  | { readonly kind: 'meter' | 'edge'; readonly id: string; readonly what: string }
  | { readonly kind: 'ledger' };

/** What a topic of this site is about; null for any other topic. */
export function readTopic(plant: TopicPlant, topic: string): SiteTopic | null {
  const site = `${siteTopic(plant)}/`;
  if (!topic.startsWith(site)) return null;
  const levels = topic.slice(site.length).split('/').map(textOf);
  const [first = '', second = '', third = '', fourth = ''] = levels;
  if (levels.length === 4) return { kind: 'machine', area: first, line: second, id: third, what: fourth };
  if (levels.length === 3 && first === 'meters') return { kind: 'meter', id: second, what: third };
  if (levels.length === 3 && first === 'edge') return { kind: 'edge', id: second, what: third };
  return levels.length === 1 && first === 'ledger' ? { kind: 'ledger' } : null;
}
