import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Fastify from 'fastify';
import type { z } from 'zod';
import type { ApiDeps } from '#api/deps.ts';
import { linkHistorian } from '#api/historian/link.ts';
import { createKpiService } from '#api/kpi/service.ts';
import { openSumStore } from '#api/kpi/sum-store.ts';
import { openSqliteLedger } from '#api/ledger/sqlite.ts';
import { createLiveStore } from '#api/live/store.ts';
import { createCounters } from '#api/metrics/counters.ts';
import { energyRoutes } from '#api/routes/energy.ts';
import { figureRoutes } from '#api/routes/figures.ts';
import { createAggregator } from '#edge/aggregate/aggregator.ts';
import { simulateSamples } from '#edge/demo/history.ts';
import type { Plant } from '#shared/plant/model.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { HOUR, type Instant, MINUTE, minuteOf } from '#shared/time/instant.ts';

/* Days of the demo plant through the real aggregator into a real historian file, and the real routes over it. */

const DEMO = readFileSync(resolve(import.meta.dirname, '../../config/demo.plant.yaml'), 'utf8');
const TRANSACTION_MS = 6 * HOUR;

export interface EnergySite {
  get<T>(path: string, query: Readonly<Record<string, string | number>>): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  /** Another plant file is in force from now on. */
  setPlant(change: (text: string) => string): void;
  /** Main meter's register, Wh, as it was read at an instant. */
  readonly mainWh: (t: Instant) => number;
  close(): Promise<void>;
}

function parsed(text: string, version: string): Plant {
  return parsePlant(text, { hash: version, file: 'demo.plant.yaml' }).plant;
}

export async function energySite(from: Instant, to: Instant, seed = 42): Promise<EnergySite> {
  const dir = mkdtempSync(join(tmpdir(), 'linewatt-energy-'));
  let plant = parsed(DEMO, 'demo');
  const mainReadings = new Map<Instant, number>();
  const writer = openSqliteWriter(join(dir, 'historian.sqlite'));
  const writes: Promise<void>[] = [];
  const aggregator = createAggregator(plant);
  let minute = from;
  let partStart = from;
  simulateSamples(plant, { seed, start: from - HOUR }, from - HOUR, to + MINUTE, (sample) => {
    if (sample.t >= minute + MINUTE) {
      minute = minuteOf(sample.t);
      aggregator.advance(minute);
      if (minute >= partStart + TRANSACTION_MS) {
        writes.push(writer.write(aggregator.takeChanges()));
        partStart = minute;
      }
    }
    if (sample.signal === 'm-main.importWh' && typeof sample.value === 'number') {
      mainReadings.set(sample.t, sample.value * (plant.meters.get('m-main')?.importWh?.scale ?? 1));
    }
    aggregator.ingest(sample);
  });
  aggregator.advance(to + MINUTE);
  writes.push(writer.write(aggregator.takeChanges()));
  await Promise.all(writes);
  await writer.close();

  const clock = (): Instant => to + HOUR;
  const counters = createCounters();
  const ledger = openSqliteLedger(':memory:', clock);
  const historian = linkHistorian({ url: 'sqlite:', dataDir: dir }, counters);
  await new Promise<void>((done) => historian.onConnect(() => done()));
  const live = createLiveStore(() => plant, clock, counters);
  const sums = openSumStore(join(dir, 'judged.sqlite'));
  const kpi = createKpiService(() => plant, live, historian, ledger, clock, counters, sums);
  const app = Fastify();
  app.setValidatorCompiler(({ schema }) => (data) => {
    const result = (schema as unknown as z.ZodType).safeParse(data);
    return result.success ? { value: result.data } : { error: result.error };
  });
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  const deps = {
    plant: { current: plant, at: () => plant },
    kpi,
    live,
    ledger,
    clock,
  } as unknown as ApiDeps;
  energyRoutes(app, deps);
  figureRoutes(app, deps);
  await app.ready();
  let version = 0;
  let text = DEMO;
  const answer = async (options: { method: 'GET' | 'POST'; url: string; payload?: object }): Promise<unknown> => {
    const response = await app.inject(options);
    if (response.statusCode !== 200) throw new Error(`${options.url}: ${response.statusCode} ${response.body}`);
    return response.json();
  };
  return {
    async get<T>(path: string, query: Readonly<Record<string, string | number>>) {
      const search = new URLSearchParams(Object.entries(query).map(([k, v]) => [k, String(v)]));
      return (await answer({ method: 'GET', url: `/api/v1/${path}?${search}` })) as T;
    },
    async post<T>(path: string, body: unknown) {
      return (await answer({ method: 'POST', url: `/api/v1/${path}`, payload: body as object })) as T;
    },
    setPlant(change) {
      const next = change(DEMO);
      if (next === text) return;
      text = next;
      version += 1;
      plant = parsed(text, `demo ${version}`);
      kpi.reset();
    },
    mainWh(t) {
      const wh = mainReadings.get(t);
      if (wh === undefined) throw new Error(`no reading of the main meter at ${new Date(t).toISOString()}`);
      return wh;
    },
    async close() {
      await app.close();
      await historian.close();
      ledger.close();
      sums.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
