import { openAccessToken } from '../access-token.ts';
import { ConfigurationError, readConfig, type Config } from '../config.ts';
import { makePrivateDirectory } from '../durable-file.ts';
import { publicUrl } from '../public-url.ts';
import { settingFlags, settingHelp, settingOptions, type Command, type Invocation } from './command.ts';

/** What a block says beyond the settings. */
interface ProfileOptions {
  readonly url: string;
  /** Absent with `NORTHBOUND_AUTH=none`. */
  readonly token: string | undefined;
  readonly name: string;
  readonly intervalSeconds: number;
  readonly classes: readonly string[];
  readonly group: string;
  /** Where the AP can pull the CA certificate from, if the plain listener is on. */
  readonly caUrl: string | undefined;
}

/** Aruba takes 1 to 3600 s and has 600 as its default; 5 s is the least that its guide gives for Telemetry-Https. */
const intervals = { least: 5, default: 600, most: 3600 };
/** `deviceClassFilter` may be repeated this often. */
const maxClasses = 16;

export const command: Command = {
  help: [
    'northbound profile --platform instant',
    'northbound profile --platform aos --interval 120 --group hospital',
    'northbound profile --platform instant --name wards --classes managed-tags,ibeacon',
    '',
    'Prints what makes Aruba post to this receiver: commands for the CLI of Instant, or of ArubaOS on a controller. The',
    'block holds the access token. The CA certificate has to be imported too, or no AP connects.',
    '',
    '  --platform instant|aos   whose commands',
    '  --interval SECONDS       report interval, 5 to 3600 [600]; keep it above 60',
    '  --name NAME              the profile, and the last segment of the URL [default]',
    '  --classes C[,C…]         device classes, at most 16 [all]',
    '  --group GROUP            ArubaOS: the AP group [default]',
    '',
    settingHelp(),
  ].join('\n'),
  options: {
    ...settingOptions,
    platform: { type: 'string' },
    interval: { type: 'string' },
    name: { type: 'string' },
    classes: { type: 'string' },
    group: { type: 'string' },
  },
  takesFiles: false,
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { values, environment } = invocation;
  const wrong = wrongUsage(values);
  if (wrong !== undefined) {
    process.stderr.write(`northbound profile: ${wrong}\n`);
    return 2;
  }
  const config = readConfig({
    flags: settingFlags(invocation),
    environment,
    file: values['config'] as string,
  });
  const options = await describe(config, values as Record<string, string | undefined>);
  const limit = config.limitReportIntervalSeconds;
  if (options.intervalSeconds <= limit)
    process.stderr.write(
      `Telemetry-Https is not meant for an interval of ${limit} s or less: raise --interval.\n`,
    );
  const lines = values['platform'] === 'aos' ? arubaOsBlock(options) : instantBlock(options);
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

/** What is wrong with the flags, and what to write. */
function wrongUsage({ platform, interval, name, classes }: Invocation['values']): string | undefined {
  if (platform !== 'instant' && platform !== 'aos') return 'say --platform instant or --platform aos';
  const seconds = Number(interval ?? intervals.default);
  if (!Number.isInteger(seconds) || seconds < intervals.least || seconds > intervals.most)
    return `--interval ${String(interval)} is no whole number from ${intervals.least} to ${intervals.most}`;
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(String(name ?? 'default')))
    return '--name must be 1 to 64 letters, digits, dots, underscores or hyphens';
  const list = splitClasses(classes);
  if (list.length === 0 || list.length > maxClasses || list.some((item) => !/^[a-z0-9-]+$/i.test(item)))
    return `--classes must be 1 to ${maxClasses} device classes, separated by commas`;
  return undefined;
}

function splitClasses(classes: unknown): string[] {
  return (typeof classes === 'string' ? classes : 'all').split(',').map((item) => item.trim());
}

async function describe(config: Config, values: Record<string, string | undefined>): Promise<ProfileOptions> {
  const name = values['name'] ?? 'default';
  if (config.listen.port === 0 && config.publicUrl === undefined)
    throw new ConfigurationError([
      'NORTHBOUND_LISTEN has port 0, which is picked anew by each start: name a port',
    ]);
  const base = publicUrl(config, config.listen);
  return {
    url: `${base}/telemetry/${name}`,
    token: config.auth === 'none' ? undefined : await tokenOf(config),
    name,
    intervalSeconds: Number(values['interval'] ?? intervals.default),
    classes: splitClasses(values['classes']),
    group: values['group'] ?? 'default',
    caUrl: config.caListen && `http://${new URL(base).hostname}:${config.caListen.port}/ca.pem`,
  };
}

/** Made here if need be, so that the profile can be prepared before the first start. */
async function tokenOf({ accessToken, dataDir }: Config): Promise<string> {
  if (accessToken !== undefined) return accessToken;
  await makePrivateDirectory(dataDir);
  return openAccessToken(dataDir);
}

function instantBlock({ url, token, name, intervalSeconds, classes, caUrl }: ProfileOptions): string[] {
  return [
    ...(caUrl === undefined
      ? []
      : [`crypto pki-import format pem cert-type TrustedCA ${caUrl} certname northbound`]),
    `iot transportProfile "northbound-${name}"`,
    ' endpointType telemetry-https',
    ` endpointURL ${url}`,
    ...(token === undefined ? [] : [` endpointToken ${token}`]),
    ' endpointID northbound',
    ` transportInterval ${intervalSeconds}`,
    ...classes.map((item) => ` payloadContent ${item}`),
    ' exit',
    `iot useTransportProfile "northbound-${name}"`,
    'iot radio-profile "northbound"',
    ' radio-mode ble',
    ' ble-opmode scanning',
    ' exit',
    'iot use-radio-profile "northbound"',
    'commit apply',
  ];
}

function arubaOsBlock({ url, token, name, intervalSeconds, classes, group }: ProfileOptions): string[] {
  return [
    `iot transportProfile "northbound-${name}"`,
    '  serverType Telemetry-Https',
    `  serverURL ${url}`,
    ...(token === undefined ? [] : [`  accessToken ${token}`]),
    `  reportingInterval ${intervalSeconds}`,
    ...classes.map((item) => `  deviceClassFilter ${item}`),
    `  include-ap-group "${group}"`,
    '!',
    `iot useTransportProfile "northbound-${name}"`,
    'iot radio-profile "northbound"',
    '  radio-mode none ble',
    '  ble-opmode scanning',
    '!',
    `ap-group "${group}"`,
    '  iot radio-profile "northbound"',
    '!',
  ];
}
