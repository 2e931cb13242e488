import { TLSSocket } from 'node:tls';
import type { MqttClient } from 'mqtt';
import { SourceError, type SourceHost, type SourceType } from '#edge/core/source.ts';
import type { Instant } from '#shared/time/instant.ts';
import { clientIdOf } from './client-id.ts';
import { closeLink, type Link, openLink } from './link.ts';
import { type MqttOptions, readMqttOptions } from './options.ts';
import { codeOf, explain } from './refusal.ts';
import { createSession, type Session } from './session.ts';
import { rebirthCommand } from './sparkplug/rebirth.ts';

/*
 * A broker as a source: subscribes, and publishes nothing (a Sparkplug rebirth request excepted, where it is allowed).
 *
 * - QoS 1. A message is acknowledged when the journal has it, so that a broker keeps what we might still lose.
 * - A kept session bridges an outage: what held at the last contact held until the first message of the queue.
 * - That the broker is there says nothing about who publishes to it. With Sparkplug a silent node is a living one, because
 *   its broker would say otherwise; with plain JSON nobody would, so there silence is only silence.
 */

const TELL_EVERY_MS = 1000;
const SILENT_TOPIC_MS = 60_000;

export function createMqttSource(dataDir: string): SourceType {
  /** Filters of the session that the connection before this one left at the broker. */
  let kept: ReadonlySet<string> = new Set();
  return {
    type: 'mqtt',
    async start(source, items, host) {
      const options = readMqttOptions(source.id, source.options);
      const clientId = options.clientId ?? clientIdOf(dataDir, source.id);
      let client: MqttClient | null = null;
      let lastHeard = host.now();
      let ended = false;
      let settle: (error: SourceError | null) => void = () => {};
      const closed = new Promise<SourceError | null>((resolve) => {
        settle = resolve;
      });
      const askForBirth = (group: string, node: string) => {
        client?.publish(`spBv1.0/${group}/NCMD/${node}`, Buffer.from(rebirthCommand(host.now())), { qos: 0 });
      };
      const session = createSession(options, items, host, askForBirth);
      const silence = watchTopics(session, host);
      const early: (() => void)[] = [];
      let ready = false;
      let setReady: () => void = () => {};
      const whenReady = new Promise<void>((resolve) => {
        setReady = resolve;
      });
      const prepare = (made: MqttClient) => {
        client = made;
        made.on('packetreceive', () => {
          lastHeard = host.now();
        });
        made.on('message', (topic, payload, { retain }) => {
          const take = () => {
            silence.heard(topic);
            session.message(topic, payload, retain);
          };
          if (ready) take();
          else early.push(take);
        });
      };
      const ask = {
        options,
        clientId,
        persistent: session.persistent,
        kept: () => whenReady.then(() => host.kept()),
        prepare,
      };
      const link = await openLink(ask).catch((error) => {
        throw explain(source.id, options, error);
      });
      const end = (why: string) => {
        if (ended) return;
        ended = true;
        clearInterval(timer);
        host.lost(lastHeard, why);
        link.client.end(true);
        settle(new SourceError('lost', `${source.id}: ${why}`, { retryable: true }));
      };
      link.client.on('disconnect', ({ reasonCode }) => end(`the broker ended the connection (reason ${reasonCode})`));
      link.client.on('close', () => end('the connection was closed by the broker or the network'));
      const timer = setInterval(() => {
        if (options.format === 'sparkplug') host.alive(lastHeard);
        else host.heard(lastHeard);
        silence.check();
      }, TELL_EVERY_MS);
      if (link.resumed && session.persistent) {
        session.resumed();
        const bridged = session.filters.filter((filter) => kept.has(filter)).flatMap(session.signalsOf);
        if (bridged.length > 0) host.bridged(bridged);
      }
      ready = true;
      for (const take of early.splice(0)) take();
      setReady();
      describe(link, options, host);
      try {
        kept = await subscribe(link, session, options, host);
      } catch (error) {
        if (!ended) {
          ended = true;
          clearInterval(timer);
          link.client.end(true);
        }
        throw explain(source.id, options, error);
      }
      return {
        closed,
        async stop() {
          if (ended) return;
          ended = true;
          clearInterval(timer);
          await closeLink(link.client);
          settle(null);
        },
      };
    },
  };
}

/** Returns the filters that were taken. One that is refused never takes the others with it. */
async function subscribe(
  link: Link,
  session: Session,
  options: MqttOptions,
  host: SourceHost,
): Promise<ReadonlySet<string>> {
  const taken = new Set<string>();
  const refused = (filter: string, why: string) => {
    for (const signal of session.signalsOf(filter)) {
      host.finding('topicRefused', `${signal}: the broker refuses ${filter} (${why}); check its access list`, signal);
    }
  };
  await Promise.all(
    session.filters.map(async (filter) => {
      try {
        await link.client.subscribeAsync(filter, { qos: options.qos });
        taken.add(filter);
      } catch (error) {
        if (codeOf(error) === null || !link.client.connected) throw error;
        refused(filter, (error as Error).message);
      }
    }),
  );
  return taken;
}

function describe({ socket }: Link, { url, userName, tls }: MqttOptions, host: SourceHost): void {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  const secure = url.protocol === 'mqtts:';
  const identity = tls.cert ? 'certificate' : userName === null ? 'anonymous' : 'userName';
  host.describe({
    securityMode: secure ? 'TLS' : 'None',
    identity,
    ...(certificate && {
      certificateThumbprint: certificate.fingerprint.replaceAll(':', '').toLowerCase(),
      certificateSubject: certificate.subject,
      certificateExpiresAt: Date.parse(certificate.validTo),
    }),
    weaknesses: [
      ...(secure ? [] : ['the broker is read without TLS; use mqtts:// where it can']),
      ...(identity === 'anonymous' ? ['the broker lets us in without a name; give userName or certFile'] : []),
    ],
  });
}

interface TopicWatch {
  heard(topic: string): void;
  check(): void;
}

/** Brokers do not say when their access list keeps a topic from us, and nobody says that a topic is misspelt. */
function watchTopics(session: Session, host: SourceHost): TopicWatch {
  const silent = new Set(session.filters.filter((filter) => !filter.includes('+')));
  const since: Instant = host.now();
  let told = false;
  return {
    heard(topic) {
      if (!silent.delete(topic)) return;
      for (const signal of session.signalsOf(topic)) host.clear('topicSilent', signal);
    },
    check() {
      if (told || host.now() - since < SILENT_TOPIC_MS) return;
      told = true;
      for (const topic of silent) {
        for (const signal of session.signalsOf(topic)) {
          const what = `${signal}: nothing came on ${topic} for a minute; check its spelling, its sender, and the broker's access list`;
          host.finding('topicSilent', what, signal);
        }
      }
    },
  };
}
