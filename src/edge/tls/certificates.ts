/** The pair that HTTPS is served with: made or read at the start, looked after for as long as the process lives. */
import { messageOf } from '../../error-message.ts';
import { lookAtGeneratedPair, prepareGeneratedPair } from './generated-pair.ts';
import type { Look } from './look.ts';
import { lookAtOwnPair } from './own-pair.ts';
import type { Pair, PairFiles } from './pair.ts';
import { createSite, type SiteOptions } from './site.ts';

/** Soon enough after a renewal or a new address, and too rare to be felt. */
const defaultCheckEveryMs = 5000;

/** What is said to the operator; pino's loggers fit. */
export interface CertificateLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface CertificatesOptions extends SiteOptions {
  /** A pair that the operator brings; the data directory and the hosts then do not matter. */
  readonly own?: PairFiles | undefined;
  readonly log: CertificateLog;
  readonly checkEveryMs?: number;
}

/** A pair that TLS can always be spoken with: what goes wrong after the start leaves the last good one in place. */
export interface Certificates {
  current(): Pair;
  /** The authority that APs have to import, in PEM; nothing with an own pair. */
  caPem(): string | undefined;
  /** SHA-256 of the authority's certificate, `AB:CD:…`, to compare after an import; nothing with an own pair. */
  caFingerprint256(): string | undefined;
  /** Calls the listener with every later pair, when it is the current one. A listener must not throw. */
  onChange(listener: (pair: Pair) => void): void;
  /**
   * Looks at files, names and clock now, and issues a certificate when one is due. Never rejects: what is wrong is
   * logged, once while it lasts. Looks never overlap; a call during one waits for that one.
   */
  check(): Promise<void>;
  /** How many times files appeared that cannot be served; a fault that the next look finds again counts once. */
  refusedPairs(): number;
  /** Stops looking. Resolves when nothing is being written any more. */
  close(): Promise<void>;
}

/**
 * Makes what is missing, reads the pair, and looks at it every few seconds: by polling, because file watchers miss
 * renames and the symbolic links that Kubernetes swaps. The timer does not keep the process alive.
 *
 * @throws {Error} when there is nothing to serve: with the file at fault and the remedy. An authority that exists is
 * never written, whatever is wrong with it.
 */
export async function openCertificates(options: CertificatesOptions): Promise<Certificates> {
  const { log } = options;
  const look = await prepareLook(options);
  const warn = createWarnings(log);
  const listeners: ((pair: Pair) => void)[] = [];
  let seen = await look();
  let refused = 0;
  let running: Promise<void> | undefined;
  warn(seen.warnings);

  async function lookAgain(): Promise<void> {
    const before = seen.pair;
    try {
      seen = await look(before);
    } catch (fault) {
      refused += warn([`the certificate stays as it was: ${messageOf(fault)}`]);
      return;
    }
    warn(seen.warnings);
    const { pair, issuedBecause } = seen;
    if (pair.cert === before.cert && pair.key === before.key) return;
    log.info({ expiresAt: pair.expiresAt, because: issuedBecause }, 'a new certificate is served');
    for (const listener of listeners) listener(pair);
  }

  const check = (): Promise<void> =>
    (running ??= lookAgain().finally(() => {
      running = undefined;
    }));
  const timer = setInterval(() => void check(), options.checkEveryMs ?? defaultCheckEveryMs).unref();
  return {
    current: () => seen.pair,
    caPem: () => seen.authority?.pem,
    caFingerprint256: () => seen.authority?.certificate.fingerprint256,
    onChange: (listener) => void listeners.push(listener),
    check,
    refusedPairs: () => refused,
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

/** Makes the files when they are ours to make, and tells how to look at them from then on. */
async function prepareLook(options: CertificatesOptions): Promise<(served?: Pair) => Promise<Look>> {
  const { own, log } = options;
  if (own !== undefined) {
    const now = options.now ?? (() => new Date());
    return (served) => lookAtOwnPair(own, served, now());
  }
  const site = createSite(options);
  for (const warning of await prepareGeneratedPair(site)) log.warn({}, warning);
  return () => lookAtGeneratedPair(site);
}

/** Logs each warning when it first appears, and again only after a look without it. Returns how many were new. */
function createWarnings(log: CertificateLog): (warnings: readonly string[]) => number {
  let known: readonly string[] = [];
  return (warnings) => {
    const fresh = warnings.filter((warning) => !known.includes(warning));
    for (const warning of fresh) log.warn({}, warning);
    known = warnings;
    return fresh.length;
  };
}
