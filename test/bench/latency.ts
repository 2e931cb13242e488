/*
 * From a state that changes on the OPC UA server to the frame after the wall shows it, in a real browser, beside what the
 * protocol itself costs: a change waits for the next publish, half a publishing interval at the median, a whole one at most.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDemo } from '#edge/demo/demo.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { launchBrowser } from '../servers/browser.ts';
import { freePort } from '../servers/free-port.ts';
import { ROOT, startLinewatt } from '../servers/linewatt.ts';
import type { Figure } from './run.ts';

const ROUNDS = 60;
const STOP_SECONDS = 2;
const MACHINES = ['filler', 'capper', 'labeller', 'depalletiser'];
/** A stop code that no machine of the demo maps to a reason. */
const STOP_CODE = 99;

export async function run(): Promise<Figure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'linewatt-bench-'));
  const [port, brokerPort, opcuaPort, modbusPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const text = (await readFile(join(ROOT, 'config/demo.plant.yaml'), 'utf8'))
    .replaceAll('48400', `${opcuaPort}`)
    .replaceAll('48502', `${modbusPort}`);
  const { plant } = parsePlant(text, { hash: 'bench' });
  // Without the `demo:` key, `up` starts no simulator of its own: the one in this process can be told when to stop a machine.
  const plantFile = join(dataDir, 'bench.plant.yaml');
  await writeFile(plantFile, text.replace(/^demo:.*$/m, ''));
  const demo = await startDemo({ plant, dataDir: null, start: Date.now() - 3_600_000, testNodes: true });
  const place = { dataDir, plantFile, port, brokerPort, opcuaPort, modbusPort };
  const [product, browser] = await Promise.all([startLinewatt({ reuse: place }), launchBrowser()]);
  try {
    const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
    await page.goto(`${product.url}/wall/filling`);
    await page.waitForSelector('[data-machine="filler"][data-look]');
    const samples: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const machine = MACHINES[round % MACHINES.length] ?? 'filler';
      const painted = page.evaluate(observeDown, machine);
      const answer = await Promise.race([painted.then(() => 'early' as const), sleep(50 + Math.random() * 500)]);
      if (answer === 'early') continue;
      const changed = performance.timeOrigin + performance.now();
      demo.forceStop(machine, STOP_CODE, STOP_SECONDS);
      const seen = await Promise.race([painted, sleep(5_000)]);
      if (typeof seen === 'number') samples.push(seen - changed);
      await sleep(STOP_SECONDS * 1_000 + 500);
    }
    samples.sort((a, b) => a - b);
    const at = (q: number) =>
      Math.round(samples[Math.min(samples.length - 1, Math.floor(q * samples.length))] ?? Number.NaN);
    const interval = Number(plant.sources.get('plc')?.options['publishingIntervalMs'] ?? 250);
    const figure = (name: string, ours: number, peer: number, peerName: string): Figure => ({
      name,
      ours,
      peer,
      ratio: Math.round((ours / peer) * 100) / 100,
      unit: 'ms',
      peerName,
      note: `${samples.length} changes, publishing interval ${interval} ms`,
    });
    return [
      figure('latency-p50', at(0.5), interval / 2, 'half the publishing interval'),
      figure('latency-p99', at(0.99), interval, 'the publishing interval'),
      // What is ours: journal, aggregate, MQTT, judgement, websocket, and two frames of the browser.
      figure('latency-beyond-p50', at(0.5) - interval / 2, 10, 'the aim, beyond half the publishing interval'),
      figure('latency-beyond-p99', at(0.99) - interval, 50, 'the aim, beyond the publishing interval'),
    ];
  } finally {
    await browser.close();
    await product.stop();
    await demo.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** In the page: when the machine next turns down, and that is on the screen. Epoch ms. */
function observeDown(machine: string): Promise<number> {
  return new Promise((resolve) => {
    const row = document.querySelector(`[data-machine="${machine}"]`);
    if (!row) throw new Error(`no row for ${machine}`);
    const observer = new MutationObserver(() => {
      if (row.getAttribute('data-look') !== 'down') return;
      observer.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now())));
    });
    observer.observe(row, { attributes: true, attributeFilter: ['data-look'] });
  });
}

const sleep = (ms: number) => new Promise<null>((resolve) => setTimeout(() => resolve(null), ms));
