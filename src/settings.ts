/**
 * Every setting, in one table: the environment, the flags, the configuration file and the README follow it.
 *
 * A setting `maxBodyBytes` is `NORTHBOUND_MAX_BODY_BYTES` in the environment, `--max-body-bytes` as a flag and
 * `maxBodyBytes` in the file that `--config` names.
 */

/** How a value is written. `secret` values are never shown, and are also read from the file that `X_FILE` names. */
interface Kind {
  readonly kind: 'address' | 'store' | 'path' | 'url' | 'count' | 'choice' | 'list' | 'token';
  readonly default?: string;
  readonly secret?: true;
  /** With `count`: the least and the greatest value. */
  readonly range?: readonly [number, number];
  /** With `choice`: what may be said. */
  readonly choices?: readonly string[];
  /** The value in `--help`. */
  readonly meaning: string;
}

const port = 'host:port; port 0 picks a free one and logs it';
/** Timers of Node take at most 2^31-1 milliseconds. */
const maxTimerSeconds = 2_147_483;

export const settings = {
  listen: { kind: 'address', default: '0.0.0.0:8443', meaning: `HTTPS for APs, ${port}` },
  opsListen: {
    kind: 'address',
    default: '127.0.0.1:9464',
    meaning: `metrics and health for operators, ${port}`,
  },
  caListen: {
    kind: 'address',
    meaning: "plain HTTP that serves GET /ca.pem and nothing else, for Instant's `crypto pki-import`",
  },
  dataDir: { kind: 'path', default: './data', meaning: 'database, TLS files, access token (0700/0600)' },
  store: {
    kind: 'store',
    secret: true,
    meaning:
      'where reports rest, `sqlite:PATH` or `postgres://…`; northbound.db in the data directory unless set',
  },
  publicUrl: { kind: 'url', meaning: "what APs are told to post to; from the host's addresses unless set" },
  schemaFile: { kind: 'path', meaning: 'a JSON Schema to validate reports with in place of ours' },
  tlsCertFile: { kind: 'path', meaning: 'an own certificate chain (PEM); watched, needs tlsKeyFile' },
  tlsKeyFile: { kind: 'path', meaning: 'the private key of tlsCertFile (PEM); watched' },
  tlsHosts: {
    kind: 'list',
    meaning: 'more names and addresses for the generated certificate, separated by commas',
  },
  tlsClientCaFile: {
    kind: 'path',
    meaning: 'a CA (PEM): set, APs need a client certificate of it and a token; watched',
  },
  auth: {
    kind: 'choice',
    choices: ['token', 'none'],
    default: 'token',
    meaning: '`none` lets everybody post, and is logged as a warning',
  },
  accessToken: {
    kind: 'token',
    secret: true,
    meaning: 'what APs log in with; made at first start and kept in <data dir>/access-token unless set',
  },
  opsToken: {
    kind: 'token',
    secret: true,
    meaning: 'what Prometheus and operators log in with; required when ops listens beyond loopback',
  },
  opsAuth: {
    kind: 'choice',
    choices: ['token', 'none'],
    meaning: '`token` if one is set; `none` must be asked for when ops listens beyond loopback',
  },
  opsTls: {
    kind: 'choice',
    choices: ['on', 'off'],
    meaning: "the receiver's certificate on ops: off on loopback, on beyond",
  },
  maxBodyBytes: {
    kind: 'count',
    range: [1024, 268_435_456],
    default: '4194304',
    meaning: 'greatest body, after decompression too',
  },
  maxInFlightBytes: {
    kind: 'count',
    range: [1024, Number.MAX_SAFE_INTEGER],
    default: '67108864',
    meaning: 'bodies between their first byte and their receipt, over all senders',
  },
  maxConnections: { kind: 'count', range: [1, 1_000_000], default: '1024', meaning: 'connections of APs' },
  maxConnectionsPerAddress: {
    kind: 'count',
    range: [0, 1_000_000],
    default: '0',
    meaning: '0 sets no limit: a controller or a balancer is one address',
  },
  requestTimeoutSeconds: {
    kind: 'count',
    range: [1, maxTimerSeconds],
    default: '30',
    meaning: 'whole request, slow senders included',
  },
  limitActiveAps: {
    kind: 'count',
    range: [1, 1_000_000],
    default: '20',
    meaning: 'at this many active APs, warn',
  },
  limitReportIntervalSeconds: {
    kind: 'count',
    range: [1, 86_400],
    default: '60',
    meaning: 'at or below this report interval, warn',
  },
  maxApSeries: {
    kind: 'count',
    range: [0, 1_000_000],
    default: '2000',
    meaning: 'streams that get metrics of their own',
  },
  retentionDays: {
    kind: 'count',
    range: [0, 36_500],
    default: '30',
    meaning: 'how long reports are kept, from when they were received; 0 keeps them for ever',
  },
  quarantineMaxBytes: {
    kind: 'count',
    range: [0, Number.MAX_SAFE_INTEGER],
    default: '268435456',
    meaning:
      'refused bodies that are kept, compressed; the oldest go first, one stream holds at most a quarter; 0 keeps none',
  },
  diskReserveBytes: {
    kind: 'count',
    range: [0, Number.MAX_SAFE_INTEGER],
    default: '268435456',
    meaning: 'below this free space nothing is taken in, before the disk is full',
  },
  shutdownDelaySeconds: {
    kind: 'count',
    range: [0, 3600],
    default: '0',
    meaning: 'not ready, still serving, so that a balancer can turn away first',
  },
  logLevel: {
    kind: 'choice',
    choices: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
    meaning: 'the least severity that is logged',
  },
} as const satisfies Record<string, Kind>;

export type SettingKey = keyof typeof settings;
export type Setting = Kind;

export const settingKeys = Object.keys(settings) as SettingKey[];

/** `maxBodyBytes` → `NORTHBOUND_MAX_BODY_BYTES` */
export function environmentName(key: SettingKey): string {
  return `NORTHBOUND_${key.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
}

/** `maxBodyBytes` → `max-body-bytes` */
export function flagName(key: SettingKey): string {
  return key.replace(/[A-Z]/g, '-$&').toLowerCase();
}
