import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reading } from '#edge/core/source.ts';
import type { Plant } from '#shared/plant/model.ts';
import { openSqliteReader } from '#shared/store/sqlite/reader.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { DAY, type Instant, MINUTE, SECOND } from '#shared/time/instant.ts';
import { pick, type Random, randomOf } from '../scenarios/faults.ts';
import { randomDay } from '../scenarios/random-day.ts';
import { moodySink, type SinkMood } from './collecting-sink.ts';
import { factTable, oracleTable, tableDifferences } from './compare-facts.ts';
import { createDevice, type Device } from './device.ts';
import { type CutMode, type FaultyDisk, faultyDisk, PowerCut } from './disk.ts';
import { type Attempt, type EdgeLife, startLife } from './edge-life.ts';
import { checkKept, checkReleased } from './kept.ts';
import { overTwoSources } from './plant.ts';
import { computerClock, createVirtualTime, type VirtualTime } from './virtual-clock.ts';

/*
 * The whole edge in a world that goes wrong as the seed says: sources, pipeline, aggregator, journal, outbox and pumps are
 * the production ones, journal and historian are real SQLite files; network, peers, clock and power are simulated.
 *
 * - While the faults last anything may happen. Then everything heals, and time goes on until nothing is on its way.
 * - Then what the historian holds must be what brute force makes of every sample that the journal ever acknowledged.
 */
export interface Outcome {
  readonly problems: readonly string[];
  /** What happened, for people who replay a seed, and to see that faults were met. */
  readonly events: Readonly<Record<string, number>>;
  readonly story: readonly string[];
}

const MEMORY_DISK = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
/** Longer than readings of a doubtful clock are held back (edge/pipeline/source-clock.ts). */
const HEALING_MS = 150 * SECOND;

export async function simulateEdge(seed: number): Promise<Outcome> {
  const folder = mkdtempSync(join(MEMORY_DISK, 'linewatt-world-'));
  try {
    return await new World(seed, folder).run();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class World {
  readonly #random: Random;
  readonly #folder: string;
  readonly #plant: Plant;
  readonly #time: VirtualTime;
  readonly #begin: Instant;
  readonly #faultsEnd: Instant;
  readonly #devices: ReadonlyMap<string, Device>;
  readonly #hotSeconds: number;
  readonly #attempts: Attempt[] = [];
  readonly #held: Reading[] = [];
  readonly #problems: string[] = [];
  readonly #events: Record<string, number> = {};
  readonly #story: string[] = [];
  readonly #historian;
  readonly #sinks;
  #clockOffset = 0;
  #contacts: ReadonlyMap<string, Instant> = new Map();
  #lives = 0;
  #disk: FaultyDisk | null = null;
  #life: EdgeLife | null = null;
  #cap = Number.POSITIVE_INFINITY;

  constructor(seed: number, folder: string) {
    const day = randomDay(seed);
    this.#random = randomOf(seed ^ 0xed6e);
    this.#folder = folder;
    this.#plant = overTwoSources(day.plant);
    this.#begin = Math.floor((day.samples[0]?.t ?? 0) / MINUTE) * MINUTE;
    this.#faultsEnd = this.#begin + (3 + Math.floor(this.#random() * 5)) * MINUTE;
    this.#time = createVirtualTime(this.#begin);
    this.#hotSeconds = pick(this.#random, [60, 120, 300, 1200]);
    const changes = day.samples.filter(({ t }) => t < this.#faultsEnd);
    this.#devices = new Map(
      [...this.#plant.sources.keys()].map((id) => {
        const own = changes.filter(({ signal }) => sourceOf(this.#plant, signal) === id);
        return [id, this.#device(own)];
      }),
    );
    this.#historian = openSqliteWriter(join(folder, 'historian.sqlite'));
    this.#sinks = {
      historian: moodySink('historian', (batch) => this.#historian.write(batch), this.#time, this.#random),
      live: moodySink('live', async () => {}, this.#time, this.#random),
    };
  }

  #device(changes: Parameters<typeof createDevice>[0]['changes']): Device {
    return createDevice({
      time: this.#time,
      random: this.#random,
      changes,
      queueLength: pick(this.#random, [5, 50, 1000]),
      isBroker: this.#random() < 0.4,
      until: this.#faultsEnd + HEALING_MS,
    });
  }

  async run(): Promise<Outcome> {
    this.#startEdge();
    this.#every(SECOND, this.#faultsEnd + 15 * MINUTE, () => this.#second());
    for (let n = Math.floor(this.#random() * 9); n > 0; n -= 1) this.#planFault();
    await this.#time.runTo(this.#faultsEnd);
    this.#heal();
    await this.#time.runTo(this.#faultsEnd + HEALING_MS);
    const to = this.#lastMinute();
    this.#cap = to + SECOND;
    await this.#time.runTo(Math.max(to, this.#time.now) + MINUTE);
    await this.#check(to);
    this.#disk?.close();
    return { problems: this.#problems, events: this.#events, story: this.#story };
  }

  #every(ms: number, until: Instant, call: () => void): void {
    for (let t = this.#time.now + ms; t <= until; t += ms) this.#time.at(t, call);
  }

  #count(event: string): void {
    this.#events[event] = (this.#events[event] ?? 0) + 1;
  }

  #tell(event: string, detail = ''): void {
    this.#count(event);
    const seconds = (this.#time.now - this.#begin) / SECOND;
    this.#story.push(`${seconds} s: ${event}${detail === '' ? '' : ` (${detail})`}`);
  }

  #second(): void {
    const { isDead } = this.#disk ?? { isDead: true };
    if (this.#life && !isDead) {
      this.#life.tick(this.#cap);
      if (!this.#disk?.isDead) this.#contacts = this.#life.intake.contacts();
    }
    if (this.#life && this.#disk?.isDead) this.#bury(this.#life);
  }

  #bury(life: EdgeLife): void {
    this.#problems.push(...life.problems);
    this.#life = null;
    this.#tell('power cut', this.#disk?.died ?? '');
    this.#count(`power cut: ${this.#disk?.died}`);
    this.#time.at(this.#time.now + (1 + Math.floor(this.#random() * 20)) * SECOND, () => this.#startEdge());
  }

  #startEdge(): void {
    this.#disk?.close();
    const folder = join(this.#folder, `life-${this.#lives}`);
    this.#lives += 1;
    const disk = faultyDisk(folder, join(this.#folder, `life-${this.#lives}`), this.#random);
    this.#disk = disk;
    if (this.#time.now < this.#faultsEnd && this.#lives < 8 && this.#random() < 0.7) {
      const mode = pick<CutMode>(this.#random, ['before', 'after', 'torn', 'torn']);
      const n = 1 + Math.floor(this.#random() ** 2 * 1500);
      disk.cutAt(n, mode);
      this.#tell('start', `cut ${mode} statement ${n}`);
    } else this.#tell('start');
    try {
      this.#life = startLife({
        plant: this.#plant,
        disk,
        clock: computerClock(
          this.#time,
          () => this.#clockOffset,
          () => !disk.isDead,
        ),
        random: this.#random,
        sources: new Map([...this.#devices].map(([id, { source }]) => [id, source])),
        sinks: [this.#sinks.historian, this.#sinks.live],
        contactsBefore: this.#contacts,
        hotSeconds: this.#hotSeconds,
        attempts: this.#attempts,
        held: this.#held,
      });
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      this.#life = null;
      this.#tell('power cut', 'while starting');
      this.#time.at(this.#time.now + SECOND, () => this.#startEdge());
    }
  }

  #planFault(): void {
    const span = this.#faultsEnd - this.#begin;
    const at = this.#begin + Math.floor((this.#random() * span) / SECOND) * SECOND;
    const seconds = 1 + Math.floor(this.#random() ** 2 * 150);
    const lasting = (what: string, begin: () => void, end: () => void) => {
      this.#time.at(at, () => {
        if (this.#time.now >= this.#faultsEnd) return;
        this.#tell(what, `${seconds} s`);
        begin();
      });
      this.#time.at(Math.min(at + seconds * SECOND, this.#faultsEnd), end);
    };
    const device = pick(this.#random, [...this.#devices.values()]);
    const sink = pick(this.#random, [this.#sinks.historian, this.#sinks.live]);
    const moods: SinkMood[] = ['slow', 'away', 'forgetful'];
    switch (pick(this.#random, ['network', 'network', 'sink', 'sink', 'full', 'refuse', 'jump', 'kill'] as const)) {
      case 'network': {
        const noticed = Math.floor(this.#random() * 12) * SECOND;
        lasting(
          'network cut',
          () => device.cut(noticed),
          () => device.heal(),
        );
        break;
      }
      case 'sink': {
        const mood = pick(this.#random, moods);
        lasting(
          `sink ${mood}`,
          () => {
            sink.mood = mood;
          },
          () => {
            sink.mood = 'well';
          },
        );
        break;
      }
      case 'full': {
        const pages = Math.floor(this.#random() * 4);
        lasting(
          'disk full',
          () => this.#disk?.setRoom(pages),
          () => this.#disk?.setRoom(null),
        );
        break;
      }
      case 'refuse': {
        const commits = 1 + Math.floor(this.#random() * 5);
        lasting(
          'commits refused',
          () => this.#disk?.refuseCommits(commits),
          () => {},
        );
        break;
      }
      case 'jump': {
        const jump = pick(this.#random, [-90, -20, -3, 2, 15, 100, 170]) * SECOND;
        lasting(
          'clock jump',
          () => {
            this.#clockOffset += jump;
          },
          () => {},
        );
        break;
      }
      default:
        lasting(
          'power switch',
          () => this.#disk?.cut(),
          () => {},
        );
    }
  }

  #heal(): void {
    for (const device of this.#devices.values()) device.heal();
    for (const sink of Object.values(this.#sinks)) sink.mood = 'well';
    this.#disk?.setRoom(null);
    this.#disk?.refuseCommits(0);
    this.#disk?.cutAt(Number.POSITIVE_INFINITY, 'before');
    this.#clockOffset = 0;
  }

  /** A whole minute after everything that was said or decided. */
  #lastMinute(): Instant {
    const samples = this.#life ? [...this.#life.journal.samples()] : [];
    const last = Math.max(this.#time.now, this.#life?.pipeline.watermark ?? 0, ...samples.map(({ t }) => t));
    return Math.ceil((last + SECOND) / MINUTE) * MINUTE;
  }

  async #check(to: Instant): Promise<void> {
    const life = this.#life;
    if (!life) {
      this.#problems.push('the edge does not run in the end');
      return;
    }
    this.#problems.push(...life.problems);
    const journalled = [...life.journal.samples()];
    this.#problems.push(...checkKept(this.#attempts, journalled), ...checkReleased(this.#held, journalled));
    for (const id of this.#plant.sources.keys()) {
      if (life.journal.held(id).length > 0) this.#problems.push(`readings of ${id} are still held`);
    }
    if (this.#held.length > 0) this.#events['readings held'] = this.#held.length;
    for (const { sink, trouble } of life.pumps) if (trouble !== null) this.#problems.push(`${sink}: ${trouble}`);
    for (const sink of Object.keys(this.#sinks)) {
      const depth = life.journal.outbox(sink).depth();
      if (depth > 0) this.#problems.push(`${depth} batches still wait for ${sink}`);
    }
    const facts = await this.#factsInHistorian(to);
    const truth = oracleTable(this.#plant, journalled, to);
    this.#problems.push(...tableDifferences(truth, factTable(facts, this.#problems)));
    for (const { outcome } of this.#attempts) this.#count(`append ${outcome}`);
    this.#events['samples'] = journalled.length;
    this.#events['facts'] = truth.size;
  }

  async #factsInHistorian(to: Instant) {
    await this.#historian.close();
    const reader = openSqliteReader(join(this.#folder, 'historian.sqlite'));
    const query = { from: this.#begin - DAY, to: to + DAY };
    const machines = [...this.#plant.machines.keys()];
    const facts = {
      intervals: await reader.intervals(machines, query),
      pieces: await reader.pieces(machines, query),
      meterPieces: await reader.meterPieces([...this.#plant.meters.keys()], query),
      counterEvents: await reader.counterEvents(query),
    };
    await reader.close();
    return facts;
  }
}

function sourceOf(plant: Plant, signal: string): string | null {
  const owner = signal.split('.')[0] ?? '';
  const machine = plant.machines.get(owner) ?? plant.meters.get(owner);
  for (const part of Object.values(machine ?? {})) {
    if (typeof part === 'object' && part !== null && 'binding' in part) {
      return (part as { readonly binding: { readonly source: string } }).binding.source;
    }
  }
  return null;
}
