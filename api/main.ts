import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { UserError } from '#shared/contract/command.ts';
import { brokerTls } from '#shared/store/broker-tls.ts';
import { openJudgedWriter } from '#shared/store/judged/open.ts';
import { historianCredentials } from '#shared/store/open.ts';
import { openPlantHistory, plantHistoryFile } from '#shared/store/plant-history.ts';
import type { Instant } from '#shared/time/instant.ts';
import { buildApp } from './app.ts';
import { auditPlant } from './audit/watch.ts';
import { isLoopback, openAuth } from './auth/open.ts';
import { type Broker, openBroker } from './broker.ts';
import { readMailSettings } from './delivery/mail-settings.ts';
import type { ApiDeps } from './deps.ts';
import { siteFindings } from './findings.ts';
import { linkHistorian } from './historian/link.ts';
import { openInventory } from './inventory/changes.ts';
import { createKpiService } from './kpi/service.ts';
import { startShiftKeeper } from './kpi/shift-keeper.ts';
import { startSumKeeper } from './kpi/sum-keeper.ts';
import { openSumStore } from './kpi/sum-store.ts';
import { openLedger } from './ledger/open.ts';
import { createEnergyViews } from './live/energy-views.ts';
import { createLoader } from './live/load.ts';
import { openLiveSocket } from './live/socket.ts';
import { createSoon } from './live/soon.ts';
import { createLiveStore } from './live/store.ts';
import { linkNamespace } from './live/subscribe.ts';
import { createViews, type LiveViews } from './live/views.ts';
import { createCounters, type Gauge } from './metrics/counters.ts';
import { openOffice } from './office.ts';
import { withEntries } from './plant/entered.ts';
import { openPlantFile } from './plant/file.ts';
import { DEFAULT_SETTINGS, type ServerSettings } from './settings/server-file.ts';
import { dashboardBuild } from './static.ts';
import { openWalls } from './walls/open.ts';

export interface ApiOptions {
  readonly plantFile: string;
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly historianUrl: string;
  /** `aedes:PORT` for the broker inside, else `mqtt(s)://...`. */
  readonly brokerUrl: string;
  readonly ledgerUrl: string;
  readonly dashboardDir: string;
  /** What server.yaml says. */
  readonly settings?: ServerSettings;
  /** True: said in words that the network may use it without accounts or TLS. */
  readonly unprotected?: boolean;
  /** Passwords come only from here. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock?: () => Instant;
  readonly log: (line: string) => void;
}

export interface Api {
  readonly url: string;
  readonly brokerUrl: string;
  readonly app: FastifyInstance;
  close(): Promise<void>;
}

/** Figures go out twice a second; a change of state at once, and those that follow it closely together. */
const FIGURES_MS = 500;
const STATES_MS = 20;
const TEND_MS = 15_000;

/** Starts the api process's parts in order, and stops them in reverse. @throws UserError with one sentence. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { env, log, clock = Date.now } = options;
  const closers: (() => void | Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    const counters = createCounters();
    const history = openPlantHistory(plantHistoryFile(options.dataDir));
    closers.push(history.close);
    const plantFile = openPlantFile(options.plantFile, { history, clock, log });
    closers.push(plantFile.close);
    const { ledgerUrl, dataDir } = options;
    const ledger = await openLedger({ url: ledgerUrl, dataDir, credentials: credentials(env, 'LEDGER'), clock, log });
    closers.push(ledger.close);
    const plant = withEntries(plantFile, ledger);
    const access = await openAuth({
      dataDir,
      ledgerUrl,
      ledgerCredentials: credentials(env, 'LEDGER'),
      host: options.host,
      port: options.port,
      settings: options.settings ?? DEFAULT_SETTINGS,
      unprotected: options.unprotected ?? false,
      env,
      plant: () => plant.current,
      clock,
      counters,
      log,
    });
    closers.push(access.close);
    auditPlant(access.auth.audit, plant, ledger);
    const historian = linkHistorian(
      { url: options.historianUrl, dataDir: options.dataDir, credentials: historianCredentials(env) },
      counters,
    );
    closers.push(historian.close);
    const live = createLiveStore(() => plant.current, clock, counters);
    const inventory = openInventory(join(options.dataDir, 'inventory.sqlite'));
    closers.push(inventory.close);
    const loader = createLoader(() => plant.current, live, historian, clock, counters, log);
    historian.onConnect(() => void loader.reload());
    const sums = openSumStore(join(options.dataDir, 'judged.sqlite'));
    closers.push(sums.close);
    const kpi = createKpiService(plant.at, live, historian, ledger, clock, counters, sums);
    const keeper = startSumKeeper({ plant: () => plant.current, kpi, historian, live, clock, log });
    closers.push(keeper.stop);
    const judgedPlace = { url: options.historianUrl, dataDir, credentials: historianCredentials(env) };
    const shiftKeeper = startShiftKeeper({
      plant: () => plant.current,
      kpi,
      historian,
      open: () => openJudgedWriter(judgedPlace),
      clock,
      counters,
      log,
    });
    closers.push(shiftKeeper.stop);
    const energy = createEnergyViews({
      plant: () => plant.current,
      live,
      kpi,
      clock,
      nows: () => views.nows(),
      // That the historian is away is told by /health, and at a first start it is not there yet.
      log: (line) => {
        if (historian.connected) log(line);
      },
    });
    const views: LiveViews = createViews({
      plant: () => plant.current,
      live,
      entries: kpi.entries,
      clock,
      energy,
      siteFindings: () => siteFindings(plant, live, historian, clock()),
    });

    const broker = await brokerOf(options.brokerUrl);
    closers.push(broker.close);
    const { user: username, password } = credentials(env, 'BROKER');
    const namespace = linkNamespace(
      {
        url: broker.url,
        plant: plant.current,
        credentials: { ...(username && { username }), ...(password && { password }) },
        tls: brokerTls(env),
      },
      live,
      counters,
      log,
    );
    closers.push(namespace.close);
    // Replicas on one ledger tell each other by the broker.
    namespace.onLedger(({ seq }) => void ledger.catchUp(seq));
    ledger.onAppend((entry) => namespace.publishLedger({ seq: entry.seq }));

    const build = dashboardBuild(options.dashboardDir);
    let clients = (): number => 0;
    const walls = await openWalls({ dataDir, ledgerUrl, ledgerCredentials: credentials(env, 'LEDGER'), clock, log });
    closers.push(walls.close);
    const office = await openOffice({
      dataDir,
      sql: access.sql,
      mail: readMailSettings(options.settings?.mail),
      env,
      plant: () => plant.current,
      onPlantChange: plant.onChange,
      kpi,
      ledger,
      live,
      historian,
      counters,
      clock,
      log,
      publish: namespace.publish,
      view: () => views.view('site', ['states', 'oee']),
      siteDemand: () => energy.demand('site'),
      certificateEnd: () => access.certificate()?.notAfter ?? null,
      wallSeenAt: walls.seenAt,
      publicUrl: access.publicUrl,
    });
    closers.push(office.close);
    const deps: ApiDeps = {
      ...access,
      plant,
      historian,
      ledger,
      live,
      inventory,
      kpi,
      counters,
      clock,
      build,
      dashboardDir: options.dashboardDir,
      broker,
      log,
      office,
      walls,
      gauges: (): Gauge[] => [
        { name: 'linewatt_api_screens', help: 'Screens that watch now', value: clients() },
        { name: 'linewatt_api_ledger_seq', help: 'Entries in the ledger', value: ledger.seq },
        { name: 'linewatt_api_kept_slices', help: 'Judged slices kept in memory', value: kpi.keptSlices },
        { name: 'linewatt_api_memory_bytes', help: 'Resident memory', value: process.memoryUsage.rss() },
        { name: 'linewatt_api_on_duty', help: '1 where it watches alerts and sends', value: office.onDuty() ? 1 : 0 },
        ...access.gauges(),
      ],
    };
    const app = await buildApp(deps, access.serve ?? undefined);
    closers.push(() => app.close());
    const admission = { ...access, plant: () => plant.current, principal: access.principalOf };
    const socket = openLiveSocket(app.server, { admission, views, clock, counters, walls });
    access.countScreens(socket.screensOf);
    closers.push(socket.close);
    clients = () => socket.hub.clients;

    plant.onChange(() => {
      kpi.reset();
      void loader.reload().then(() => {
        energy.reset();
        views.reset();
        socket.hub.reset();
      });
    });
    live.on((change) => {
      if (change.kind === 'gap') void loader.reload();
    });
    const figures = setInterval(() => {
      if (socket.hub.rooms === 0) return;
      views.refresh();
      socket.hub.tick(build);
    }, FIGURES_MS);
    const states = createSoon(() => {
      views.refreshStates();
      socket.hub.flush();
    }, STATES_MS);
    live.on((change) => {
      if (change.kind === 'state' && socket.hub.rooms > 0) states.ask();
    });
    const tend = setInterval(() => {
      void loader.tend();
      void kpi.look();
      for (const { health } of live.edges()) {
        for (const { id, endpoint, details } of health?.sources ?? [])
          inventory.observe(id, endpoint, details, clock());
      }
    }, TEND_MS);
    closers.push(() => {
      clearInterval(figures);
      clearInterval(tend);
      states.stop();
    });
    await listen(app, options.host, options.port);
    const address = app.server.address();
    const port = typeof address === 'object' && address ? address.port : options.port;
    const { host } = options;
    const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
    const url = `${access.serve ? 'https' : 'http'}://${name}:${port}`;
    await access.announce(isLoopback(host) ? url : access.publicUrl());
    return { url, brokerUrl: broker.url, app, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    // A storm of screens that come back at once must not be turned away by the system before we see it.
    await app.listen({ host, port, backlog: 4096 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'EADDRINUSE') throw new UserError(`port ${port} is taken; choose another with --port`);
    if (code === 'EACCES')
      throw new UserError(`port ${port} needs more rights than this user has; choose one above 1023`);
    throw error;
  }
}

async function brokerOf(url: string): Promise<Broker> {
  const inside = /^aedes:(\d{0,5})$/.exec(url);
  if (inside) return openBroker(inside[1] ? Number(inside[1]) : DEFAULT_BROKER_PORT);
  if (!/^mqtts?:\/\//.test(url)) {
    throw new UserError(`the broker "${url}" must be aedes:, aedes:PORT, mqtt://... or mqtts://...`);
  }
  return { url, engine: 'external', close: async () => {} };
}

export const DEFAULT_BROKER_PORT = 18830;

/** LINEWATT_BROKER_USER and the like. */
function credentials(env: ApiOptions['env'], of: string): { user?: string; password?: string } {
  const user = env[`LINEWATT_${of}_USER`];
  const password = env[`LINEWATT_${of}_PASSWORD`];
  return { ...(user !== undefined && { user }), ...(password !== undefined && { password }) };
}
