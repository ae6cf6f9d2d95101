import { readConfig, type Config } from '../config.ts';
import { defaultName } from '../credentials/credential.ts';
import { exitCodes } from '../exit-code.ts';
import { maxDeviceClasses, reportIntervals } from '../profile-bounds.ts';
import { settingFlags, settingHelp, settingOptions, type Command, type Invocation } from './command.ts';
import { arubaOsBlock, instantBlock, type ProfileBlock } from './profile-block.ts';
import { describeProfile, splitClasses } from './profile-description.ts';
import { loginModes, type LoginMode } from './profile-login.ts';
import { profileName } from '../profile-name.ts';

export const command: Command = {
  help: [
    'northbound profile --platform instant',
    'northbound profile --platform aos --interval 120 --group hospital',
    'northbound profile --platform instant --name wards --classes managed-tags,ibeacon',
    'northbound profile --platform aos --auth password --credential wards --secret-file password.txt',
    '',
    'Prints what makes Aruba post to this receiver: commands for the CLI of Instant, or of ArubaOS on a controller. The',
    'block holds the access token, or whatever the AP logs in with. The CA certificate has to be imported too, or no AP',
    'connects.',
    '',
    '  --platform instant|aos   whose commands',
    '  --interval SECONDS       report interval, 5 to 3600 [600]; keep it above 60',
    '  --name NAME              the profile, and the last segment of the URL [default]',
    '  --classes C[,C…]         device classes, at most 16 [all]',
    '  --group GROUP            ArubaOS: the AP group [default]',
    '  --auth MODE              none, token, password or client-credentials [NORTHBOUND_AUTH]',
    '  --credential NAME        whose token, password or client secret [default, the access token]',
    '  --secret-file FILE       the secret of NAME, which is kept as a hash only, to have it in the block',
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
    credential: { type: 'string' },
    'secret-file': { type: 'string' },
  },
  takesFiles: false,
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { values, environment } = invocation;
  const wrong = wrongUsage(values);
  if (wrong !== undefined) {
    process.stderr.write(`northbound profile: ${wrong}\n`);
    return exitCodes.wrongUsage;
  }
  // Here the flag says more than the setting of its name does.
  const { auth, ...flags } = settingFlags(invocation);
  const config = readConfig({ flags, environment, file: values['config'] as string });
  const mode =
    (auth as LoginMode | undefined) ?? (values['credential'] === undefined ? config.auth : 'token');
  const block = await describeProfile(config, mode, values);
  for (const note of notesOn(block, config)) process.stderr.write(`${note}\n`);
  const lines = values['platform'] === 'aos' ? arubaOsBlock(block) : instantBlock(block);
  process.stdout.write(`${lines.join('\n')}\n`);
  return exitCodes.done;
}

/** What whoever pastes the block should know. */
function notesOn({ login, intervalSeconds }: ProfileBlock, config: Config): string[] {
  const notes: string[] = [];
  const limit = config.limitReportIntervalSeconds;
  if (intervalSeconds <= limit)
    notes.push(`Telemetry-Https is not meant for an interval of ${limit} s or less: raise --interval.`);
  if (login.mode !== 'none' && login.secret.startsWith('<'))
    notes.push(`Put the secret in place of ${login.secret}: it was shown when it was added.`);
  if (login.mode === 'password')
    notes.push('Versions before 8.8 know no authentication-mode: leave that line out there.');
  return notes;
}

/** What is wrong with the flags, and what to write. */
function wrongUsage(values: Invocation['values']): string | undefined {
  const { platform, interval, name, classes } = values;
  if (platform !== 'instant' && platform !== 'aos') return 'say --platform instant or --platform aos';
  const seconds = Number(interval ?? reportIntervals.defaultSeconds);
  if (
    !Number.isInteger(seconds) ||
    seconds < reportIntervals.leastSeconds ||
    seconds > reportIntervals.mostSeconds
  )
    return `--interval ${String(interval)} is no whole number from ${reportIntervals.leastSeconds} to ${reportIntervals.mostSeconds}`;
  if (!profileName.test(String(name ?? 'default')))
    return '--name must be 1 to 64 letters, digits, dots, underscores or hyphens';
  const list = splitClasses(classes);
  if (list.length === 0 || list.length > maxDeviceClasses || list.some((item) => !/^[a-z0-9-]+$/i.test(item)))
    return `--classes must be 1 to ${maxDeviceClasses} device classes, separated by commas`;
  return wrongLogin(values);
}

function wrongLogin({ auth = 'token', credential, ...values }: Invocation['values']): string | undefined {
  if (!loginModes.some((mode) => mode === auth)) return `say --auth ${loginModes.join(', --auth ')}`;
  const named = credential !== undefined && credential !== defaultName;
  if (auth === 'none') return named ? '--auth none logs in with no --credential' : undefined;
  if (auth !== 'token' && !named) return `say whose: --auth ${String(auth)} --credential NAME`;
  if (values['secret-file'] !== undefined && !named) return '--secret-file goes with --credential NAME';
  return undefined;
}
