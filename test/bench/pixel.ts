/*
 * From a state that an edge publishes over MQTT to the frame that shows it on the wall: what the api and the page add to the publishing
 * interval of a PLC. The floor is the same page with the same attribute set by its own timer: what waiting for a frame costs.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import type { Page } from 'playwright-core';
import { parsePlant } from '#shared/plant/parse.ts';
import { machineTopic } from '#shared/plant/topics.ts';
import { launchBrowser } from '../servers/browser.ts';
import { freePort } from '../servers/free-port.ts';
import { getJson, ROOT, until } from '../servers/linewatt.ts';
import type { Figure } from './run.ts';

const ROUNDS = process.env['LINEWATT_BENCH_SHORT'] ? 30 : 200;
const MACHINE = 'filler';
/** Two changes of a machine never share a turn of the api. */
const REST_MS = 120;

export async function run(): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'linewatt-bench-'));
  const [port, brokerPort] = [await freePort(), await freePort()];
  const text = (await readFile(join(ROOT, 'config/demo.plant.yaml'), 'utf8')).replace(/^demo:.*$/m, '');
  const plantFile = join(dir, 'plant.yaml');
  await writeFile(plantFile, text);
  const { plant } = parsePlant(text, { hash: 'bench' });
  const ports = ['--port', `${port}`, '--broker', `aedes:${brokerPort}`];
  const api = spawn(process.execPath, ['linewatt.ts', 'api', '--plant', plantFile, '--data', dir, ...ports], {
    cwd: ROOT,
    stdio: 'ignore',
  });
  const browser = await launchBrowser();
  try {
    const url = `http://127.0.0.1:${port}`;
    const answers = () =>
      getJson(`${url}/api/v1/health`).then(
        () => true,
        () => false,
      );
    await until(answers, 60_000, () => 'the api did not answer');
    const edge = await connectAsync(`mqtt://127.0.0.1:${brokerPort}`);
    let revision = 0;
    const say = (state: 'running' | 'down'): number => {
      revision += 1;
      const at = Date.now();
      const body = { machine: MACHINE, state, since: at, reason: null, product: '', order: '' };
      const message = { version: 1, edge: 'bench', epoch: 1, revision, ...body };
      const begun = performance.timeOrigin + performance.now();
      edge.publish(machineTopic(plant, MACHINE, 'state'), JSON.stringify(message), { qos: 0 });
      return begun;
    };
    say('running');
    const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
    await page.goto(`${url}/wall/filling`);
    await page.waitForSelector(`[data-machine="${MACHINE}"][data-look="run"]`);
    const ours: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const state = round % 2 === 0 ? 'down' : 'running';
      const shown = page.evaluate(paintOf, { machine: MACHINE, look: state === 'down' ? 'down' : 'run' });
      await page.waitForTimeout(REST_MS + Math.random() * 50);
      const begun = say(state);
      ours.push((await shown) - begun);
    }
    const floor = await frames(page);
    await edge.endAsync(true);
    const at = (values: number[], q: number) =>
      Math.round((values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? 0) * 10) /
      10;
    return ([0.5, 0.99] as const).map((q) => ({
      name: `pixel-p${q * 100}`,
      ours: at(ours, q),
      peer: at(floor, q),
      ratio: Math.round((at(ours, q) / at(floor, q)) * 100) / 100,
      unit: 'ms',
      peerName: 'an attribute that the page sets itself, until its frame',
      note: `${ROUNDS} changes of state`,
    }));
  } finally {
    await browser.close();
    if (api.exitCode === null) {
      api.kill('SIGTERM');
      await once(api, 'exit');
    }
    await rm(dir, { recursive: true, force: true });
  }
}

/** In the page: epoch ms right after the frame in which the machine first looks so. */
function paintOf({ machine, look }: { machine: string; look: string }): Promise<number> {
  return new Promise((resolve) => {
    const row = document.querySelector(`[data-machine="${machine}"]`);
    if (!row) throw new Error(`no row for ${machine}`);
    const observer = new MutationObserver(() => {
      if (row.getAttribute('data-look') !== look) return;
      observer.disconnect();
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => resolve(performance.timeOrigin + performance.now());
        channel.port2.postMessage(0);
      });
    });
    observer.observe(row, { attributes: true, attributeFilter: ['data-look'] });
  });
}

async function frames(page: Page): Promise<number[]> {
  return page.evaluate(async (rounds) => {
    const waited: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await new Promise((done) => setTimeout(done, 30 + Math.random() * 50));
      const begun = performance.now();
      document.body.dataset['round'] = `${round}`;
      await new Promise<void>((done) =>
        requestAnimationFrame(() => {
          const channel = new MessageChannel();
          channel.port1.onmessage = () => done();
          channel.port2.postMessage(0);
        }),
      );
      waited.push(performance.now() - begun);
    }
    return waited;
  }, ROUNDS);
}
