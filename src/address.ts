/** Where a listener listens: `host:port`. */
import { isIP, isIPv6 } from 'node:net';

export interface Address {
  /** Without brackets, also for IPv6. */
  readonly host: string;
  readonly port: number;
}

/** A host name, perhaps with a leading `*.`, or an IP address. */
export function isHost(text: string): boolean {
  return isIP(text) !== 0 || /^(\*\.)?[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*$/.test(text);
}

/** `0.0.0.0:8443`, `[::1]:0`, `localhost:8443`; nothing when the text is none of these. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, bracketed, plain, digits] = match;
  const port = Number(digits);
  const host = bracketed ?? plain ?? '';
  const right = bracketed === undefined ? isHost(host) : isIPv6(host);
  return right && port <= 65_535 ? { host, port } : undefined;
}

/** `[::1]:8443` */
export function formatAddress({ host, port }: Address): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether only this machine can reach the address. */
export function isLoopback({ host }: Address): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
