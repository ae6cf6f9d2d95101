import { networkInterfaces } from 'node:os';
import { formatAddress, isAnyAddress, type Address } from './address.ts';
import type { Config } from './config.ts';

/**
 * Where APs are told to post, without a path: what was configured, or the first IPv4 address of this host that others can
 * reach, or its loopback address when it has none.
 *
 * @param listening where the listener really listens.
 */
export function publicUrl(config: Config, listening: Address): string {
  if (config.publicUrl !== undefined) return config.publicUrl;
  const host = isAnyAddress(listening) ? firstAddress() : listening.host;
  return `https://${formatAddress({ host, port: listening.port })}`;
}

/** Where this machine itself reaches the listener. */
export function localUrl(listening: Address): string {
  const isLocal = isAnyAddress(listening) || ['127.0.0.1', '::1', 'localhost'].includes(listening.host);
  const host = isLocal ? 'localhost' : listening.host;
  return `https://${formatAddress({ host, port: listening.port })}`;
}

/** The names for the generated certificate; the one that APs are told to use, and those that listeners have, are among them. */
export function hostsAskedFor({ tlsHosts, publicUrl: url, listen, opsListen }: Config): string[] {
  const listening = [listen, opsListen].filter((address) => !isAnyAddress(address));
  return [
    ...tlsHosts,
    ...(url === undefined ? [] : [new URL(url).hostname]),
    ...listening.map(({ host }) => host),
  ];
}

function firstAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}
