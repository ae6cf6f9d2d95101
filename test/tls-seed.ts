/** A CA and a server certificate for receivers whose first start is not what is tested: RSA keys take time to make. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openCertificates } from '../src/edge/tls/certificates.ts';

let made: Promise<string> | undefined;

/** Puts TLS files where a first start would, unless some are there. One set serves a whole test file. */
export async function seedTls(dataDir: string): Promise<void> {
  const folder = path.join(dataDir, 'tls');
  if (existsSync(folder)) return;
  made ??= make();
  const from = await made;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(from)) copyFileSync(path.join(from, name), path.join(folder, name));
}

async function make(): Promise<string> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'northbound-tls-'));
  process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));
  const certificates = await openCertificates({ dataDir, hosts: [], log: { info() {}, warn() {} } });
  await certificates.close();
  return path.join(dataDir, 'tls');
}
