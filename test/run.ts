/*
 * `npm test`: everything, in the order in which it fails fastest. Each stage prints its time beside its budget (2 cores).
 * The last line counts what really ran: every vitest test, and each type check and the linter as one check each.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DEBIAN_PACKAGES = [
  { command: 'chromium', package: 'chromium' },
  { command: 'influxd', package: 'influxdb' },
  { command: 'mosquitto', package: 'mosquitto' },
  { command: 'pg_lsclusters', package: 'postgresql' },
  { command: 'ip', package: 'iproute2' },
  { command: 'nft', package: 'nftables' },
];

const STATIC_CHECKS: readonly (readonly string[])[] = [
  ['tsc', '-p', 'shared'],
  ['tsc', '-p', 'shared/store'],
  ['tsc', '-p', 'edge'],
  ['tsc', '-p', 'api'],
  ['vue-tsc', '-p', 'dashboard'],
  ['tsc', '-p', 'test'],
  ['biome', 'check', '--error-on-warnings', '.'],
];

/** Budgets in seconds on 2 cores. */
const STAGES = [
  { project: 'unit', seconds: 60 },
  { project: 'properties', seconds: 120 },
  { project: 'simulation', seconds: 120 },
  { project: 'servers', seconds: 110 },
  { project: 'faults', seconds: 70 },
  { project: 'browser', seconds: 240 },
];

interface Count {
  passed: number;
  failed: number;
}

function has(command: string): boolean {
  const path = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;
  return spawnSync('sh', ['-c', `command -v ${command}`], { env: { ...process.env, PATH: path } }).status === 0;
}

function ensurePackages(): void {
  const missing = DEBIAN_PACKAGES.filter((p) => !has(p.command)).map((p) => p.package);
  if (missing.length === 0) return;
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !has('apt-get')) {
    process.stderr.write(`npm test needs ${missing.join(', ')}. On Debian: sudo apt-get update && sudo ${install}\n`);
    process.exit(1);
  }
  process.stderr.write(`installing ${missing.join(', ')}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update'], { stdio: 'inherit', env });
  if (spawnSync('sh', ['-c', install], { stdio: 'inherit', env }).status !== 0) process.exit(1);
}

function run(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const path = `${process.env.PATH}:/usr/sbin`;
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, PATH: path } });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}

async function staticChecks(count: Count): Promise<void> {
  const queue = [...STATIC_CHECKS];
  const worker = async (): Promise<void> => {
    for (let check = queue.shift(); check; check = queue.shift()) {
      const [command = '', ...args] = check;
      const ok = await run(command, args);
      if (ok) count.passed += 1;
      else count.failed += 1;
      process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${check.join(' ')}\n`);
    }
  };
  await Promise.all([worker(), worker()]);
}

/** Counts of one vitest project; a project that did not even report counts as one failure. */
async function vitest(project: string, scratch: string): Promise<Count> {
  const report = join(scratch, `${project}.json`);
  const args = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const ok = await run('vitest', args);
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
      numFailedTestSuites: number;
    };
    const failed = numFailedTests > 0 ? numFailedTests : Math.max(numFailedTestSuites, ok ? 0 : 1);
    return { passed: numPassedTests, failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

async function timed(name: string, budgetSeconds: number, work: () => Promise<void>): Promise<void> {
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const verdict = seconds > budgetSeconds ? 'OVER BUDGET' : 'within budget';
  process.stdout.write(`--- ${name}: ${seconds.toFixed(1)} s of ${budgetSeconds} s, ${verdict}\n`);
}

ensurePackages();
const scratch = mkdtempSync(join(tmpdir(), 'linewatt-test-'));
const total: Count = { passed: 0, failed: 0 };
await timed('types and lint', 60, () => staticChecks(total));
for (const { project, seconds } of STAGES) {
  await timed(project, seconds, async () => {
    const count = await vitest(project, scratch);
    total.passed += count.passed;
    total.failed += count.failed;
  });
}
rmSync(scratch, { recursive: true, force: true });
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
