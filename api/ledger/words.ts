import type { CallAnswer, NoteAnswer } from '#shared/contract/operator.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import type { Plant } from '#shared/plant/model.ts';
import { type Instant, toIso } from '#shared/time/instant.ts';
import { clockLabel } from '#shared/time/zone.ts';

/** Calls for help that nobody has closed, oldest first. `effective`: the entries that count. */
export function openCalls(plant: Plant, effective: readonly Entry[], machines: readonly string[]): CallAnswer[] {
  const closed = new Set(effective.flatMap((e) => (e.type === 'andonClose' ? [e.call] : [])));
  const zone = plant.site.timezone;
  return effective.flatMap((e) => {
    if (e.type !== 'andonCall' || closed.has(e.id) || !machines.includes(e.machine)) return [];
    const heard = effective.find((a) => a.type === 'andonAcknowledge' && a.call === e.id);
    return [
      {
        id: e.id,
        machine: e.machine,
        machineName: plant.machines.get(e.machine)?.name ?? e.machine,
        at: toIso(e.at),
        atLabel: clockLabel(zone, e.at),
        by: e.by,
        team: e.team ?? null,
        text: e.text ?? null,
        acknowledged:
          heard?.type === 'andonAcknowledge'
            ? { by: heard.by, at: toIso(heard.at), atLabel: clockLabel(zone, heard.at) }
            : null,
      },
    ];
  });
}

/** Notes about these machines, their line or the site, made since `from`, newest first. */
export function notesSince(
  plant: Plant,
  effective: readonly Entry[],
  scope: { readonly lines: readonly string[]; readonly machines: readonly string[] },
  from: Instant,
  to: Instant,
): NoteAnswer[] {
  return effective
    .filter((e) => e.type === 'note' && e.at >= from && e.at < to)
    .flatMap((e) => {
      if (e.type !== 'note') return [];
      const here =
        e.machine !== undefined
          ? scope.machines.includes(e.machine)
          : e.line === undefined || scope.lines.includes(e.line);
      if (!here) return [];
      return [
        {
          id: e.id,
          at: toIso(e.at),
          atLabel: clockLabel(plant.site.timezone, e.at),
          by: e.by,
          about: e.about ?? ('note' as const),
          machine: e.machine ?? null,
          machineName: e.machine === undefined ? null : (plant.machines.get(e.machine)?.name ?? e.machine),
          text: e.text,
        },
      ];
    })
    .sort((a, b) => b.at.localeCompare(a.at));
}
