import type { FiguresView, HeaderView, LineView, MachineView, ScopeView, Topic } from '#shared/contract/socket.ts';
import { findingsOf } from '#shared/oee/findings.ts';
import type { Finding } from '#shared/oee/judged.ts';
import type { Line, Plant } from '#shared/plant/model.ts';
import { type Instant, toIso } from '#shared/time/instant.ts';
import type { EffectiveEntries } from '../ledger/effective.ts';
import { openCalls } from '../ledger/words.ts';
import { scopeOf } from '../scope.ts';
import type { Views } from './hub.ts';
import { judgedFrom, type MachineNow, machineNow, runningShift } from './machine-now.ts';
import { share } from './merge-patch.ts';
import type { LiveStore } from './store.ts';
import { createTrack, type Track } from './track.ts';
import { machineFigures } from './view-figures.ts';
import { commonShift, headerView } from './view-header.ts';
import { lineView } from './view-line.ts';
import { machineView } from './view-machine.ts';

/*
 * Keeps the views of every machine and line up to date, each only when something of it changed.
 *
 * - `refreshStates` is for the moment of a state change: states, words, ribbons; figures stay as they are.
 * - `refresh` brings figures too; it is called at most twice a second.
 * - A part that did not change is the same object as before, so that patches are found by comparing identities.
 */
export interface LiveViews extends Views {
  refresh(): void;
  refreshStates(): void;
  /** The same machines, judged; for energy. */
  nows(): ReadonlyMap<string, MachineNow>;
  /** Another plant file is in force. */
  reset(): void;
}

/** What the site's energy adds to a view. */
export interface EnergyViews {
  energy(scope: string): ScopeView['energy'];
  demand(scope: string): ScopeView['demand'];
}

export interface ViewsOptions {
  readonly plant: () => Plant;
  readonly live: LiveStore;
  readonly entries: EffectiveEntries;
  readonly clock: () => Instant;
  readonly energy: EnergyViews;
  /** Findings that are not of a machine's figures: edges, sources, plant file. */
  readonly siteFindings: () => readonly Finding[];
}

/** A view asked for when nobody watched for a while is brought up to date first. */
const STALE_MS = 1000;
/** Findings of a machine are looked for this often, those of all machines not in the same turn. */
const FINDINGS_MS = 15_000;
const FINDINGS_TURNS = 20;

export function createViews(options: ViewsOptions): LiveViews {
  const { live, entries, clock, energy, siteFindings } = options;
  const tracks = new Map<string, Track>();
  const nows = new Map<string, MachineNow>();
  const machines = new Map<string, MachineView>();
  const lines = new Map<string, LineView>();
  const machineFindings = new Map<string, { at: Instant; found: readonly Finding[] }>();
  const dirty = new Set<string>();
  const dirtyStates = new Set<string>();
  const shiftKeys = new Map<string, string>();
  const stripped = new WeakMap<object, Map<string, object>>();
  let plant = options.plant();
  let header = new Map<string, HeaderView>();
  let refreshedAt: Instant = Number.NEGATIVE_INFINITY;
  let entriesSeen = entries.all();

  live.on((change) => {
    if (change.kind === 'state') dirtyStates.add(change.machine);
    if ('machine' in change) dirty.add(change.machine);
  });

  const judgeMachine = (id: string, line: Line, now: Instant): void => {
    const machine = plant.machines.get(id);
    if (!machine) return;
    const shift = runningShift(plant, line, now);
    let track = tracks.get(id);
    if (!track) {
      track = createTrack(id);
      tracks.set(id, track);
    }
    const { facts, powerW } = live.machine(id);
    const spans = track.judged({
      plant,
      facts,
      entries: entries.ofMachine(id),
      counterEvents: live.counterEvents.of(id),
      from: judgedFrom(shift, now),
    });
    nows.set(id, machineNow(plant, machine, line, shift, spans, powerW));
  };

  const nowsOf = (line: Line): MachineNow[] =>
    line.machines.flatMap((id) => {
      const now = nows.get(id);
      return now ? [now] : [];
    });

  const setMachine = (now: MachineNow, line: readonly MachineNow[], figures: FiguresView | null): void => {
    const id = now.machine.id;
    const call = openCalls(plant, entries.ofMachine(id), [id])[0];
    const view = machineView(plant, now, line, figures);
    const help = call && { team: call.team, atLabel: call.atLabel, coming: call.acknowledged?.by ?? null };
    machines.set(id, share(machines.get(id), help ? { ...view, call: help } : view));
  };

  const figuresOfMachine = ({ machine, shift, shiftSpans, spans }: MachineNow): FiguresView | null =>
    shift && shiftSpans.length > 0 ? machineFigures(plant, machine, shift, shiftSpans, spans) : null;

  const refresh = (): void => {
    const now = clock();
    if (entries.all() !== entriesSeen) {
      entriesSeen = entries.all();
      for (const id of plant.machines.keys()) dirty.add(id);
    }
    let findingsLeft = Math.ceil(plant.machines.size / FINDINGS_TURNS);
    for (const line of plant.lines.values()) {
      const shift = runningShift(plant, line, now);
      const key = `${shift?.id} ${judgedFrom(shift, now)}`;
      const turned = shiftKeys.get(line.id) !== key;
      shiftKeys.set(line.id, key);
      const changed = line.machines.filter((id) => turned || dirty.has(id) || !nows.has(id));
      if (changed.length === 0) continue;
      for (const id of changed) judgeMachine(id, line, now);
      const here = nowsOf(line);
      for (const one of here) {
        const id = one.machine.id;
        const figures = changed.includes(id) ? figuresOfMachine(one) : (machines.get(id)?.figures ?? null);
        setMachine(one, here, figures);
        const held = machineFindings.get(id);
        if (findingsLeft > 0 && (!held || now - held.at > FINDINGS_MS)) {
          findingsLeft -= 1;
          const found = findingsOf({
            plant,
            machine: id,
            spans: one.shiftSpans,
            entries: entries.ofMachine(id),
            counterEvents: live.counterEvents.of(id),
          });
          machineFindings.set(id, { at: now, found });
        }
      }
      lines.set(line.id, share(lines.get(line.id), lineView(plant, line, here, now)));
    }
    dirty.clear();
    dirtyStates.clear();
    refreshedAt = now;
  };

  const refreshStates = (): void => {
    const now = clock();
    const touched = new Set<Line>();
    for (const id of dirtyStates) {
      const line = plant.lines.get(plant.machines.get(id)?.line ?? '');
      if (!line) continue;
      judgeMachine(id, line, now);
      touched.add(line);
    }
    dirtyStates.clear();
    for (const line of touched) {
      const here = nowsOf(line);
      for (const one of here) setMachine(one, here, machines.get(one.machine.id)?.figures ?? null);
    }
  };

  const findingsFor = (scopeMachines: readonly string[]): ScopeView['findings'] => {
    const all = [...siteFindings(), ...scopeMachines.flatMap((id) => machineFindings.get(id)?.found ?? [])];
    return Object.fromEntries(
      all.map((f) => [f.id, { code: f.code, message: f.message, at: f.t === null ? null : toIso(f.t) }]),
    );
  };

  /** The part of a view that the topics ask for; the same object for the same view. */
  const strip = <V extends object>(view: V, topics: readonly Topic[], part: (view: V) => Partial<V>): V => {
    const key = topics.filter((t) => t === 'oee' || t === 'states').join();
    if (key === 'oee,states') return view;
    const held = stripped.get(view) ?? new Map<string, object>();
    stripped.set(view, held);
    let out = held.get(key) as V | undefined;
    if (!out) {
      out = { ...view, ...part(view) };
      held.set(key, out);
    }
    return out;
  };

  return {
    refresh,
    refreshStates,
    nows: () => nows,
    reset() {
      plant = options.plant();
      for (const map of [tracks, nows, machines, lines, machineFindings, shiftKeys, header]) map.clear();
      refresh();
    },
    view(text, topics) {
      const scope = scopeOf(plant, text);
      if (!scope || scope.kind === 'meter') return null;
      const now = clock();
      if (now - refreshedAt > STALE_MS) refresh();
      const has = (topic: Topic): boolean => topics.includes(topic);
      const shift = commonShift(plant, scope.lines, now);
      const head = share(header.get(text), headerView(plant, shift, now, live.edges()));
      header = header.set(text, head);
      const oee = has('oee');
      const states = has('states');
      const noRibbon = states ? {} : { ribbon: {} };
      return {
        header: head,
        lines: pick(scope.lines, lines, (view) =>
          strip(view, topics, () => (oee ? {} : { figures: null, curve: {}, targetCurve: [], losses: [] })),
        ),
        machines: pick(scope.machines, machines, (view) =>
          strip(view, topics, () => ({ ...noRibbon, ...(oee ? {} : { figures: null }) })),
        ),
        ...(has('energy') && { energy: energy.energy(text) ?? null }),
        ...(has('demand') && { demand: energy.demand(text) ?? null }),
        findings: findingsFor(scope.machines),
      };
    },
    dataAt(text) {
      const scope = scopeOf(plant, text);
      let newest: Instant | null = null;
      for (const id of scope?.machines ?? []) {
        const t = live.machine(id).t ?? nows.get(id)?.last?.end ?? null;
        if (t !== null && (newest === null || t > newest)) newest = t;
      }
      if (scope?.kind === 'site') {
        for (const id of plant.meters.keys()) {
          const t = live.meter(id).t;
          if (t !== null && (newest === null || t > newest)) newest = t;
        }
      }
      return newest;
    },
  };
}

function pick<V>(ids: readonly string[], from: ReadonlyMap<string, V>, part: (view: V) => V): Record<string, V> {
  const out: Record<string, V> = {};
  for (const id of ids) {
    const view = from.get(id);
    if (view) out[id] = part(view);
  }
  return out;
}
