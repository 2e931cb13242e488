import type { Plant } from '#shared/plant/model.ts';
import { type PlantSignal, signalsOf } from '#shared/plant/signals.ts';
import { profileDoubt } from './modbus/profiles.ts';

/** What only the sources know to doubt about a plant file: sentences for `linewatt check`. */
export function doubtsOfSources(plant: Plant): string[] {
  const bySource = Map.groupBy(signalsOf(plant), ({ source }) => source);
  return [...bySource].flatMap(([id, signals]) => {
    const source = plant.sources.get(id);
    if (source?.type === 'modbus') return profileDoubts(signals);
    if (source?.type === 'mqtt') {
      return source.options.format === 'sparkplug'
        ? sparkplugDoubts(id, source.options, signals)
        : jsonDoubts(id, signals);
    }
    return [];
  });
}

function profileDoubts(signals: readonly PlantSignal[]): string[] {
  const doubts = signals.flatMap(({ signal, owner, address }) => {
    if (address.profile === undefined) return [];
    const doubt = profileDoubt(String(address.profile), String(address.measure ?? signal.slice(owner.length + 1)));
    return doubt === null ? [] : [{ owner, doubt }];
  });
  // Once for each meter and doubt, not for each of its registers.
  const byDoubt = Map.groupBy(doubts, ({ doubt }) => doubt);
  return [...byDoubt].map(([doubt, all]) => `${[...new Set(all.map(({ owner }) => owner))].join(', ')}: ${doubt}`);
}

function jsonDoubts(id: string, signals: readonly PlantSignal[]): string[] {
  const wrong = signals.filter(({ address }) => address.topic === undefined).map(({ signal }) => signal);
  const timeless = signals.filter(({ address }) => address.timePath === undefined).map(({ signal }) => signal);
  return [
    ...(wrong.length === 0
      ? []
      : [`${wrong.join(', ')}: group, node and metric are for sources with format: sparkplug; "${id}" reads json`]),
    ...(timeless.length === 0
      ? []
      : [
          `source "${id}": ${some(timeless)} without timePath, so messages count when they come, and none is kept at the broker while Linewatt is away`,
        ]),
  ];
}

function sparkplugDoubts(
  id: string,
  options: Readonly<Record<string, unknown>>,
  signals: readonly PlantSignal[],
): string[] {
  const wrong = signals.filter(({ address }) => address.group === undefined).map(({ signal }) => signal);
  return [
    ...(wrong.length === 0
      ? []
      : [`${wrong.join(', ')}: topic is for json; "${id}" reads sparkplug, so give group, node and metric`]),
    ...(options.rebirth === true
      ? []
      : [
          `source "${id}" may not ask for births (rebirth: true would let it): after a start or a lost message, values under aliases are unknown until their node is born again`,
        ]),
  ];
}

function some(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
}
