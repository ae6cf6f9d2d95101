/** The lines to paste on the Aruba side. */
import type { ProfileLogin } from './profile-login.ts';

/** What a block says. */
export interface ProfileBlock {
  readonly url: string;
  readonly login: ProfileLogin;
  readonly name: string;
  readonly intervalSeconds: number;
  readonly classes: readonly string[];
  /** ArubaOS: the AP group. */
  readonly group: string;
  /** Instant: where the AP can pull the CA certificate from, if it can. */
  readonly caUrl: string | undefined;
}

/** For the CLI of Instant, in configuration mode. */
export function instantBlock(block: ProfileBlock): string[] {
  const { url, login, name, intervalSeconds, classes, caUrl } = block;
  return [
    ...(caUrl === undefined
      ? []
      : [`crypto pki-import format pem cert-type TrustedCA ${caUrl} certname northbound`]),
    `iot transportProfile "northbound-${name}"`,
    ' endpointType telemetry-https',
    ` endpointURL ${url}`,
    ...instantLogin(login).map((line) => ` ${line}`),
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

/** The client's id is the endpoint's id, as in the published templates for Instant 8.8. */
function instantLogin(login: ProfileLogin): string[] {
  if (login.mode === 'client-credentials')
    return [...handshake(login), `endpointID ${login.name}`, `client-secret ${login.secret}`];
  const id = 'endpointID northbound';
  if (login.mode === 'none') return [id];
  if (login.mode === 'token') return [`endpointToken ${login.secret}`, id];
  return [...handshake(login), `username ${login.name}`, `password ${login.secret}`, id];
}

/** For the CLI of ArubaOS on a controller, in configuration mode. */
export function arubaOsBlock(block: ProfileBlock): string[] {
  const { url, login, name, intervalSeconds, classes, group } = block;
  return [
    `iot transportProfile "northbound-${name}"`,
    '  serverType Telemetry-Https',
    `  serverURL ${url}`,
    ...arubaOsLogin(login).map((line) => `  ${line}`),
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

function arubaOsLogin(login: ProfileLogin): string[] {
  if (login.mode === 'none') return [];
  if (login.mode === 'token') return [`accessToken ${login.secret}`];
  if (login.mode === 'password')
    return [...handshake(login), `username ${login.name}`, `password ${login.secret}`];
  return [...handshake(login), `clientID ${login.name}`, `client-secret ${login.secret}`];
}

function handshake({ mode, url }: ProfileLogin & { mode: 'password' | 'client-credentials' }): string[] {
  return [`authentication-mode ${mode}`, `authenticationURL ${url}`];
}
