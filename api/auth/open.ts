import { existsSync } from 'node:fs';
import type { IncomingMessage, Server } from 'node:http';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '#shared/contract/command.ts';
import { UNPROTECTED } from '#shared/contract/options.ts';
import type { Plant } from '#shared/plant/model.ts';
import { DAY, type Instant } from '#shared/time/instant.ts';
import type { ServerFactory } from '../app.ts';
import type { Counters, Gauge } from '../metrics/counters.ts';
import { createHostRule } from '../security.ts';
import type { ServerSettings } from '../settings/server-file.ts';
import { openEnrolServer } from '../tls/enrol.ts';
import { tlsFiles } from '../tls/files.ts';
import { openTlsServer, type TlsServer } from '../tls/server.ts';

import { createAuth } from './auth.ts';
import type { AuthDeps } from './deps.ts';
import { cookieIn, cookieNames } from './gate.ts';
import { openSingleSignOn } from './oidc.ts';
import { openPostgresSql } from './postgres.ts';
import type { Principal } from './principal.ts';
import { prepareAccounts } from './schema.ts';
import { agreeOnSecrets, openSecrets, secretsFile } from './secrets.ts';
import { openSqliteSql, type Sql } from './sql.ts';

export interface AuthPlaces {
  readonly dataDir: string;
  readonly ledgerUrl: string;
  readonly ledgerCredentials: { readonly user?: string; readonly password?: string };
  readonly host: string;
  readonly port: number;
  readonly settings: ServerSettings;
  /** The start said in words that the network may use it without accounts and TLS. */
  readonly unprotected: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly plant: () => Plant;
  readonly clock: () => Instant;
  readonly counters: Counters;
  readonly log: (line: string) => void;
}

export interface OpenAuth extends AuthDeps {
  /**
   * The one connection of this process to the accounts' database, for all that is kept beside them: on SQLite a second one would
   * wait for a transaction of the first, and the first for the process that waits.
   */
  readonly sql: Sql;
  readonly serve: ServerFactory | null;
  readonly principalOf: (request: IncomingMessage) => Promise<Principal | null>;
  /** Told once the live socket stands. */
  countScreens(of: (session: string) => number): void;
  gauges(): readonly Gauge[];
  /** Tells people where to begin, and puts the start on record. */
  announce(url: string): Promise<void>;
  close(): Promise<void>;
}

const RENEW_BEFORE_DAYS = 30;
const SWEEP_MS = 60_000;

/** @throws UserError for a place that may not be opened like this, and for files that cannot be used. */
export async function openAuth(places: AuthPlaces): Promise<OpenAuth> {
  const { dataDir, host, settings, unprotected, plant, clock, counters, log } = places;
  const loopback = isLoopback(host);
  const sql = openSql(places);
  let tls: TlsServer | null = null;
  try {
    await prepareAccounts(sql);
    const kept = places.env['LINEWATT_SECRETS_FILE'] ?? secretsFile(dataDir);
    const secrets = openSecrets(kept);
    await agreeOnSecrets(sql, secrets, kept);
    tls = openTls(dataDir, settings, clock, log);
    const limits = definedOf({
      sessionHours: settings.sessions.hours,
      idleMinutes: settings.sessions.idleMinutes,
      tabletMinutes: settings.sessions.tabletMinutes,
    });
    const auth = createAuth({ sql, secrets, plant, clock, counters, loopback, unprotected, limits });
    if (!loopback && !unprotected) requireProtection(host, await auth.accounts.any(), tls !== null);
    const scheme = tls ? 'https' : 'http';
    const publicUrl = (settings.publicUrl ?? `${scheme}://${publicName(places, tls)}:${places.port}`).replace(
      /\/+$/,
      '',
    );
    const certificateNames = tls?.certificate().names ?? [];
    const names = [
      ...settings.names,
      ...certificateNames,
      new URL(publicUrl).hostname,
      ...(loopback ? [] : [hostname()]),
    ];
    const ownCa = tlsFiles(dataDir).ca;
    const caFile = tls && !settings.tls && existsSync(ownCa) ? ownCa : null;
    const cookies = cookieNames(tls !== null || publicUrl.startsWith('https:'));
    let enrolServer: Server | null = null;
    let screens = (_session: string): number => 0;
    const renew = setInterval(() => void renewSoon(), DAY / 24);
    const sweep = setInterval(
      () => void auth.sessions.sweep().catch(() => counters.count('session_checks_failed')),
      SWEEP_MS,
    );

    async function renewSoon(): Promise<void> {
      const held = tls?.certificate();
      const files = tlsFiles(dataDir);
      if (!tls || !held || settings.tls || held.notAfter - clock() > RENEW_BEFORE_DAYS * DAY) return;
      if (!existsSync(files.caKey))
        return log('the certificate ends soon and the CA key is not here: linewatt tls renew');
      const { makeServerCertificate } = await import('../tls/site-ca.ts');
      await makeServerCertificate(files, held.names, clock());
      tls.reload();
    }
    tls?.onRenewed(({ notAfter }) => {
      void auth.audit.note({ ...SELF, kind: 'certificate', details: { goodUntil: new Date(notAfter).toISOString() } });
    });

    return {
      sql,
      auth,
      cookies,
      isOwnHost: createHostRule({ names, loopbackOnly: loopback }),
      publicUrl: () => publicUrl,
      enrolUrl: () => {
        const { enrolPort } = settings.listen;
        return enrolPort === undefined
          ? `${publicUrl}/enrol`
          : `http://${new URL(publicUrl).hostname}:${enrolPort}/enrol`;
      },
      certificate: () => tls?.certificate() ?? null,
      caFile,
      singleSignOn: settings.singleSignOn ? openSingleSignOn(settings.singleSignOn, publicUrl) : null,
      screensOf: (session) => screens(session),
      serve: tls?.factory ?? null,
      async principalOf({ headers }) {
        return auth.principal({
          session: cookieIn(headers.cookie, cookies.session),
          kiosk: cookieIn(headers.cookie, cookies.kiosk),
          authorization: headers.authorization,
        });
      },
      countScreens(of) {
        screens = of;
      },
      gauges: () => {
        const certificate = tls?.certificate();
        const days = certificate ? (certificate.notAfter - clock()) / DAY : null;
        return [
          ...(days === null
            ? []
            : [
                {
                  name: 'linewatt_api_certificate_days',
                  help: 'Days until the certificate ends',
                  value: Math.floor(days),
                },
              ]),
          {
            name: 'linewatt_api_audit_trouble',
            help: '1 while the audit log cannot be written',
            value: auth.audit.trouble === null ? 0 : 1,
          },
        ];
      },
      async announce(url) {
        const { enrolPort } = settings.listen;
        if (tls && enrolPort !== undefined) {
          const place = { certificate: () => tls?.certificate() ?? null, ca: caFile, publicUrl: () => publicUrl };
          enrolServer = await openEnrolServer(host, enrolPort, place);
        }
        await auth.audit.note({ ...SELF, kind: 'start', details: { url, tls: tls !== null } });
        await renewSoon();
        if (await auth.accounts.anyAdmin()) return;
        if ((await auth.mode()) === 'open') {
          log('there are no accounts yet, so everybody who reaches this address reads and enters everything');
        }
        log(`the first administrator, once, until the next start: ${url}/first#${auth.firstToken}`);
      },
      async close() {
        clearInterval(renew);
        clearInterval(sweep);
        tls?.close();
        enrolServer?.close();
        enrolServer?.closeAllConnections();
        await sql.close();
      },
    };
  } catch (error) {
    tls?.close();
    await sql.close();
    throw error;
  }
}

const SELF = { actor: null, name: 'linewatt', address: null } as const;

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function openSql({ ledgerUrl, dataDir, ledgerCredentials, log }: AuthPlaces): Sql {
  if (/^postgres(ql)?:/.test(ledgerUrl))
    return openPostgresSql({ url: ledgerUrl, credentials: ledgerCredentials }, log);
  return openSqliteSql(accountsFile(ledgerUrl, dataDir));
}

/**
 * Accounts stand in the ledger's database; on SQLite in a file beside it, because two connections of one process that write to one
 * file would wait for each other without an end.
 */
export function accountsFile(ledgerUrl: string, dataDir: string): string {
  const file = ledgerFile(ledgerUrl, dataDir);
  return file === ':memory:' ? file : join(dirname(file), 'accounts.sqlite');
}

export function ledgerFile(ledgerUrl: string, dataDir: string): string {
  return ledgerUrl === 'sqlite:' ? join(dataDir, 'ledger.sqlite') : ledgerUrl.replace(/^sqlite:/, '');
}

function openTls(
  dataDir: string,
  settings: ServerSettings,
  clock: () => Instant,
  log: (line: string) => void,
): TlsServer | null {
  if (settings.tls) return openTlsServer({ ...settings.tls, ca: null }, clock, log);
  const { certificate, key, ca } = tlsFiles(dataDir);
  return existsSync(certificate) ? openTlsServer({ certificate, key, ca }, clock, log) : null;
}

function requireProtection(host: string, accounts: boolean, tls: boolean): void {
  const missing = [
    ...(accounts ? [] : ['an administrator (linewatt user add NAME --role admin)']),
    ...(tls ? [] : ['a certificate (linewatt tls init --name NAME)']),
  ];
  if (missing.length === 0) return;
  throw new UserError(
    `${host} is not the loopback address. Without accounts and TLS this server listens on 127.0.0.1 only; make ` +
      `${missing.join(' and ')}. To let the whole network in as it is, say so: --${UNPROTECTED}`,
  );
}

/** The first name of the certificate that is not this machine alone; else the address that it listens on. */
function publicName({ host, settings }: AuthPlaces, tls: TlsServer | null): string {
  const names = [...settings.names, ...(tls?.certificate().names ?? [])];
  const known = names.find((name) => name !== 'localhost' && !isLoopback(name));
  if (known !== undefined && !isLoopback(host)) return known;
  return host === '0.0.0.0' || host === '::' ? hostname() : host.includes(':') ? `[${host}]` : host;
}

function definedOf<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
