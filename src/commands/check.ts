import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { readAccessToken } from '../access-token.ts';
import { formatAddress, type Address } from '../address.ts';
import { readConfig, type Config } from '../config.ts';
import { readIssuedCertificates } from '../edge/tls/issued-certificates.ts';
import { readPair } from '../edge/tls/pair.ts';
import { listen } from '../edge/listener.ts';
import { LockedError, takeLock } from '../lock.ts';
import { createTelemetryHttpsDialect } from '../sources/telemetry-https/dialect.ts';
import { inspectStore } from '../store/open.ts';
import { settingFlags, settingHelp, settingOptions, type Command, type Invocation } from './command.ts';

/** Less than this leaves no room for a day of reports. */
const leastFreeBytes = 268_435_456;

/** What was looked at, and what was found. `fault` says what to do. */
interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export const command: Command = {
  help: [
    'northbound check',
    'northbound check --config /etc/northbound.json --json',
    '',
    'Looks at configuration, schema, data directory, token, certificate, store, disk and ports, and changes nothing. Exits',
    'with 1 when something would keep a receiver from serving, with 78 when the configuration does.',
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
  const { environment, values } = invocation;
  const config = readConfig({
    flags: settingFlags(invocation),
    environment,
    file: values['config'] as string,
  });
  const findings = await inspect(config);
  const ok = findings.every((finding) => finding.ok);
  if (values['json'] === true) process.stdout.write(`${JSON.stringify({ ok, findings })}\n`);
  else
    for (const finding of findings)
      process.stdout.write(
        `${finding.ok ? 'ok   ' : 'FAULT'}  ${finding.name.padEnd(12)}${finding.detail}\n`,
      );
  return ok ? 0 : 1;
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
    ['store', () => inspectStore(config.store)],
    ['disk', () => inspectDisk(config.dataDir)],
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
    return { name, ok: true, detail: await look() };
  } catch (error) {
    return { name, ok: false, detail: (error as Error).message };
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
  if (!statSync(folder).isDirectory())
    throw new Error(`${folder} is no directory: name another in NORTHBOUND_DATA_DIR`);
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new Error(`${folder} may not be written by this user: give it the directory, or name another`, {
      cause,
    });
  }
  if (serving) return `${dataDir}, a receiver serves it now`;
  return exists ? dataDir : `${dataDir}, made at the first start`;
}

function nearestExisting(folder: string): string {
  return existsSync(folder) ? folder : nearestExisting(path.dirname(folder));
}

function inspectToken({ auth, accessToken, dataDir }: Config): string {
  if (auth === 'none') return 'none: everybody can post';
  if (accessToken !== undefined) return 'the configured one';
  return readAccessToken(dataDir) === undefined ? 'made at the first start' : 'in the data directory';
}

async function inspectCertificate({ dataDir, ownPair }: Config): Promise<string> {
  const leaf = ownPair ? (await readPair(ownPair)).leaf : (await readIssuedCertificates(dataDir)).server;
  if (leaf === undefined) return 'made at the first start';
  const until = leaf.validToDate.toISOString();
  // Ours is renewed by the next start; an own one only by its owner.
  if (ownPair && leaf.validToDate.getTime() <= Date.now())
    throw new Error(`${ownPair.certFile} expired at ${until}: renew it`);
  return `valid until ${until}`;
}

async function inspectDisk(dataDir: string): Promise<string> {
  const { bavail, bsize } = await statfs(nearestExisting(dataDir));
  const free = bavail * bsize;
  const text = `${(free / 1e9).toFixed(1)} GB free`;
  if (free < leastFreeBytes) throw new Error(`${text} at ${dataDir}: make room`);
  return text;
}

async function inspectPort(address: Address, variable: string, serving: boolean): Promise<string> {
  if (serving) return `${formatAddress(address)}, not tried: a receiver serves now`;
  const listener = await listen(createServer(), address, variable);
  await listener.close(0);
  return `${formatAddress(address)} is free`;
}
