/** A place to run in: a data directory of its own, a clock, the host's names, and a log that is kept. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import {
  openCertificates,
  type Certificates,
  type CertificatesOptions,
} from '../../../src/edge/tls/certificates.ts';
import { tlsFiles, type TlsFiles } from '../../../src/edge/tls/files.ts';

export const dayMs = 86_400_000;

export interface Place {
  readonly dataDir: string;
  readonly files: TlsFiles;
  /** The time it is for the code under test; tests move it. */
  now: Date;
  /** The host's own names; tests change them. */
  local: string[];
  /** What was logged, as `level: message`. */
  readonly logged: string[];
  /** Opens the certificates here; closed when the test ends. Looks happen only when the test asks for one. */
  open(options?: Partial<CertificatesOptions>): Promise<Certificates>;
  /** The text of each generated file, `undefined` where it is missing. */
  texts(): Promise<Record<'ca' | 'caKey' | 'server' | 'serverKey', string | undefined>>;
}

export async function createPlace(t: TestContext): Promise<Place> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'northbound-tls-'));
  const opened: Certificates[] = [];
  t.after(async () => {
    await Promise.all(opened.map((certificates) => certificates.close()));
    await rm(dataDir, { recursive: true });
  });
  const logged: string[] = [];
  const log = {
    info: (_fields: object, message: string) => void logged.push(`info: ${message}`),
    warn: (_fields: object, message: string) => void logged.push(`warn: ${message}`),
  };
  const files = tlsFiles(dataDir);
  const text = (file: string): Promise<string | undefined> => readFile(file, 'utf8').catch(() => undefined);
  const place: Place = {
    dataDir,
    files,
    now: new Date(),
    local: ['receiver', '192.0.2.7'],
    logged,
    open: async (options) => {
      const certificates = await openCertificates({
        dataDir,
        hosts: [],
        log,
        now: () => place.now,
        localNames: () => place.local,
        checkEveryMs: 3_600_000,
        ...options,
      });
      opened.push(certificates);
      return certificates;
    },
    texts: async () => {
      const { ca, caKey, server, serverKey } = files;
      return {
        ca: await text(ca),
        caKey: await text(caKey),
        server: await text(server),
        serverKey: await text(serverKey),
      };
    },
  };
  return place;
}
