/** What a generated certificate depends on: where its files lie, which names it is for, what time it is. */
import { tlsFiles, type TlsFiles } from './files.ts';
import { localNames, serverNames, type Names } from './names.ts';

/** Where, and for whom; the system answers what is left out. */
export interface SiteOptions {
  /** The files lie in `tls/` under it. */
  readonly dataDir: string;
  /** Names and addresses that the certificate carries besides the host's own. */
  readonly hosts: readonly string[];
  readonly now?: () => Date;
  /** The host's own names and addresses. */
  readonly localNames?: () => string[];
}

/** Names and time are asked for, never kept: both change while the process lives. */
export interface Site {
  readonly files: TlsFiles;
  names(): Names;
  now(): Date;
}

/**
 * The site, with its hosts checked.
 *
 * @throws {Error} when one of the hosts is neither a DNS name nor an IP address.
 */
export function createSite(options: SiteOptions): Site {
  const local = options.localNames ?? localNames;
  const names = (): Names => serverNames(options.hosts, local());
  names();
  return { files: tlsFiles(options.dataDir), names, now: options.now ?? (() => new Date()) };
}
