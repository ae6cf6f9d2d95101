import type { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigurationError, type Config } from '../config.ts';
import { writeDurably } from '../durable-file.ts';
import { readIssuedCertificates, renewServerCertificate } from '../edge/tls/issued-certificates.ts';
import { tlsFiles } from '../edge/tls/files.ts';
import { parseCertificate } from '../edge/tls/pair.ts';
import { messageOf } from '../error-message.ts';
import { exitCodes } from '../exit-code.ts';
import { hostsAskedFor } from '../public-url.ts';
import { describeCertificate, type Description } from './certificate.ts';
import { configOf, settingHelp, settingOptions, type Command, type Invocation } from './command.ts';
import { suggestion } from './suggestion.ts';

export const command: Command = {
  help: [
    'northbound cert show',
    'northbound cert renew',
    'northbound cert export --out /tmp/northbound-ca.pem',
    '',
    'The certificates that HTTPS is served with.',
    '',
    '  show     subject, names, validity and fingerprint of what is served, and of the CA that APs import',
    '  renew    a new server certificate from the same CA, at once; a receiver that runs serves it within 5 s',
    '  export   the CA certificate in PEM, to stdout: what APs or their controller import',
    '',
    '  --json       show, renew: as JSON',
    '  --out FILE   export: into a file',
    '',
    settingHelp(),
  ].join('\n'),
  options: { ...settingOptions, json: { type: 'boolean' }, out: { type: 'string' } },
  takesFiles: true,
  run,
};

/** What an action works with. */
interface Order {
  readonly config: Config;
  readonly json: boolean;
  readonly out: string | undefined;
}

const actions: Record<string, (order: Order) => Promise<number>> = { show, renew, export: exportAuthority };

async function run(invocation: Invocation): Promise<number> {
  const { positionals, values } = invocation;
  const [name = '', ...others] = positionals;
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined || others.length > 0)
    return complain(
      `say show, renew or export${suggestion(name, Object.keys(actions))}`,
      exitCodes.wrongUsage,
    );
  const out = values['out'] as string | undefined;
  if (out !== undefined && name !== 'export') return complain(`${name} takes no --out`, exitCodes.wrongUsage);
  if (values['json'] === true && name === 'export')
    return complain('export takes no --json', exitCodes.wrongUsage);
  const config = configOf(invocation);
  try {
    return await action({ config, json: values['json'] === true, out });
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    return complain(messageOf(error), exitCodes.failed);
  }
}

async function show({ config, json }: Order): Promise<number> {
  const certificates = config.ownPair
    ? [await readOwn(config.ownPair.certFile)]
    : await readGenerated(config.dataDir);
  if (certificates.length === 0) return complain(notYet(config), exitCodes.failed);
  print(certificates, json);
  return exitCodes.done;
}

async function readOwn(certFile: string): Promise<Description> {
  try {
    return describeCertificate(
      'server',
      certFile,
      parseCertificate(await readFile(certFile, 'utf8'), certFile),
    );
  } catch (cause) {
    throw new ConfigurationError([`NORTHBOUND_TLS_CERT_FILE: ${messageOf(cause)}`], { cause });
  }
}

async function readGenerated(dataDir: string): Promise<Description[]> {
  const files = tlsFiles(dataDir);
  const { server, ca } = await readIssuedCertificates(dataDir);
  const found: [Description['role'], string, X509Certificate | undefined][] = [
    ['server', files.server, server],
    ['ca', files.ca, ca],
  ];
  return found.flatMap(([role, file, certificate]) =>
    certificate === undefined ? [] : describeCertificate(role, file, certificate),
  );
}

async function renew({ config, json }: Order): Promise<number> {
  const { dataDir, ownPair } = config;
  if (ownPair !== undefined)
    return complain(
      `${ownPair.certFile} is your own, and only its issuer can renew it: replace it and ${ownPair.keyFile}, and a ` +
        'receiver that runs serves the new pair',
      exitCodes.failed,
    );
  const { ca, server } = await readIssuedCertificates(dataDir);
  if (ca === undefined && server === undefined) return complain(notYet(config), exitCodes.failed);
  const { leaf } = await renewServerCertificate({ dataDir, hosts: hostsAskedFor(config) });
  print([describeCertificate('server', tlsFiles(dataDir).server, leaf)], json);
  process.stderr.write('A receiver that runs serves it within 5 s.\n');
  return exitCodes.done;
}

async function exportAuthority({ config, out }: Order): Promise<number> {
  if (config.ownPair !== undefined)
    return complain(
      `${config.ownPair.certFile} is your own: what APs have to import is its issuer's certificate, which Northbound does not have`,
      exitCodes.failed,
    );
  const { ca } = await readIssuedCertificates(config.dataDir);
  if (ca === undefined) return complain(notYet(config), exitCodes.failed);
  if (out === undefined) process.stdout.write(ca.toString());
  else await writeDurably(path.resolve(out), ca.toString(), 0o644);
  process.stderr.write(`SHA-256 ${ca.fingerprint256}\n`);
  return exitCodes.done;
}

function notYet({ dataDir }: Config): string {
  return `${dataDir} holds no certificate yet: the first start makes it`;
}

function print(certificates: readonly Description[], json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify({ certificates })}\n`);
  else process.stdout.write(certificates.map(asText).join('\n'));
}

function asText(certificate: Description): string {
  const rows: [string, string][] = [
    ['subject', certificate.subject],
    ['issuer', certificate.issuer],
    ...(certificate.names.length > 0 ? [['names', certificate.names.join(', ')] as [string, string]] : []),
    ['valid', `${certificate.validFrom} to ${certificate.validTo}`],
    ['serial', certificate.serial],
    ['SHA-256', certificate.fingerprint256],
  ];
  return [
    `${certificate.role}  ${certificate.file}\n`,
    ...rows.map(([name, value]) => `  ${name.padEnd(9)}${value}\n`),
  ].join('');
}

function complain(text: string, code: number): number {
  process.stderr.write(`northbound cert: ${text}\n`);
  return code;
}
