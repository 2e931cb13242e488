import { spawnSync } from 'node:child_process';

/** A network of its own behind a wire of two ends: what an edge gateway behind a firewall looks like. */
export interface NetNamespace {
  readonly name: string;
  /** Address of this side of the wire. */
  readonly outside: string;
  readonly inside: string;
  /** Words that, put before a command, run it inside. */
  readonly prefix: readonly string[];
  run(command: readonly string[], input?: string): string;
  remove(): void;
}

/** Why no namespace can be made here, as a sentence; null where one can. */
export function noNamespaceBecause(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are of Linux';
  if (process.getuid?.() !== 0) return 'it takes root to make a network namespace';
  const missing = ['ip', 'nft'].filter((name) => spawnSync('sh', ['-c', `command -v ${name}`], { env }).status !== 0);
  return missing.length === 0 ? null : `${missing.join(' and ')} must be installed (iproute2, nftables)`;
}

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

export function openNamespace(): NetNamespace {
  const name = `linewatt-${process.pid}`;
  const [outside, inside] = ['10.213.7.1', '10.213.7.2'];
  const wire = `lw${process.pid % 1_000_000}`;
  const run = (command: readonly string[], input?: string): string => {
    const [file = '', ...args] = command;
    const done = spawnSync(file, args, { encoding: 'utf8', env, ...(input === undefined ? {} : { input }) });
    if (done.status !== 0) throw new Error(`${command.join(' ')}: ${done.stderr || done.error?.message}`);
    return done.stdout;
  };
  const prefix = ['ip', 'netns', 'exec', name];
  run(['ip', 'netns', 'add', name]);
  try {
    run(['ip', 'link', 'add', wire, 'type', 'veth', 'peer', 'name', 'uplink', 'netns', name]);
    run(['ip', 'addr', 'add', `${outside}/30`, 'dev', wire]);
    run(['ip', 'link', 'set', wire, 'up']);
    run([...prefix, 'ip', 'addr', 'add', `${inside}/30`, 'dev', 'uplink']);
    run([...prefix, 'ip', 'link', 'set', 'uplink', 'up']);
    run([...prefix, 'ip', 'link', 'set', 'lo', 'up']);
  } catch (error) {
    run(['ip', 'netns', 'delete', name]);
    throw error;
  }
  return {
    name,
    outside,
    inside,
    prefix,
    run: (command, input) => run([...prefix, ...command], input),
    remove: () => void run(['ip', 'netns', 'delete', name]),
  };
}
