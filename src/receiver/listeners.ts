import type { RequestListener } from 'node:http';
import { createCaApp } from '../edge/app.ts';
import { createLoginThrottle } from '../credentials/login-throttle.ts';
import { createTokenCheck, letEverybodyPass, requireTokenOrSession } from '../edge/auth.ts';
import { openEvents } from '../edge/api/events.ts';
import { createHttpsApp } from '../edge/https.ts';
import { createInFlightBudget } from '../edge/in-flight.ts';
import { listen, type Listener } from '../edge/listener.ts';
import { createOpsApp, type Check, type OpsOptions } from '../edge/ops.ts';
import { createPlainServer, createSecureServer, replaceMaterial, type ServerLimits } from '../edge/server.ts';
import { createSessions, createSignIn } from '../edge/session.ts';
import { openClientAuthority, type ClientAuthority } from '../edge/tls/client-authority.ts';
import type { Accepted } from '../intake/accept.ts';
import { reading } from '../metrics.ts';
import type { OpenedIntake } from './intake.ts';
import type { OpenedLimits } from './limits.ts';
import type { OpenedLogin } from './login.ts';
import { createOpsHosts } from './ops-hosts.ts';
import { createSetup } from './setup.ts';
import type { Site } from './site.ts';

/** A stop may take 10 s after its delay; closing the store needs some of them. */
const patienceMs = 7_000;
const opsPatienceMs = 500;

/** Where operators look, and how they hear of what was answered. */
export interface OpenedOps extends Listener {
  readonly observe: (accepted: Accepted) => void;
}

export async function openOps(site: Site, limits: OpenedLimits): Promise<OpenedOps> {
  const { config, log, metrics, certificates, opened, state } = site;
  const events = openEvents(limits);
  const app = createOpsApp({
    log,
    metrics,
    caPem: () => certificates.caPem(),
    ...createOpsLogin(site),
    checks: createChecks(site),
    hosts: createOpsHosts(config),
    limits,
    events,
    setup: createSetup(site),
    find: () => state.open,
    startedAt: new Date(),
  });
  const server =
    config.opsTls === 'on' ? openSecureServer(site, app) : createPlainServer(app, serverLimits(site));
  const ops = await listen(server, config.opsListen, 'NORTHBOUND_OPS_LISTEN');
  opened.defer(() => {
    events.close();
    return ops.close(opsPatienceMs);
  });
  return { ...ops, observe: (accepted) => events.observe(accepted) };
}

/** Who may look, and how the page's users sign in. */
function createOpsLogin({ config, metrics }: Site): Pick<OpsOptions, 'authenticate' | 'signIn'> {
  if (config.opsAuth === 'none' || config.opsToken === undefined)
    return { authenticate: letEverybodyPass, signIn: undefined };
  const now = (): number => performance.now();
  const failed = (reason: string): void => metrics.authFailures.inc({ reason: `ops_${reason}` });
  const isToken = createTokenCheck(config.opsToken);
  const sessions = createSessions(now);
  return {
    authenticate: requireTokenOrSession(isToken, sessions, failed),
    signIn: { sessions, signIn: createSignIn({ isToken, throttle: createLoginThrottle(now), failed }) },
  };
}

/** What stands between a report and its receipt now. */
function createChecks({ state, certificates }: Site): Check[] {
  return [
    { name: 'store', fault: () => state.storeFault() },
    { name: 'disk', fault: () => state.diskFault() },
    {
      name: 'certificate',
      fault() {
        const { expiresAt } = certificates.current();
        return expiresAt.getTime() <= Date.now()
          ? `the certificate expired at ${expiresAt.toISOString()}`
          : undefined;
      },
    },
    { name: 'shutdown', fault: () => (state.phase === 'serving' ? undefined : 'Northbound is stopping') },
  ];
}

/** Where APs post. */
export async function openTelemetry(
  site: Site,
  journey: OpenedIntake & OpenedLogin & { observe: (accepted: Accepted) => void },
): Promise<Listener> {
  const { config, log, metrics, certificates, opened, state } = site;
  const budget = createInFlightBudget(config.maxInFlightBytes);
  reading(
    metrics.registry,
    'in_flight_bytes',
    'Bodies between their first byte and their receipt',
    budget.usedBytes,
  );
  const app = createHttpsApp({
    ...journey,
    log,
    metrics,
    budget,
    caPem: () => certificates.caPem(),
    phase: () => state.phase,
    bodyLimits: { maxBodyBytes: config.maxBodyBytes, timeoutMs: config.requestTimeoutSeconds * 1000 },
  });
  const clientAuthority = await openClientCa(site);
  const server = openSecureServer(site, app, clientAuthority);
  const telemetry = await listen(server, config.listen, 'NORTHBOUND_LISTEN');
  opened.defer(() => telemetry.close(patienceMs));
  state.telemetry = telemetry.address;
  return telemetry;
}

/** Where only the CA certificate is, if it is asked for. */
export async function openCaListener(site: Site): Promise<Listener | undefined> {
  const { config, log, metrics, certificates, opened, state } = site;
  if (config.caListen === undefined) return undefined;
  const app = createCaApp(log, metrics, () => certificates.caPem());
  const ca = await listen(
    createPlainServer(app, serverLimits(site)),
    config.caListen,
    'NORTHBOUND_CA_LISTEN',
  );
  opened.defer(() => ca.close(opsPatienceMs));
  state.ca = ca.address;
  return ca;
}

async function openClientCa({ config, log, opened }: Site): Promise<ClientAuthority | undefined> {
  if (config.tlsClientCaFile === undefined) return undefined;
  const authority = await openClientAuthority({ file: config.tlsClientCaFile, log });
  opened.defer(() => authority.close());
  return authority;
}

function openSecureServer(site: Site, app: RequestListener, clientAuthority?: ClientAuthority) {
  const { log, certificates } = site;
  const material = () => ({ pair: certificates.current(), clientCa: clientAuthority?.current() });
  const server = createSecureServer(app, serverLimits(site), { ...material(), log });
  const replace = (): void => replaceMaterial(server, material());
  certificates.onChange(replace);
  clientAuthority?.onChange(replace);
  return server;
}

function serverLimits({ config, log }: Site): ServerLimits {
  const { maxConnections, maxConnectionsPerAddress, requestTimeoutSeconds } = config;
  return {
    maxConnections,
    maxConnectionsPerAddress,
    requestTimeoutMs: requestTimeoutSeconds * 1000,
    refused: ({ code, message }, req) =>
      log.warn({ req, code, detail: message }, 'refused before it was a request'),
  };
}
