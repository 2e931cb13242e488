import { doubtCalendars } from './doubts-calendar.ts';
import { doubtTariffs } from './doubts-tariff.ts';
import type { Placed, PlantDraft } from './draft.ts';
import type { Machine, Plant } from './model.ts';
import type { DoubtCode, Path } from './problem.ts';
import { signalsOf } from './signals.ts';
import { doubtTranslations } from './translations.ts';

export type Doubting = (code: DoubtCode, path: Path, message: string) => void;

/** Everything about a valid plant that a careful engineer would ask about before trusting its figures. */
export function doubtsOf(draft: PlantDraft, plant: Plant, doubt: Doubting): void {
  doubtSources(draft, plant, doubt);
  doubtAddresses(draft, plant, doubt);
  doubtCalendars(draft, plant, doubt);
  for (const machine of draft.machines) doubtMachine(machine, plant, doubt);
  doubtCounters(draft, doubt);
  doubtLines(draft, plant, doubt);
  for (const { path, value: meter } of draft.meters) {
    if (meter.importWh && meter.importWh.maxKw === null) {
      doubt(
        'meterWithoutMaxKw',
        [...path, 'importWh'],
        `meter "${meter.id}" has no maxKw, so a wrong reading would be believed; give what its feed can carry`,
      );
    }
  }
  doubtTariffs(draft, plant, doubt);
  doubtTranslations(draft, plant, doubt);
  if (plant.edges.size > 0) doubtEdges(draft, plant, doubt);
}

function doubtSources(draft: PlantDraft, plant: Plant, doubt: Doubting): void {
  const used = new Set(signalsOf(plant).map((s) => s.source));
  for (const { path, value: source } of draft.sources) {
    const name = `source "${source.id}"`;
    if (source.owner === null) {
      doubt('sourceWithoutOwner', path, `${name} has no owner; name who answers for it when it falls silent`);
    }
    if (!used.has(source.id))
      doubt('sourceUnused', path, `${name} is used by no signal; take it out or bind a signal to it`);
    const { securityMode, securityPolicy, url } = source.options;
    if (source.type === 'opcua' && (securityMode === undefined || securityMode === 'None')) {
      doubt(
        'securityNone',
        path,
        `${name} is read with SecurityMode None: unencrypted and unsigned; use SignAndEncrypt where the server can`,
      );
    }
    if (securityPolicy === 'Basic128Rsa15' || securityPolicy === 'Basic256') {
      doubt(
        'securityOutdated',
        [...path, 'securityPolicy'],
        `${name} uses ${securityPolicy}, which is no longer safe; use Basic256Sha256 or newer`,
      );
    }
    if (typeof url === 'string' && /^(mqtt|ws):/.test(url)) {
      doubt('securityNone', [...path, 'url'], `${name} is read without TLS; use mqtts where the broker can`);
    }
  }
}

/** Two signals at one place are nearly always a line that was copied and not changed. */
function doubtAddresses(draft: PlantDraft, plant: Plant, doubt: Doubting): void {
  const owners = new Map([...draft.machines, ...draft.meters].map(({ path, value }) => [value.id, path]));
  const seen = new Map<string, string>();
  for (const { signal, owner, source, address } of signalsOf(plant)) {
    // A profile without a measure takes the one that the signal is named after.
    const place = { ...(address.profile === undefined ? {} : { measure: signal.slice(owner.length + 1) }), ...address };
    const key = JSON.stringify([source, Object.entries(place).sort(([a], [b]) => (a < b ? -1 : 1))]);
    const other = seen.get(key);
    if (other !== undefined) {
      doubt('sameAddress', owners.get(owner) ?? [], `${signal} reads the same address as ${other}; was a line copied?`);
    }
    seen.set(key, other ?? signal);
  }
}

function doubtMachine({ path, value: machine }: Placed<Machine>, plant: Plant, doubt: Doubting): void {
  const counted = machine.total ?? machine.good ?? machine.reject ?? machine.cycles;
  if (counted && !machine.state) {
    doubt(
      'stateMissing',
      path,
      `"${machine.id}" counts but has no state, so all its time is unknown; add state, or state: { from: counts, stoppedAfterSeconds: ... }`,
    );
  }
  if (counted && !machine.idealCycleSeconds) {
    const made = machine.product?.map ? [...machine.product.map.values()] : [...plant.products.keys()];
    const without = made.filter((id) => !plant.products.get(id)?.idealCycleSeconds);
    if (without.length === made.length) {
      doubt(
        'idealCycleMissing',
        path,
        `"${machine.id}" has no idealCycleSeconds and no product that it makes has one, so it has no performance and no OEE`,
      );
    } else if (without.length > 0 && machine.product?.map) {
      doubt(
        'idealCycleMissing',
        path,
        `"${machine.id}" has no idealCycleSeconds, and neither have its products ${without.slice(0, 5).join(', ')}; their time would have no performance`,
      );
    }
  }
  if (machine.performanceCap !== null) {
    doubt(
      'performanceCap',
      [...path, 'performanceCap'],
      `"${machine.id}" caps its performance at ${machine.performanceCap * 100} %; a wrong ideal cycle then stays unseen (figures are labelled "capped")`,
    );
  }
}

function doubtCounters(draft: PlantDraft, doubt: Doubting): void {
  const unlimited = draft.machines.flatMap(({ path, value: machine }) =>
    (['total', 'good', 'reject', 'cycles'] as const).flatMap((key) => {
      const counter = machine[key];
      return counter && counter.kind === 'cumulative' && counter.maxPerSecond === null
        ? [{ path: [...path, key], signal: `${machine.id}.${key}` }]
        : [];
    }),
  );
  const first = unlimited[0];
  if (!first) return;
  const names = unlimited
    .slice(0, 6)
    .map((c) => c.signal)
    .join(', ');
  const more = unlimited.length > 6 ? ` and ${unlimited.length - 6} more` : '';
  doubt(
    'counterWithoutLimit',
    first.path,
    `without maxPerSecond any jump forward is counted as pieces: ${names}${more}`,
  );
}

function doubtLines(draft: PlantDraft, plant: Plant, doubt: Doubting): void {
  for (const { path, value: line } of draft.lines) {
    if (line.machines.length === 0) {
      doubt('lineWithoutMachines', path, `line "${line.id}" has no machines, so it has no figures`);
    }
    const constraint = line.constraint?.at(-1)?.value;
    if (constraint === undefined) continue;
    const cycles = line.machines.flatMap((id) => {
      const machine = plant.machines.get(id);
      const seconds = machine?.idealCycleSeconds?.at(-1)?.value;
      return machine && seconds !== undefined ? [{ id, seconds: seconds / machine.piecesPerCount }] : [];
    });
    const own = cycles.find((c) => c.id === constraint);
    const slowest = cycles.reduce((a, b) => (b.seconds > a.seconds ? b : a), { id: '', seconds: 0 });
    if (own && slowest.seconds > own.seconds) {
      const figures = `${Number(slowest.seconds.toPrecision(4))} s against ${Number(own.seconds.toPrecision(4))} s a piece`;
      doubt(
        'constraintNotSlowest',
        [...path, 'constraint'],
        `the constraint is "${constraint}", but "${slowest.id}" has the longer ideal cycle (${figures})`,
      );
    }
  }
}

/** Where `edges:` divides the plant: what none of them reads, and meters whose machines another edge cuts into minutes. */
function doubtEdges(draft: PlantDraft, plant: Plant, doubt: Doubting): void {
  const edgeOf = (key: 'lines' | 'meters', id: string): string | null =>
    [...plant.edges].find(([, edge]) => edge[key].includes(id))?.[0] ?? null;
  for (const { path, value: line } of draft.lines) {
    if (edgeOf('lines', line.id) === null)
      doubt('withoutEdge', path, `line "${line.id}" is on no edge, so nobody reads it`);
  }
  for (const { path, value: meter } of draft.meters) {
    if (meter.sum) continue;
    const edge = edgeOf('meters', meter.id);
    if (edge === null) doubt('withoutEdge', path, `meter "${meter.id}" is on no edge, so nobody reads it`);
    const fed = meter.feeds.flatMap((version) => version.value.map((f) => f.machine));
    const other = fed.find((id) => edge !== null && edgeOf('lines', plant.machines.get(id)?.line ?? '') !== edge);
    if (other !== undefined) {
      doubt(
        'fedFromOtherEdge',
        [...path, 'feeds'],
        `meter "${meter.id}" is on edge "${edge}", but "${other}", which it feeds, is not; its energy cannot be told by state`,
      );
    }
  }
}
