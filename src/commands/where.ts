import { exitCodes } from '../exit-code.ts';
import { normaliseMac } from '../mac.ts';
import { printable } from '../printable.ts';
import type { Mac } from '../report.ts';
import type { DirectReader } from '../store/direct-reader.ts';
import { longestWithinSeconds, usualWithinSeconds } from '../within.ts';
import { settingHelp, settingOptions, type Command, type Invocation } from './command.ts';
import { readStore } from './open-store.ts';
import { describeWhere } from './where-text.ts';

export const command: Command = {
  help: [
    'northbound where 06:00:00:00:00:01',
    'northbound where --within 3600 060000000001 060000000002',
    'northbound where --json 06:00:00:00:00:01',
    '',
    'Says at which AP each device is: the one that hears it strongest among those that have not reported since without hearing it;',
    'the other candidates follow. When nobody heard it lately, where it was last seen. Exits with 1 when no AP ever told of a device.',
    '',
    `  --within SECONDS   how old a sighting may be to say where a device is now [${usualWithinSeconds}]`,
    '  --json             one JSON object per device and line',
    '',
    settingHelp(),
  ].join('\n'),
  options: { ...settingOptions, within: { type: 'string' }, json: { type: 'boolean' } },
  takesFiles: true,
  run,
};

/** What is asked of each device. */
interface Question {
  readonly nowSeconds: number;
  readonly withinSeconds: number;
  readonly asJson: boolean;
}

async function run(invocation: Invocation): Promise<number> {
  const { positionals, values } = invocation;
  const { within = String(usualWithinSeconds), json } = values;
  if (positionals.length === 0) return complain('name at least one device by its MAC', exitCodes.wrongUsage);
  const malformed = positionals.find((text) => normaliseMac(text) === undefined);
  if (malformed !== undefined)
    return complain(
      `${JSON.stringify(malformed)} is no MAC: write it as 28:de:65:5f:d6:00 or 28de655fd600`,
      exitCodes.wrongUsage,
    );
  if (!/^[1-9]\d{0,8}$/.test(String(within)) || Number(within) > longestWithinSeconds)
    return complain(
      `--within is a number of seconds, from 1 to ${longestWithinSeconds}, a year`,
      exitCodes.wrongUsage,
    );
  const macs = positionals.map((text) => normaliseMac(text) ?? '');
  return readStore(invocation, async (reader) => {
    const question = { nowSeconds: Date.now() / 1000, withinSeconds: Number(within), asJson: json === true };
    const unknown: Mac[] = [];
    for (const mac of macs) if (!(await answer(reader, mac, question))) unknown.push(mac);
    for (const mac of unknown) complain(`no AP ever told of ${mac}`, exitCodes.failed);
    return unknown.length === 0 ? exitCodes.done : exitCodes.failed;
  });
}

function complain(text: string, code: number): number {
  process.stderr.write(`northbound where: ${text}\n`);
  return code;
}

/** @returns whether the device is known. */
async function answer(reader: DirectReader, mac: Mac, { asJson, ...options }: Question): Promise<boolean> {
  const found = await reader.whereIs(mac, options);
  if (found === undefined) return false;
  const { device, where } = found;
  const lines = asJson ? [JSON.stringify(where)] : describeWhere(where, device, options.nowSeconds);
  process.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
  return true;
}
