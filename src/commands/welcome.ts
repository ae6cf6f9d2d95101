/** What a start prints: where things are, what to do next, and no secret. */
import path from 'node:path';
import { accessTokenFile } from '../access-token.ts';
import { formatAddress, type Address } from '../address.ts';
import type { Config } from '../config.ts';
import { localUrl, publicUrl } from '../public-url.ts';
import { version } from '../version.ts';

/** The least that is a report; the MAC is one of those kept for documentation. [RFC 9542 §2.1.2] */
const firstReport =
  '{"meta":{"version":1},"reporter":{"mac":"00:00:5E:00:53:01","name":"curl"},"reported":[]}';

export function welcome(
  config: Config,
  addresses: { telemetry: Address; ops: Address; ca: Address | undefined },
  caFingerprint: string | undefined,
): string {
  const url = publicUrl(config, addresses.telemetry);
  const scheme = config.opsTls === 'on' ? 'https' : 'http';
  const rows: [string, string | undefined][] = [
    ['APs post to', `${url}/telemetry`],
    ['page', `${scheme}://${formatAddress(addresses.ops)}/`],
    ['metrics', `${scheme}://${formatAddress(addresses.ops)}/metrics`],
    ['health', `${scheme}://${formatAddress(addresses.ops)}/readyz`],
    ['data', config.dataDir],
    ['access token', tokenPlace(config)],
    ['CA to import', caFingerprint && `${caFile(config)}, also at ${url}/ca.pem`],
    ['  SHA-256', caFingerprint],
    [
      '  for Instant',
      caFingerprint && addresses.ca && `http://${new URL(url).hostname}:${addresses.ca.port}/ca.pem`,
    ],
  ];
  return [
    `Northbound ${version} is ready.`,
    '',
    ...rows.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(14)}${value}`])),
    '',
    'Next:',
    '  1. Import the CA on the Aruba side as a trusted CA: without it no AP connects.',
    '  2. Print the transport profile, and paste it there:',
    `       ${profileCommand(config)}`,
    '  3. See a report come in:',
    `       ${curlCommand(config, addresses.telemetry)}`,
    ...(config.tlsClientCaFile === undefined
      ? []
      : [
          `     Name in it a client certificate and its key: a CA in ${config.tlsClientCaFile} must have issued it.`,
        ]),
    '',
  ].join('\n');
}

export function caFile({ dataDir }: Config): string {
  return path.join(dataDir, 'tls', 'ca.pem');
}

function tokenPlace(config: Config): string {
  if (config.auth === 'none') return 'none is asked for (NORTHBOUND_AUTH=none)';
  return tokenFile(config) ?? 'the one that was configured';
}

/** Where the token can be read; nothing when it was said outright. */
function tokenFile(config: Config): string | undefined {
  return config.accessToken === undefined ? accessTokenFile(config.dataDir) : config.accessTokenFile;
}

function profileCommand({ dataDir }: Config): string {
  const flag = dataDir === path.resolve('data') ? '' : ` --data-dir ${quote(dataDir)}`;
  return `npx northbound profile --platform instant${flag}      (or --platform aos)`;
}

function curlCommand(config: Config, listening: Address): string {
  const own = config.ownPair !== undefined;
  const url = own ? publicUrl(config, listening) : localUrl(listening);
  return [
    'curl',
    ...(own ? [] : [`--cacert ${quote(caFile(config))}`]),
    ...(config.tlsClientCaFile === undefined ? [] : ['--cert client.pem --key client-key.pem']),
    ...authorization(config),
    `-d '${firstReport}'`,
    `${url}/telemetry`,
  ].join(' ');
}

function authorization(config: Config): string[] {
  if (config.auth === 'none') return [];
  const file = tokenFile(config);
  const token = file === undefined ? '$NORTHBOUND_ACCESS_TOKEN' : `$(cat ${quote(file)})`;
  return [`-H "Authorization: Bearer ${token}"`];
}

/** As a shell needs it. */
function quote(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
