import { type ClientSession, type OPCUAClient, setErrorLogger, setWarningLogger } from 'node-opcua';
import { SourceError, type SourceHost, type SourceType } from '#edge/core/source.ts';
import { expiryDoubt } from '#edge/trust/judge.ts';
import type { SourceDetails } from '#shared/contract/source-details.ts';
import { withDeadline } from './deadline.ts';
import { describeLink } from './describe.ts';
import { MISSING_RETRY_MS } from './items.ts';
import { createLink, type Link } from './link.ts';
import { readNameplate } from './nameplate.ts';
import { type OpcuaOptions, readOpcuaOptions } from './options.ts';
import { explain } from './refusal.ts';
import { createSecuredClient, identityInfo, isLoginInClear, PLAIN_CONNECT_MS, type SecuredClient } from './security.ts';
import { identityOf, type Kept, resume, type Subscription, subscribeAnew, wishedLifetimeMs } from './subscription.ts';

/*
 * OPC UA, reading only: no Write, no Call and no HistoryUpdate leaves this folder.
 *
 * - The library's own reconnection is off: it forgets to say what was lost. On any doubt a connection ends, says when it last
 *   heard the server, and the supervisor makes a new one, which takes up the old subscription where the server kept it.
 * - Silence is measured here (link.ts), order and holes are looked after here (publishing.ts), certificates are judged here
 *   (security.ts); the library encodes, signs and encrypts.
 */

const OPEN_TIMEOUT_MS = 25_000;
const SECURED_CONNECT_MS = 12_000;
const PLAIN_SESSION_MS = 5000;
const CLOSE_TIMEOUT_MS = 1500;
const SESSION_SLACK_MS = 30_000;
const SERVER_STATE = 'ns=0;i=2259';
const LOOK_AT_CERTIFICATES_MS = 3_600_000;

/** A subscription that the server may still have, and until when. */
interface Remembered {
  readonly kept: Kept;
  readonly endpoint: string;
  readonly until: number;
}

export function createOpcuaSource(dataDir: string): SourceType {
  // What goes wrong is told here in sentences, once; the library would tell it on the console, many times.
  setWarningLogger(() => {});
  setErrorLogger(() => {});
  const remembered = new Map<string, Remembered>();
  return {
    type: 'opcua',
    async start(source, items, host) {
      const options = readOpcuaOptions(source.id, source.options);
      const clients: OPCUAClient[] = [];
      let settle: (error: SourceError | null) => void = () => {};
      const closed = new Promise<SourceError | null>((resolve) => {
        settle = resolve;
      });
      let subscription: Subscription | null = null;
      let session: ClientSession | null = null;
      const timers: NodeJS.Timeout[] = [];
      /** A question on a closed session would make the library open another. */
      let reading: Promise<void> = Promise.resolve();

      function release(): void {
        link.release();
        subscription?.publishing.stop();
        for (const timer of timers) clearInterval(timer);
      }

      const link = createLink(source.id, host, (error, resumable) => {
        release();
        if (resumable && subscription) {
          const kept = subscription.keep();
          remembered.set(source.id, { kept, endpoint: options.endpoint, until: host.now() + kept.terms.lifetimeMs });
        }
        // What is left to resume must not be closed; what is not must not stay at the server.
        void leave(clients, resumable ? null : session, reading).then(() => settle(error));
      });

      async function open(): Promise<void> {
        const place = {
          id: source.id,
          dataDir,
          options,
          sessionTimeoutMs: wishedLifetimeMs(options) + SESSION_SLACK_MS,
          now: host.now,
          onClient: (client: OPCUAClient) => clients.push(client),
        };
        const secured = await createSecuredClient(place);
        const { client } = secured;
        client.on('connection_lost', () => link.end('the connection was closed by the server or the network', true));
        client.on('close', () => link.end('the connection was closed', true));
        client.on('receive_chunk', link.answered);
        const isPlain = options.securityMode === 'None';
        await withDeadline(client.connect(options.endpoint), isPlain ? PLAIN_CONNECT_MS : SECURED_CONNECT_MS);
        const newSession = async () => {
          const made = await client.createSession(identityInfo(options.identity));
          session = made;
          return made;
        };
        const old = remembered.get(source.id);
        remembered.delete(source.id);
        const isKept =
          old && old.endpoint === options.endpoint && old.until > host.now() && old.kept.identity === identityOf(items);
        const patience = isPlain ? PLAIN_SESSION_MS : SECURED_CONNECT_MS;
        if (isKept) {
          const taken = await withDeadline(resume(old.kept, client, newSession, host, link), patience);
          session = taken.session;
          subscription = taken.subscription;
        }
        const current = session ?? (await withDeadline(newSession(), patience));
        current.removeAllListeners('session_closed');
        current.on('session_closed', (status) => link.end(`the server closed the session (${status.name})`, false));
        subscription ??= await subscribeAnew(current, options, items, host, link);
        tell(current, secured, subscription);
      }

      function tell(current: ClientSession, secured: SecuredClient, { items: own, terms }: Subscription): void {
        const describe = (nameplate: Partial<SourceDetails>): SourceDetails => {
          const granted = own.granted();
          const inClear = isLoginInClear(current, options);
          const told = describeLink({ options, secured, terms, granted, isLoginInClear: inClear, nameplate });
          host.describe(told);
          return told;
        };
        tellQueue(source.id, options, describe({}), host);
        // Values do not wait for the nameplate.
        reading = readNameplate(current).then((nameplate) => {
          if (!link.ended) describe(nameplate);
        });
        const tellCertificates = () => tellDoubts(source.id, secured, host);
        tellCertificates();
        timers.push(setInterval(tellCertificates, LOOK_AT_CERTIFICATES_MS));
      }

      try {
        await withDeadline(open(), OPEN_TIMEOUT_MS);
        const [live, current] = [subscription as Subscription | null, session as ClientSession | null];
        if (link.ended || !live || !current) {
          throw new SourceError('lost', `${source.id}: the link broke while subscribing`, { retryable: true });
        }
        link.watch(live.silenceMs, () => current.readVariableValue(SERVER_STATE));
        timers.push(setInterval(() => askForMissing(live, link), MISSING_RETRY_MS));
      } catch (error) {
        release();
        void leave(clients, session, reading);
        throw explain(source.id, options, `${dataDir}/pki/opcua`, error);
      }
      return {
        closed,
        async stop() {
          release();
          await leave(clients, session, reading);
          settle(null);
        },
      };
    },
  };
}

/** One question at a time; a server that does not answer is the watch's business. */
const asking = new WeakSet<Subscription>();
function askForMissing(subscription: Subscription, link: Link): void {
  if (link.ended || asking.has(subscription) || subscription.items.missing.length === 0) return;
  asking.add(subscription);
  void subscription.items
    .ask()
    .catch(() => {})
    .finally(() => asking.delete(subscription));
}

function tellQueue(id: string, options: OpcuaOptions, told: SourceDetails, host: SourceHost): void {
  const { queueSize, samplingIntervalMs, coveredOutageSeconds } = told;
  if (queueSize === undefined || samplingIntervalMs === undefined) return;
  if (queueSize >= options.queueSize && samplingIntervalMs <= options.samplingIntervalMs) {
    host.clear('queueRevised');
    return;
  }
  const asked = `asked for were ${options.queueSize} values every ${options.samplingIntervalMs} ms`;
  const granted = `the server keeps ${queueSize} value${queueSize === 1 ? '' : 's'} a node, sampled every ${samplingIntervalMs} ms`;
  host.finding(
    'queueRevised',
    `${id}: ${granted} (${asked}); an outage of up to ${coveredOutageSeconds} s leaves no gap, a longer one does`,
  );
}

function tellDoubts(id: string, { own, certificate, doubts }: SecuredClient, host: SourceHost): void {
  const expiry = certificate && expiryDoubt(certificate, host.now(), 'renew it on the server, then trust the new one');
  if (expiry) host.finding('certificateExpires', `${id}: ${expiry}`);
  else host.clear('certificateExpires');
  const ownExpiry =
    own.certificate &&
    expiryDoubt(
      own.certificate,
      host.now(),
      `remove ${own.certificateFile} and restart, then trust the new one on the server`,
    );
  if (ownExpiry && certificate) host.finding('ownCertificateExpires', `${id}: our own: ${ownExpiry}`);
  else host.clear('ownCertificateExpires');
  const hostDoubt = doubts.find(({ code }) => code === 'certificateHost');
  if (hostDoubt) host.finding('certificateHost', `${id}: ${hostDoubt.message}`);
  else host.clear('certificateHost');
}

/** Closes the session (null: leave it to be taken up again) and the connections, without waiting for a server that is gone. */
async function leave(
  clients: readonly OPCUAClient[],
  session: ClientSession | null,
  reading: Promise<void>,
): Promise<void> {
  const polite = async (): Promise<void> => {
    await reading;
    if (session) await session.close(true).catch(() => {});
    await Promise.all(clients.map((client) => client.disconnect().catch(() => {})));
  };
  await Promise.race([polite(), new Promise((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS).unref())]);
}
