import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PLANT } from '../../api/fixture.ts';
import { type Api, type ApiOptions, startApi } from '../../api/main.ts';
import { freePort } from './free-port.ts';

export interface RunningApi extends Api {
  readonly dataDir: string;
  readonly port: number;
  /** What it wrote to its console so far. */
  readonly log: () => string;
  /** Stops it and removes its folder. */
  dispose(): Promise<void>;
}

/** The real api with its broker and sockets, without an edge: for what is about people and not about figures. */
export async function startRealApi(
  options: Partial<ApiOptions> & { readonly plant?: string } = {},
): Promise<RunningApi> {
  const { plant = PLANT, ...rest } = options;
  const dataDir = rest.dataDir ?? (await mkdtemp(join(tmpdir(), 'linewatt-people-')));
  await writeFile(join(dataDir, 'plant.yaml'), plant);
  const port = rest.port ?? (await freePort());
  let log = '';
  const api = await startApi({
    plantFile: join(dataDir, 'plant.yaml'),
    host: '127.0.0.1',
    historianUrl: 'sqlite:',
    brokerUrl: 'aedes:0',
    ledgerUrl: 'sqlite:',
    dashboardDir: join(dataDir, 'no-dashboard'),
    env: {},
    log: (line) => {
      log += `${line}\n`;
    },
    ...rest,
    dataDir,
    port,
  });
  return {
    ...api,
    dataDir,
    port,
    log: () => log,
    async dispose() {
      await api.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
