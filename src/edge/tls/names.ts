/** The names under which APs may reach this host, and whether a certificate carries them. */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { canonicalHost } from '../../address.ts';

/** What a server certificate is issued for. A name is in it once. */
export interface Names {
  /** ASCII, lower case; never empty. The first one becomes the common name. */
  readonly dns: readonly string[];
  /** IPv4 in dots, IPv6 in the canonical form of RFC 5952; without a zone. */
  readonly ips: readonly string[];
}

/** Whatever its network, a host can be reached from itself: the printed curl line and the tests need it. */
const loopback = ['localhost', '127.0.0.1', '::1'];

/**
 * The host's name and the addresses of its interfaces, as the system says them.
 *
 * IPv6 link-local addresses (`fe80::…%eth0`) are left out: they mean something only together with an interface of the
 * *sender*, which no URL in an AP's profile can name.
 */
export function localNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  return [hostname(), ...addresses.map(({ address }) => address).filter((address) => !isLinkLocal(address))];
}

/**
 * All names that a certificate should carry: those asked for first, then the host's own, then loopback.
 *
 * An address that was asked for is taken without brackets and without its zone, since a certificate can hold neither.
 * Of the host's own names, one that no certificate can hold is left out.
 *
 * @throws {Error} when one that was asked for is neither a DNS name (perhaps with a leading `*.`) nor an IP address.
 */
export function serverNames(hosts: readonly string[], local: readonly string[]): Names {
  const asked = hosts.map((host) => {
    const name = canonicalHost(host);
    if (name !== undefined) return name;
    throw new Error(`NORTHBOUND_TLS_HOSTS: ${JSON.stringify(host)} is neither a host name nor an IP address`);
  });
  const own = [...local, ...loopback].flatMap((name) => canonicalHost(name) ?? []);
  const names = [...new Set([...asked, ...own])];
  return {
    dns: names.filter((name) => isIP(name) === 0),
    ips: names.filter((name) => isIP(name) !== 0),
  };
}

/** The names that a client would look for in the certificate in vain. */
export function missingNames(certificate: X509Certificate, { dns, ips }: Names): string[] {
  const alternatives = (certificate.subjectAltName ?? '').toLowerCase().split(', ');
  // Letter by letter, since OpenSSL lets no name match `*.lan` or `*.a_b.example.org`, though a certificate can hold them.
  const carries = (name: string): boolean =>
    name.startsWith('*.')
      ? alternatives.includes(`dns:${name}`)
      : certificate.checkHost(name, { subject: 'never' }) !== undefined;
  return [
    ...dns.filter((name) => !carries(name)),
    ...ips.filter((ip) => certificate.checkIP(ip) === undefined),
  ];
}

/** fe80::/10 [RFC 4291 §2.5.6] */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(address);
}
