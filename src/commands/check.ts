import type { X509Certificate } from 'node:crypto';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { readAccessToken } from '../access-token.ts';
import { formatAddress, type Address } from '../address.ts';
import { ConfigurationError, type Config } from '../config.ts';
import { readCredentials } from '../credentials/file.ts';
import { inspectSigningKeys } from '../credentials/signing-keys.ts';
import { readClientAuthority } from '../edge/tls/client-authority.ts';
import { inspectAuthority, readIssuedCertificates } from '../edge/tls/issued-certificates.ts';
import { readPair, type PairFiles } from '../edge/tls/pair.ts';
import { listen } from '../edge/listener.ts';
import { exitCodes } from '../exit-code.ts';
import { LockedError, takeLock } from '../lock.ts';
import { inspectQuarantine } from '../quarantine/inspect.ts';
import { createTelemetryHttpsDialect } from '../sources/telemetry-https/dialect.ts';
import { countOlder, inspectStore } from '../store/open.ts';
import { isPathFault } from '../system-error.ts';
import { configOf, settingHelp, settingOptions, type Command, type Invocation } from './command.ts';

/** What was looked at, and what was found. */
interface Finding {
  readonly name: string;
  /** What is there; or what is wrong, and what to do. */
  readonly detail: string;
  /** What a receiver would end with because of it. */
  readonly exitCode: number;
}

const dayMs = 86_400_000;

export const command: Command = {
  help: [
    'northbound check',
    'northbound check --config /etc/northbound.json --json',
    'northbound check --retention-days 7',
    '',
    'Looks at configuration, schema, data directory, token, certificate, store, what would go by its age, quarantine, disk and ports, and changes',
    'nothing. Exits with 78 when a setting, a path or a permission would keep a receiver from serving, with 1 when something else would.',
    '',
    '  --json   the findings as JSON',
    '',
    settingHelp(),
  ].join('\n'),
  options: { ...settingOptions, json: { type: 'boolean' } },
  takesFiles: false,
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  const config = configOf(invocation);
  const findings = await inspect(config);
  process.stdout.write(values['json'] === true ? asJson(findings) : findings.map(asLine).join(''));
  return Math.max(...findings.map(({ exitCode }) => exitCode));
}

function isOk({ exitCode }: Finding): boolean {
  return exitCode === exitCodes.done;
}

function asJson(findings: readonly Finding[]): string {
  const shown = findings.map((finding) => ({
    name: finding.name,
    ok: isOk(finding),
    detail: finding.detail,
  }));
  return `${JSON.stringify({ ok: findings.every(isOk), findings: shown })}\n`;
}

function asLine(finding: Finding): string {
  return `${isOk(finding) ? 'ok   ' : 'FAULT'}  ${finding.name.padEnd(13)}${finding.detail}\n`;
}

async function inspect(config: Config): Promise<Finding[]> {
  const serving = isServed(config.dataDir);
  const looks: [name: string, look: () => string | Promise<string>][] = [
    [
      'schema',
      () => (createTelemetryHttpsDialect(config.schemaFile), config.schemaFile ?? 'the one that comes along'),
    ],
    ['data', () => inspectDataDir(config.dataDir, serving)],
    ['token', () => inspectToken(config)],
    ['certificate', () => inspectCertificate(config)],
    ['store', async () => `${await inspectStore(config.store)}, ${await inspectAge(config)}`],
    ['quarantine', () => inspectQuarantine(config.dataDir)],
    ['disk', () => inspectDisk(config)],
    ['listen', () => inspectPort(config.listen, 'NORTHBOUND_LISTEN', serving)],
    ['ops listen', () => inspectPort(config.opsListen, 'NORTHBOUND_OPS_LISTEN', serving)],
  ];
  const { caListen } = config;
  if (caListen) looks.push(['ca listen', () => inspectPort(caListen, 'NORTHBOUND_CA_LISTEN', serving)]);
  const findings: Finding[] = [];
  for (const [name, look] of looks) findings.push(await find(name, look));
  return findings;
}

async function find(name: string, look: () => string | Promise<string>): Promise<Finding> {
  try {
    return { name, detail: await look(), exitCode: exitCodes.done };
  } catch (error) {
    if (error instanceof ConfigurationError)
      return { name, detail: error.faults.join('; '), exitCode: exitCodes.wrongConfiguration };
    return { name, detail: (error as Error).message, exitCode: exitCodes.failed };
  }
}

/** Whether a receiver holds the data directory now. */
function isServed(dataDir: string): boolean {
  const lock = path.join(dataDir, 'northbound.lock');
  if (!existsSync(lock)) return false;
  try {
    takeLock(lock)();
    return false;
  } catch (error) {
    if (error instanceof LockedError) return true;
    // The look at the data directory says what is wrong with it.
    return false;
  }
}

function inspectDataDir(dataDir: string, serving: boolean): string {
  const exists = existsSync(dataDir);
  const folder = exists ? dataDir : nearestExisting(dataDir);
  const says = (text: string): ConfigurationError =>
    new ConfigurationError([`NORTHBOUND_DATA_DIR=${dataDir} cannot be used: ${folder} ${text}`]);
  if (!statSync(folder).isDirectory()) throw says('is no directory, name another');
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    throw says('may not be written by this user: give it the directory, or name another');
  }
  if (serving) return `${dataDir}, a receiver serves it now`;
  return exists ? dataDir : `${dataDir}, made at the first start`;
}

function nearestExisting(folder: string): string {
  return existsSync(folder) ? folder : nearestExisting(path.dirname(folder));
}

async function inspectToken({ auth, accessToken, dataDir }: Config): Promise<string> {
  await readCredentials(dataDir);
  await inspectSigningKeys(dataDir);
  if (auth === 'none') return 'none: everybody can post';
  if (accessToken !== undefined) return 'the configured one';
  return readAccessToken(dataDir) === undefined ? 'made at the first start' : 'in the data directory';
}

async function inspectCertificate({ dataDir, ownPair, tlsClientCaFile }: Config): Promise<string> {
  if (tlsClientCaFile !== undefined) await readClientAuthority(tlsClientCaFile);
  const leaf = ownPair ? await readOwnLeaf(ownPair) : await readIssuedLeaf(dataDir);
  if (leaf === undefined) return 'made at the first start';
  const until = leaf.validToDate.toISOString();
  // Ours is renewed by the next start; an own one only by its owner.
  if (ownPair && leaf.validToDate.getTime() <= Date.now())
    throw new Error(`${ownPair.certFile} expired at ${until}: renew it`);
  return `valid until ${until}`;
}

async function readIssuedLeaf(dataDir: string): Promise<X509Certificate | undefined> {
  try {
    const { server } = await readIssuedCertificates(dataDir);
    await inspectAuthority(dataDir);
    return server;
  } catch (cause) {
    throw isPathFault(cause) ? new ConfigurationError([(cause as Error).message], { cause }) : cause;
  }
}

async function readOwnLeaf(ownPair: PairFiles): Promise<X509Certificate> {
  try {
    return (await readPair(ownPair)).leaf;
  } catch (cause) {
    throw new ConfigurationError([(cause as Error).message], { cause });
  }
}

/** What would go because of its age: with `--retention-days`, a trial of what is not set yet. */
async function inspectAge({ retentionDays, store }: Config): Promise<string> {
  if (retentionDays === 0) return 'kept for ever';
  const moment = new Date(Date.now() - retentionDays * dayMs);
  const older = await countOlder(store, moment.getTime());
  if (older === 0) return `none older than ${retentionDays} days`;
  return `${older} of them older than ${retentionDays} days, which go: stored before ${moment.toISOString()}`;
}

async function inspectDisk({ dataDir, diskReserveBytes }: Config): Promise<string> {
  const { bavail, bsize } = await statfs(nearestExisting(dataDir));
  const free = bavail * bsize;
  const text = `${(free / 1e9).toFixed(1)} GB free`;
  if (free < diskReserveBytes)
    throw new Error(
      `${text} at ${dataDir}, less than NORTHBOUND_DISK_RESERVE_BYTES=${diskReserveBytes}: make room`,
    );
  return text;
}

async function inspectPort(address: Address, variable: string, serving: boolean): Promise<string> {
  if (serving) return `${formatAddress(address)}, not tried: a receiver serves now`;
  const listener = await listen(createServer(), address, variable);
  await listener.close(0);
  return `${formatAddress(address)} is free`;
}
