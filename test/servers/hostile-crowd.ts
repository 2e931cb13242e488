import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/*
 * A crowd that wishes a server ill, as a process of its own: `node hostile-crowd.ts PORT CLIENTS TOKEN`. It comes from eight addresses of
 * this machine that are not 127.0.0.1, so that it counts as the network. Every client goes on until the process is killed; whoever is
 * turned away comes back half a second later. Once its input ends it prints what it met as one line of JSON, and is gone; so is it when
 * whoever started it dies.
 */
const [port = 0, clients = 0] = process.argv.slice(2, 4).map(Number);
const token = process.argv[4] ?? '';
const ADDRESSES = 8;
const BACK_AFTER_MS = 500;
const TRICKLE_MS = 300;
const met = new Map<string, number>();
const count = (what: string): void => void met.set(what, (met.get(what) ?? 0) + 1);
const host = `Host: 127.0.0.1:${port}\r\n`;

type Client = (socket: Socket) => void;

/** Asks again as soon as it is answered. */
const asking =
  (request: string): Client =>
  (socket) => {
    socket.write(request);
    socket.on('data', (chunk) => {
      const status = /^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1'))?.[1];
      if (status === undefined) return;
      count(status);
      socket.write(request);
    });
  };
const body = JSON.stringify({ name: 'kim', password: 'guess' });
const guess = asking(
  `POST /api/v1/auth/sign-in HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
);
const dearQuestion = asking(
  `GET /api/v1/kpi?scope=site&by=hour&from=2026-05-01T00:00:00Z&to=2026-05-31T00:00:00Z HTTP/1.1\r\n${host}\r\n`,
);
const upgrade = (more: string): string =>
  `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: Upgrade\r\n` +
  `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n${more}\r\n`;

/** Comes in without a session, and asks to be let on all the same. */
const intruder: Client = (socket) => {
  socket.write(upgrade(''));
  socket.once('data', (chunk) => {
    count(/^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1'))?.[1] ?? 'garbled');
    socket.write(frame('40/live,'));
  });
};

/** Has a token, watches more than it may without a pause, and never reads. */
const hog: Client = (socket) => {
  socket.write(upgrade(`Authorization: Bearer ${token}\r\n`));
  socket.once('data', (chunk) => {
    count(/^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1'))?.[1] ?? 'garbled');
    socket.pause();
    socket.write(frame('40/live,'));
    const words = setInterval(() => {
      for (const scope of ['line:filling', 'machine:filler', 'machine:packer', 'line:nope']) {
        socket.write(frame(`42/live,["watch",{"scope":"${scope}","topics":["states","oee"]}]`));
        socket.write(frame(`42/live,["unwatch",{"scope":"${scope}"}]`));
      }
    }, 100);
    socket.once('close', () => clearInterval(words));
  });
};

/** Sends a request that has no end, a letter at a time. */
const slow: Client = (socket) => {
  socket.write(`GET / HTTP/1.1\r\n${host}X-Slow: `);
  const trickle = setInterval(() => socket.write('a'), TRICKLE_MS);
  socket.once('close', () => clearInterval(trickle));
  count('slow');
};

const KINDS: readonly Client[] = [
  guess,
  guess,
  dearQuestion,
  dearQuestion,
  dearQuestion,
  intruder,
  intruder,
  slow,
  slow,
  hog,
];

function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), payload]);
}

function run(n: number): void {
  const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${2 + (n % ADDRESSES)}` });
  socket.setNoDelay(true);
  socket.on('error', (error) => count('code' in error ? String(error.code) : 'error'));
  socket.once('connect', () => KINDS[Math.floor(n / ADDRESSES) % KINDS.length]?.(socket));
  socket.once('close', () => {
    count('closed');
    setTimeout(run, BACK_AFTER_MS, n);
  });
}

for (let n = 0; n < clients; n++) run(n);
process.stdout.write('here\n');
process.stdin.resume().once('end', () => {
  process.stdout.write(`${JSON.stringify(Object.fromEntries(met))}\n`, () => process.exit(0));
});
