/** Settings become a `Config`, or one error that lists every fault. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { formatAddress, isLoopback, parseAddress, type Address } from './address.ts';
import { ConfigurationError } from './configuration-error.ts';
import { leastQuarantineBytes } from './quarantine/bounds.ts';
import { readSchema } from './schemas.ts';
import { faultOf } from './setting-faults.ts';
import {
  environmentName,
  flagName,
  settingKeys,
  settings,
  type Setting,
  type SettingKey,
} from './settings.ts';

export { ConfigurationError };

/** What the operator wants, checked. Paths are absolute. */
export interface Config {
  readonly listen: Address;
  readonly opsListen: Address;
  readonly caListen: Address | undefined;
  readonly dataDir: string;
  readonly store: string;
  readonly publicUrl: string | undefined;
  readonly schemaFile: string | undefined;
  /** An own pair, in place of the certificate that Northbound issues. */
  readonly ownPair: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly tlsHosts: readonly string[];
  /** Set: a client certificate is required, and a token. */
  readonly tlsClientCaFile: string | undefined;
  readonly auth: 'token' | 'none';
  readonly accessToken: string | undefined;
  /** The file that the access token was read from, when one was named. */
  readonly accessTokenFile: string | undefined;
  readonly opsToken: string | undefined;
  readonly opsAuth: 'token' | 'none';
  readonly opsTls: 'on' | 'off';
  readonly maxBodyBytes: number;
  readonly maxInFlightBytes: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly requestTimeoutSeconds: number;
  readonly limitActiveAps: number;
  readonly limitReportIntervalSeconds: number;
  readonly maxApSeries: number;
  readonly retentionDays: number;
  readonly quarantineMaxBytes: number;
  readonly diskReserveBytes: number;
  readonly shutdownDelaySeconds: number;
  readonly logLevel: string;
}

/** Where a value was said, and what. */
interface Said {
  /** The name under which it was said: `--listen`, `NORTHBOUND_LISTEN`, or `listen in /etc/northbound.json`. */
  readonly where: string;
  readonly text: string;
  /** With a secret that was read from a file: that file. */
  readonly file?: string;
}

export interface Sources {
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The file that `--config` names. */
  readonly file?: string | undefined;
}

/**
 * Flag over environment over file over default.
 *
 * @throws {ConfigurationError} with all faults at once.
 */
export function readConfig(sources: Sources): Config {
  const faults: string[] = [];
  const fromFile = sources.file === undefined ? {} : readConfigFile(sources.file, faults);
  const said = new Map<SettingKey, Said>();
  for (const key of settingKeys) {
    const found = find(key, sources, fromFile, faults);
    if (found !== undefined) said.set(key, found);
  }
  for (const [key, { where, text }] of said) {
    const fault = faultOf(settings[key], text);
    if (fault !== undefined) faults.push(`${where}${shown(settings[key], text)} ${fault}`);
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  const config = build(
    (key) => said.get(key)?.text ?? (settings[key] as Setting).default,
    said.get('accessToken')?.file,
  );
  const contradictions = contradictionsOf(config);
  if (contradictions.length > 0) throw new ConfigurationError(contradictions);
  return config;
}

/** Variables that look like ours and are none: most often a slip of the pen. */
export function unknownVariables(environment: Sources['environment']): string[] {
  const known = new Set(
    settingKeys.flatMap((key) => {
      const { secret }: Setting = settings[key];
      return secret ? [environmentName(key), `${environmentName(key)}_FILE`] : [environmentName(key)];
    }),
  );
  return Object.keys(environment).filter(
    (name) =>
      name.startsWith('NORTHBOUND_') &&
      !known.has(name) &&
      // Kubernetes sets these for a Service that is named northbound.
      !/^NORTHBOUND_(SERVICE_|PORT$|PORT_)/.test(name),
  );
}

function find(
  key: SettingKey,
  { flags, environment, file }: Sources,
  fromFile: Readonly<Record<string, FileValue>>,
  faults: string[],
): Said | undefined {
  const flag = `--${flagName(key)}`;
  const variable = environmentName(key);
  const setting: Setting = settings[key];
  const candidates: [where: string, text: string | undefined, isPath: boolean][] = [
    [flag, flags[flagName(key)], false],
    [`${flag}-file`, setting.secret && flags[`${flagName(key)}-file`], true],
    [variable, environment[variable], false],
    [`${variable}_FILE`, setting.secret && environment[`${variable}_FILE`], true],
    [`${key} in ${file}`, asText(fromFile[key]), false],
    [`${key}File in ${file}`, setting.secret && asText(fromFile[`${key}File`]), true],
  ];
  for (const [where, text, isPath] of candidates) {
    // An empty variable is one that a compose file or a shell left unset.
    if (text === undefined || text === '') continue;
    return isPath ? readSecret(where, text, faults) : { where, text };
  }
  return undefined;
}

function readSecret(where: string, file: string, faults: string[]): Said | undefined {
  try {
    return { where, text: readFileSync(file, 'utf8').trim(), file: path.resolve(file) };
  } catch (cause) {
    faults.push(`${where}=${file} cannot be read (${codeOf(cause)}): name a file that this user may read`);
    return undefined;
  }
}

/** What ajv tells beside its message. */
interface SchemaParams {
  readonly additionalProperty?: string;
  readonly allowedValues?: readonly string[];
}

/** What the schema of the file lets pass. */
type FileValue = string | number | string[];

function readConfigFile(file: string, faults: string[]): Record<string, FileValue> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? placeOf(cause) : codeOf(cause);
    faults.push(`--config=${file} cannot be read (${reason}): name a readable file with a JSON object`);
    return {};
  }
  const validate = new Ajv2020({ allErrors: true }).compile(readSchema('config'));
  if (validate(value)) return value as Record<string, FileValue>;
  for (const error of validate.errors ?? []) faults.push(`${file} at ${describe(error)}`);
  return {};
}

/** The place in the file, and what is wrong there. */
function describe({ instancePath, message, params }: ErrorObject): string {
  const { additionalProperty, allowedValues } = params as SchemaParams;
  if (additionalProperty !== undefined) return `/${additionalProperty}: there is no such setting`;
  const fault = allowedValues === undefined ? message : `must be one of ${allowedValues.join(', ')}`;
  return `${instancePath || 'its top'}: ${fault}`;
}

function asText(value: FileValue | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value?.toString();
}

/** V8 quotes what stands around the fault, which may be a secret: only the place is shown. */
function placeOf({ message }: SyntaxError): string {
  const place = /line \d+ column \d+/.exec(message);
  return place === null ? 'it is no JSON' : `it is no JSON from ${place[0]} on`;
}

function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return (cause as NodeJS.ErrnoException).code ?? cause.message;
}

function shown(setting: Setting, text: string): string {
  return setting.secret ? '' : `=${JSON.stringify(text)}`;
}

function build(text: (key: SettingKey) => string | undefined, accessTokenFile: string | undefined): Config {
  const required = (key: SettingKey): string => text(key) ?? '';
  const count = (key: SettingKey): number => Number(required(key));
  const address = (key: SettingKey): Address | undefined => parseAddress(required(key));
  const file = (key: SettingKey): string | undefined => {
    const value = text(key);
    return value === undefined ? undefined : path.resolve(value);
  };
  const dataDir = path.resolve(required('dataDir'));
  const opsListen = address('opsListen') as Address;
  const opsToken = text('opsToken');
  const certFile = file('tlsCertFile');
  const keyFile = file('tlsKeyFile');
  return {
    listen: address('listen') as Address,
    opsListen,
    caListen: address('caListen'),
    dataDir,
    store: text('store') ?? `sqlite:${path.join(dataDir, 'northbound.db')}`,
    publicUrl: text('publicUrl')?.replace(/\/+$/, ''),
    schemaFile: file('schemaFile'),
    // Half a pair is kept as such, so that the contradiction can be named.
    ownPair: (certFile ?? keyFile) ? { certFile: certFile ?? '', keyFile: keyFile ?? '' } : undefined,
    tlsHosts: (text('tlsHosts') ?? '').split(',').flatMap((item) => item.trim() || []),
    tlsClientCaFile: file('tlsClientCaFile'),
    auth: required('auth') as Config['auth'],
    accessToken: text('accessToken'),
    accessTokenFile,
    opsToken,
    // Beyond loopback `none` must be asked for.
    opsAuth:
      (text('opsAuth') as Config['opsAuth'] | undefined) ??
      (opsToken === undefined && isLoopback(opsListen) ? 'none' : 'token'),
    opsTls: (text('opsTls') as Config['opsTls'] | undefined) ?? (isLoopback(opsListen) ? 'off' : 'on'),
    maxBodyBytes: count('maxBodyBytes'),
    maxInFlightBytes: count('maxInFlightBytes'),
    maxConnections: count('maxConnections'),
    maxConnectionsPerAddress: count('maxConnectionsPerAddress'),
    requestTimeoutSeconds: count('requestTimeoutSeconds'),
    limitActiveAps: count('limitActiveAps'),
    limitReportIntervalSeconds: count('limitReportIntervalSeconds'),
    maxApSeries: count('maxApSeries'),
    retentionDays: count('retentionDays'),
    quarantineMaxBytes: count('quarantineMaxBytes'),
    diskReserveBytes: count('diskReserveBytes'),
    shutdownDelaySeconds: count('shutdownDelaySeconds'),
    logLevel: required('logLevel'),
  };
}

/** Settings that are right one by one and wrong together. */
function contradictionsOf(config: Config): string[] {
  const faults: string[] = [];
  if (config.ownPair?.certFile === '')
    faults.push('NORTHBOUND_TLS_KEY_FILE is set and NORTHBOUND_TLS_CERT_FILE is not: set both or none');
  if (config.ownPair?.keyFile === '')
    faults.push('NORTHBOUND_TLS_CERT_FILE is set and NORTHBOUND_TLS_KEY_FILE is not: set both or none');
  if (config.opsAuth === 'token' && config.opsToken === undefined)
    faults.push(
      'NORTHBOUND_OPS_TOKEN is missing: set it to protect ops, or say NORTHBOUND_OPS_AUTH=none to let in all who reach ' +
        formatAddress(config.opsListen),
    );
  if (config.maxInFlightBytes < config.maxBodyBytes)
    faults.push(
      `NORTHBOUND_MAX_IN_FLIGHT_BYTES=${config.maxInFlightBytes} is less than NORTHBOUND_MAX_BODY_BYTES=` +
        `${config.maxBodyBytes}: raise it, or no body of that size could ever pass`,
    );
  const leastBytes = leastQuarantineBytes(config.maxBodyBytes);
  if (config.quarantineMaxBytes > 0 && config.quarantineMaxBytes < leastBytes)
    faults.push(
      `NORTHBOUND_QUARANTINE_MAX_BYTES=${config.quarantineMaxBytes} is too little for NORTHBOUND_MAX_BODY_BYTES=` +
        `${config.maxBodyBytes}: say at least ${leastBytes}, or 0 to keep nothing that is refused`,
    );
  return faults;
}
