import { exitCodes } from '../exit-code.ts';
import { printable } from '../printable.ts';
import { profileName } from '../profile-name.ts';
import { findInputs, type Inputs } from '../replay/input.ts';
import { replay, type Plan } from '../replay/replay.ts';
import { configOf, settingHelp, type Command, type Invocation } from './command.ts';
import { createAccount } from './replay-account.ts';
import { concurrencyOf, openSender, sendingFault, sendingHelp, sendingOptions } from './sending.ts';

export const command: Command = {
  help: [
    'northbound replay test/samples',
    'northbound replay --url https://192.0.2.10:8443/telemetry --ca ca.pem --token-file token.txt reports.ndjson',
    'northbound export reports --format ndjson | northbound replay --now -',
    '',
    'Posts reports to a receiver, and waits while it cannot take them. FILE is one report, which is posted as it stands; or many,',
    "as 'northbound export reports --format ndjson' or '--format json' prints them, which are then the same reports again, under",
    'the same ids. In a DIR all *.json, *.ndjson and *.jsonl are replayed; - is stdin. Reports of one AP are sent one after the',
    'other, in their order. Exits with 1 when a report was not stored, or there was none.',
    '',
    '  --profile NAME         for all reports [that of an exported report, default for others]',
    '  --now                  moves all times by as much as makes the newest report one of now: what lies apart stays so. Everything is',
    '                         read twice; stdin to its end, into a temporary file, before the first report is sent',
    '  --repeat N             all of it so often [1], with --now moved anew; without it all but the first are duplicates',
    '  --rate N               reports per second, evenly [as fast as they are taken]',
    '  --json                 what became of them as JSON',
    sendingHelp,
    '',
    settingHelp(),
  ].join('\n'),
  options: {
    ...sendingOptions,
    profile: { type: 'string' },
    now: { type: 'boolean' },
    repeat: { type: 'string' },
    rate: { type: 'string' },
    json: { type: 'boolean' },
  },
  takesFiles: true,
  run,
};

/** What one report may take in an exported line: every character of it escaped, and the other members. */
const lineBytesPerBodyByte = 6;
const lineBytesBesideBody = 65_536;

async function run(invocation: Invocation): Promise<number> {
  const { positionals, values } = invocation;
  const wrong = wrongUsage(positionals, values) ?? sendingFault(values);
  if (wrong !== undefined) {
    process.stderr.write(`northbound replay: ${printable(wrong)}\n`);
    return exitCodes.wrongUsage;
  }
  const plan = await planOf(invocation);
  const account = createAccount(totalBytes(plan));
  const interruption = new AbortController();
  const { signal } = interruption;
  const interrupt = (): void => interruption.abort();
  const sender = openSender(invocation, { signal, onRetry: account.waiting });
  for (const fault of plan.faults) account.unreadable(fault);
  if (plan.leftOut > 0) account.say(`left out, as they end otherwise: ${plan.leftOut} of the files`);
  if (plan.isShifted && invocation.positionals.includes('-'))
    account.say('stdin is read to its end before anything is sent: --now needs its newest time');
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const isWhole = await replay(plan, sender, account, signal);
    account.end(isWhole);
    if (values['json'] === true) process.stdout.write(`${account.summary(isWhole)}\n`);
    return isWhole && account.isClean() ? exitCodes.done : exitCodes.failed;
  } finally {
    sender.close();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function totalBytes({ inputs, passes }: Plan): number | undefined {
  let total = 0;
  for (const { bytes } of inputs) total += passes * (bytes ?? NaN);
  return Number.isNaN(total) ? undefined : total;
}

function wrongUsage(names: readonly string[], values: Invocation['values']): string | undefined {
  const { profile, repeat = '1', rate = '1' } = values as Record<string, string | undefined>;
  if (names.length === 0) return 'name at least one FILE or DIR, or - for stdin';
  const fromStdin = names.filter((name) => name === '-').length;
  if (fromStdin > 1 || (fromStdin === 1 && repeat !== '1')) return 'stdin can be read once only: name a file';
  if (profile !== undefined && !profileName.test(profile))
    return '--profile must be 1 to 64 letters, digits, dots, underscores or hyphens';
  if (!/^[1-9]\d{0,8}$/.test(repeat)) return `--repeat ${repeat} is no whole number from 1 to 999999999`;
  if (!/^\d{1,6}(\.\d+)?$/.test(rate) || Number(rate) === 0)
    return `--rate ${rate} is no number above 0 and below 1000000`;
  return undefined;
}

async function planOf(invocation: Invocation): Promise<Plan & Inputs> {
  const { positionals, values } = invocation;
  const { profile, rate, repeat = '1' } = values as Record<string, string | undefined>;
  return {
    ...(await findInputs(positionals)),
    profile,
    passes: Number(repeat),
    isShifted: values['now'] === true,
    reportsPerSecond: rate === undefined ? undefined : Number(rate),
    concurrency: concurrencyOf(values),
    maxBytes: lineBytesPerBodyByte * configOf(invocation).maxBodyBytes + lineBytesBesideBody,
  };
}
