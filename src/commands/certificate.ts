import type { X509Certificate } from 'node:crypto';

/** A certificate as `cert show --json` tells it. Times are RFC 3339 UTC. */
export interface Description {
  /** `server` is what is served; `ca` is what APs import. */
  readonly role: 'server' | 'ca';
  readonly file: string;
  /** `CN=northbound, O=Example` */
  readonly subject: string;
  readonly issuer: string;
  /** DNS names and addresses that it answers for. */
  readonly names: readonly string[];
  readonly validFrom: string;
  readonly validTo: string;
  /** Hex digits. */
  readonly serial: string;
  /** `AB:CD:…`, of the whole certificate. */
  readonly fingerprint256: string;
}

export function describeCertificate(
  role: Description['role'],
  file: string,
  certificate: X509Certificate,
): Description {
  return {
    role,
    file,
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: namesOf(certificate),
    validFrom: certificate.validFromDate.toISOString(),
    validTo: certificate.validToDate.toISOString(),
    serial: certificate.serialNumber.toLowerCase(),
    fingerprint256: certificate.fingerprint256,
  };
}

/** Node puts each part on a line of its own; a subject may be empty, and then there is none. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

/** `DNS:localhost, IP Address:::1`; a name that could be mistaken for two is in quotes. [Node: X509Certificate] */
function namesOf({ subjectAltName = '' }: X509Certificate): string[] {
  const items = subjectAltName.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return items.map((item) => item.trim().replace(/^(?:DNS|IP Address):/, ''));
}
