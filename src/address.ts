/** Where a listener listens: `host:port`. */
import { isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

export interface Address {
  /** Without brackets, also for IPv6. */
  readonly host: string;
  readonly port: number;
}

/**
 * A host name, perhaps with a leading `*.`, or an IP address, as a certificate holds it: ASCII, lower case, without brackets,
 * zone or final dot; IPv6 in the canonical form of RFC 5952. Nothing when the text is neither.
 */
export function canonicalHost(text: string): string | undefined {
  if (isIP(text) === 4) return text;
  const address = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  if (isIP(address) === 6) return new URL(`http://[${address}]`).hostname.slice(1, -1);
  const name = domainToASCII(text.replace(/\.$/, '').replace(/^\*\./, ''));
  const isName =
    name.length <= 253 &&
    name.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
  if (!isName || isIP(name) !== 0) return undefined;
  return text.startsWith('*.') ? `*.${name}` : name;
}

/** Whether a certificate can name it: a host name, perhaps with a leading `*.`, or an IP address. */
export function isHost(text: string): boolean {
  return canonicalHost(text) !== undefined;
}

/** Whether a listener there is reached by every address of this host. */
export function isAnyAddress({ host }: Address): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** `0.0.0.0:8443`, `[::1]:0`, `localhost:8443`; nothing when the text is none of these. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, bracketed, plain, digits] = match;
  const port = Number(digits);
  const host = bracketed ?? plain ?? '';
  const right = bracketed === undefined ? isHost(host) && !host.startsWith('*') : isIPv6(host);
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
