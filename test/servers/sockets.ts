import { readdir, readFile, readlink } from 'node:fs/promises';

export interface Socket {
  readonly local: { readonly host: string; readonly port: number };
  readonly remote: { readonly host: string; readonly port: number };
  readonly listening: boolean;
}

const ESTABLISHED = '01';
const LISTEN = '0A';

/** TCP sockets that a process holds open, from the kernel (proc(5)): what `ss -tnp` would print. */
export async function socketsOf(pid: number): Promise<Socket[]> {
  const inodes = new Set<string>();
  for (const fd of await readdir(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode) inodes.add(inode);
  }
  const sockets: Socket[] = [];
  for (const table of ['tcp', 'tcp6']) {
    const text = await readFile(`/proc/${pid}/net/${table}`, 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      const [, local = '', remote = '', state = ''] = fields;
      if (!inodes.has(fields[9] ?? '') || (state !== ESTABLISHED && state !== LISTEN)) continue;
      sockets.push({ local: endpoint(local), remote: endpoint(remote), listening: state === LISTEN });
    }
  }
  return sockets;
}

/** `0100007F:1F90`: bytes of the address in host order, port in hex. */
function endpoint(text: string): { host: string; port: number } {
  const [address = '', port = ''] = text.split(':');
  const last = address.slice(-8);
  const bytes = [6, 4, 2, 0].map((at) => Number.parseInt(last.slice(at, at + 2), 16));
  return { host: bytes.join('.'), port: Number.parseInt(port, 16) };
}
