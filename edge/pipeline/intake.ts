import { bindReading, type ReportFinding } from '#edge/core/bind.ts';
import type { Clock } from '#edge/core/clock.ts';
import { createContactGuard } from '#edge/core/contact.ts';
import type { Counters } from '#edge/core/counters.ts';
import type { Findings } from '#edge/core/findings.ts';
import type { Item, Reading, SourceType } from '#edge/core/source.ts';
import { type Supervised, superviseSource } from '#edge/core/supervisor.ts';
import type { SourceHealth } from '#shared/contract/mqtt.ts';
import type { Plant, SourceConfig } from '#shared/plant/model.ts';
import { type PlantSignal, signalsOf } from '#shared/plant/signals.ts';
import { clockOffsetSignal, type Sample } from '#shared/signal/sample.ts';
import { type Instant, SECOND } from '#shared/time/instant.ts';
import { createSourceClock, type Placed, type SourceClock } from './source-clock.ts';
import { stateSignals } from './state-signals.ts';

/*
 * Sources -> samples. One supervised connection per source of the plant file; readings are bound, guarded and handed on.
 *
 * - A power reading or a condition that a subscription does not send has not changed: it is repeated every 10 s while the
 *   source is heard, so that a constant is known to be constant. Registers are never repeated: energy lies between real readings.
 * - Losses become samples that say unknown, at the last contact.
 * - Times of a source whose clock is wrong by minutes are shifted before anything else looks at them (source-clock.ts).
 */

const REPEAT_MS = 10 * SECOND;
/** What a wall shows the moment it changes; it changes seldom, so looking for it often costs nearly nothing. */
const PROMPT: ReadonlySet<PlantSignal['kind']> = new Set(['state', 'reason']);

export interface IntakeDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly loadType: (type: string) => Promise<SourceType | null>;
  readonly counters: Counters;
  readonly findings: Findings;
  /** Last contact per source before this process began. */
  readonly contactsBefore: ReadonlyMap<string, Instant>;
  /** How far a source's clock was from ours when that was last journalled, milliseconds; 0 where it was not. */
  readonly clockOffset?: (source: string) => number;
  readonly log: (line: string) => void;
  /** `released`: numbers of readings that were held, and are now among the samples. */
  push(samples: readonly Sample[], released?: readonly number[]): void;
  /** Where readings wait whose time is in doubt. Throws what the disk says. */
  readonly held: {
    keep(source: string, readings: readonly Reading[]): readonly number[];
    before(source: string): readonly { readonly id: number; readonly reading: Reading }[];
  };
  /** Resolves when what was pushed so far is in the journal. */
  kept(): Promise<void>;
}

export interface Intake {
  /** Follows the plant file: sources whose addresses are the same stay connected, the others begin anew. */
  follow(plant: Plant, owns: (owner: string) => boolean): Promise<void>;
  health(): SourceHealth[];
  /** When each source was last heard; one that was not heard since the start keeps what it had before. */
  contacts(): Map<string, Instant>;
  /** Last contact of those that are connected now. */
  connectedContacts(): Instant[];
  /** A machine's or meter's source is connected; null where the signal has none. */
  isConnected(signal: string): boolean | null;
  lastContact(signal: string): Instant | null;
  stop(): Promise<void>;
}

interface Feed {
  readonly config: SourceConfig;
  /** Changes when it must be connected anew. */
  readonly identity: string;
  readonly signals: readonly PlantSignal[];
  readonly supervised: Supervised;
  readonly sourceClock: SourceClock;
}

/** `owns` tells the machines and meters of this edge from those of others. */
export function startIntake(deps: IntakeDeps, plant: Plant, owns: (owner: string) => boolean): Intake {
  const { clock, counters, findings, push } = deps;
  const beganAt = clock.now();
  let bySignal: ReadonlyMap<string, PlantSignal> = new Map();
  let telling: ReadonlySet<string> = new Set();
  const repeatable = new Map<string, Sample>();
  /** What was repeated before a loss, in case it turns out to be bridged. */
  const parked = new Map<string, Sample>();
  const feeds = new Map<string, Feed>();
  /** Sources that were connected in this life. */
  const begun = new Set<string>();
  learn(plant, owns);
  const guard = createContactGuard((signal) => telling.has(signal), beganAt);
  for (const [source, contact] of deps.contactsBefore) {
    const signals = [...bySignal.values()].filter((signal) => signal.source === source);
    push(
      guard.lose(
        signals.map(({ signal }) => signal),
        contact + 1,
        beganAt,
      ),
    );
  }
  for (const config of plant.sources.values()) start(config);

  function learn(nextPlant: Plant, nextOwns: (owner: string) => boolean): void {
    const signals = signalsOf(nextPlant).filter((signal) => nextOwns(signal.owner));
    bySignal = new Map(signals.map((signal) => [signal.signal, signal]));
    telling = stateSignals(nextPlant);
  }

  function start(config: SourceConfig): void {
    const own = [...bySignal.values()].filter((signal) => signal.source === config.id);
    if (own.length === 0) return;
    feeds.set(config.id, {
      config,
      signals: own,
      identity: identityOf(config, own),
      ...supervise(config, own),
    });
  }

  async function follow(nextPlant: Plant, nextOwns: (owner: string) => boolean): Promise<void> {
    learn(nextPlant, nextOwns);
    for (const [id, feed] of [...feeds]) {
      const config = nextPlant.sources.get(id);
      const own = [...bySignal.values()].filter((signal) => signal.source === id);
      if (config && identityOf(config, own) === feed.identity) continue;
      feeds.delete(id);
      await feed.supervised.stop();
      feed.sourceClock.close();
      const lost = feed.signals.map(({ signal }) => signal);
      push(guard.lose(lost, feed.supervised.lastContactAt ?? beganAt, clock.now()));
    }
    for (const config of nextPlant.sources.values()) if (!feeds.has(config.id)) start(config);
  }

  function supervise(config: SourceConfig, own: readonly PlantSignal[]): Pick<Feed, 'supervised' | 'sourceClock'> {
    const sourceClock = createSourceClock({
      clock,
      offsetMs: deps.clockOffset?.(config.id) ?? 0,
      changed(offsetMs) {
        const t = clock.now();
        counters.count('source_clock_offsets');
        push([{ signal: clockOffsetSignal(config.id), t, value: offsetMs, quality: 'good', received: t }]);
      },
      keep(readings) {
        try {
          return deps.held.keep(config.id, readings);
        } catch {
          // The disk is full: they wait in memory, as all samples do then.
          counters.count('journal_refused');
          return readings.map(() => null);
        }
      },
      // Connected anew it has released what it held, though perhaps not yet on the disk.
      keptBefore: begun.has(config.id) ? [] : deps.held.before(config.id),
      release: (placed) => take(placed),
    });
    begun.add(config.id);
    /** Signals of which something came since the last loss: what comes next has changed just then. */
    const heard = new Set<string>();
    const items = own.map(({ signal, address, kind }): Item => ({ signal, address, prompt: PROMPT.has(kind) }));
    const constants = own.filter(({ kind }) => kind === 'power' || kind === 'condition').map(({ signal }) => signal);
    /** Each is counted too: a finding shows the newest, the counter how often. */
    const report: ReportFinding = (code, signal, message, t) => {
      counters.count(`source_${code}`);
      findings.add(code, signal, message, t);
    };
    const events = {
      readings(batch: readonly Reading[]): void {
        const known = batch.filter(({ signal }) => bySignal.has(signal));
        const timed = known.map((reading) => ({ reading, live: !reading.recorded && heard.has(reading.signal) }));
        for (const { signal } of known) heard.add(signal);
        take(sourceClock.place(timed));
        tellSkew();
      },
      alive(t: Instant): void {
        const at = sourceClock.atSource(t);
        const samples: Sample[] = [];
        for (const signal of constants) {
          const last = repeatable.get(signal);
          if (!last || last.quality === 'bad' || at - last.t < REPEAT_MS) continue;
          const again: Sample = { ...last, t: at, received: t };
          repeatable.set(signal, again);
          samples.push(again);
        }
        if (samples.length > 0) push(samples);
      },
      lost(lastContact: Instant, why: string, lost?: readonly string[]): void {
        const affected = lost ?? own.map(({ signal }) => signal);
        for (const signal of affected) {
          heard.delete(signal);
          const last = repeatable.get(signal);
          if (last) parked.set(signal, last);
          repeatable.delete(signal);
        }
        counters.count('source_losses');
        deps.log(`${config.id}: contact lost (${why})`);
        push(guard.lose(affected, lastContact, clock.now()));
      },
      bridged(signals: readonly string[]): void {
        for (const signal of signals) {
          const last = parked.get(signal);
          if (last && !repeatable.has(signal)) repeatable.set(signal, last);
        }
        counters.count('source_losses_bridged');
        push(guard.bridge(signals, clock.now()));
      },
      finding: (code: string, message: string, signal?: string) =>
        report(code, signal ?? config.id, message, clock.now()),
      count: (name: string, by?: number) => counters.count(name, by),
      kept: deps.kept,
      clear: (code: string, signal?: string) => findings.clear(code, signal ?? config.id),
      status: ({ state, message }: { state: string; message: string | null }) =>
        deps.log(`${config.id}: ${state}${message === null ? '' : ` (${message})`}`),
    };
    function take(placed: readonly Placed[]): void {
      const samples: Sample[] = [];
      const released: number[] = [];
      for (const { reading, sourceTime, kept } of placed) {
        if (kept !== null) released.push(kept);
        const meaning = bySignal.get(reading.signal);
        if (!meaning) continue;
        const read = withSourceTime(bindReading(meaning, reading, report), reading, sourceTime);
        const sample = reading.recorded ? guard.admitRecorded(read) : guard.admit(read);
        if (constants.includes(sample.signal) && sample.t >= (repeatable.get(sample.signal)?.t ?? sample.t)) {
          repeatable.set(sample.signal, sample);
        }
        samples.push(sample);
      }
      push(samples, released);
    }
    function tellSkew(): void {
      const trouble = sourceClock.trouble(config.id);
      if (trouble === null) findings.clear('clockSkew', config.id);
      else findings.add('clockSkew', config.id, trouble, clock.now());
    }
    const task = { id: config.id, type: config.type, options: config.options, items };
    return { supervised: superviseSource(task, deps.loadType, events, clock, deps.random), sourceClock };
  }

  const feedOf = (signal: string): Feed | null => feeds.get(bySignal.get(signal)?.source ?? '') ?? null;
  const isUp = ({ supervised }: Feed) => ['connected', 'degraded'].includes(supervised.status().state);
  return {
    follow,
    health: () => [...feeds.values()].map(healthOf),
    contacts() {
      const contacts = new Map(deps.contactsBefore);
      for (const [id, { supervised }] of feeds) {
        if (supervised.lastContactAt !== null) contacts.set(id, supervised.lastContactAt);
      }
      return contacts;
    },
    connectedContacts: () =>
      [...feeds.values()].filter(isUp).flatMap(({ supervised }) => supervised.lastContactAt ?? []),
    isConnected(signal) {
      const feed = feedOf(signal);
      return feed && isUp(feed);
    },
    lastContact: (signal) => feedOf(signal)?.supervised.lastContactAt ?? null,
    async stop() {
      await Promise.all([...feeds.values()].map(({ supervised }) => supervised.stop()));
      for (const { sourceClock } of feeds.values()) sourceClock.close();
    },
  };
}

/** The journal keeps both times. */
function withSourceTime(sample: Sample, { value, quality }: Reading, t: Instant | null): Sample {
  return t === null ? sample : { ...sample, raw: { value, quality, ...sample.raw, t } };
}

function identityOf({ type, options }: SourceConfig, signals: readonly PlantSignal[]): string {
  return JSON.stringify([type, options, signals.map(({ signal, address }) => [signal, address])]);
}

function healthOf({ config, signals, supervised }: Feed): SourceHealth {
  const { state, message, since } = supervised.status();
  return {
    id: config.id,
    type: config.type,
    endpoint: endpointOf(config.options),
    state,
    message,
    since,
    lastReadingAt: supervised.lastReadingAt,
    signals: signals.length,
    readings: supervised.readings,
    ...(supervised.details === null ? {} : { details: supervised.details }),
  };
}

/** Where it is, for people; never a password. */
function endpointOf({ endpoint, url, host, port }: Readonly<Record<string, unknown>>): string {
  if (typeof endpoint === 'string') return endpoint;
  if (typeof url === 'string') return url.replace(/\/\/[^@/]*@/, '//');
  return `${host ?? ''}:${port ?? 502}`;
}
