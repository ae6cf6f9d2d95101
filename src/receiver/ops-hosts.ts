import type { Config } from '../config.ts';
import { localNames, serverNames } from '../edge/tls/names.ts';
import { hostsAskedFor } from '../public-url.ts';

/** Asking the system takes a descriptor, and as long as some requests. */
const maxAgeMs = 5_000;

export interface OpsHostsOptions {
  /** As `localNames`. */
  readonly readLocalNames?: () => string[];
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

/**
 * The names by which the ops listener may be called: those asked for, loopback, and what the system says, read every few
 * seconds since the addresses of a host come and go. While the system does not say it, what it said last. Never throws.
 */
export function createOpsHosts(
  config: Config,
  { readLocalNames = localNames, now = () => performance.now() }: OpsHostsOptions = {},
): () => ReadonlySet<string> {
  let local: string[] = [];
  let hosts = new Set<string>();
  let readAtMs = -Infinity;
  const read = (): void => {
    readAtMs = now();
    try {
      local = readLocalNames();
    } catch {
      // Whoever could call this listener a moment ago still can.
    }
    const { dns, ips } = serverNames(hostsAskedFor(config), local);
    hosts = new Set([...dns, ...ips]);
  };
  return () => {
    if (now() - readAtMs >= maxAgeMs) read();
    return hosts;
  };
}
