import { writeSync } from 'node:fs';
import { pino, stdTimeFunctions, type Logger } from 'pino';
import { formatAddress } from '../address.ts';
import { unknownVariables, type Config } from '../config.ts';
import { exitCodes } from '../exit-code.ts';
import { tuneGarbageCollection } from '../garbage-collection.ts';
import { openReceiver, type Receiver } from '../serve.ts';
import { version } from '../version.ts';
import { configOf, settingHelp, settingOptions, type Command, type Invocation } from './command.ts';
import { welcome } from './welcome.ts';

/** A stop that has not ended by then never will. It takes 10 s at most, after the delay. */
const stopDeadlineMs = 10_000;
/** Ctrl-C reaches every process of a terminal, and `npm start` passes it on once more: nobody presses it this fast. */
const sameSignalMs = 200;

export const command: Command = {
  help: [
    'northbound serve',
    'northbound serve --data-dir /var/lib/northbound --public-url https://northbound.example:8443',
    'NORTHBOUND_LISTEN=0.0.0.0:443 northbound serve --config /etc/northbound.json',
    '',
    'Receives reports until SIGTERM or SIGINT. Log lines go to stderr, as JSON.',
    '',
    settingHelp(),
  ].join('\n'),
  options: settingOptions,
  takesFiles: false,
  run,
};

async function run(invocation: Invocation): Promise<number> {
  tuneGarbageCollection();
  const { environment } = invocation;
  const config = configOf(invocation);
  const log = pino({ level: config.logLevel, base: null, timestamp: stdTimeFunctions.isoTime }, stderr);
  for (const name of unknownVariables(environment))
    log.warn({ name }, 'this variable is no setting and has no effect');
  const signalled = hearSignal();
  const receiver = await Promise.race([openReceiver(config, log), signalled]);
  // Nothing was accepted yet, and opening may wait for a disk: there is nothing to wait for.
  if (typeof receiver === 'string') process.exit(exitCodes.done);
  announce(receiver, config, log);
  return untilEnd(receiver, signalled, { config, log });
}

/** A log that cannot be written, on a disk that is full for instance, must not keep reports from being stored. */
const stderr = {
  write(line: string): void {
    try {
      writeSync(2, line);
    } catch {
      // There is no other place to say so.
    }
  },
};

function announce({ addresses, certificates }: Receiver, config: Config, log: Logger): void {
  for (const [listener, address] of Object.entries(addresses))
    if (address !== undefined)
      log.info({ listener, address: formatAddress(address), port: address.port }, 'listening');
  process.stdout.write(`${welcome(config, addresses, certificates.caFingerprint256())}\n`);
  log.info({ version, store: config.store.split(':', 1)[0], dataDir: config.dataDir }, 'ready');
}

/** Resolves with the first SIGTERM or SIGINT, however early it comes; the second one ends the process at once. */
function hearSignal(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let firstAtMs: number | undefined;
  const hear = (signal: string): void => {
    const nowMs = performance.now();
    if (firstAtMs !== undefined && nowMs - firstAtMs > sameSignalMs) process.exit(exitCodes.failed);
    firstAtMs ??= nowMs;
    resolve(signal);
  };
  process.on('SIGTERM', hear).on('SIGINT', hear);
  return promise;
}

/** Ends the process when the receiver was told to stop, or can store nothing any more. */
async function untilEnd(
  receiver: Receiver,
  signalled: Promise<string>,
  { config, log }: { config: Config; log: Logger },
): Promise<never> {
  let failed = false;
  // During a stop, too: what was refused then must not look like a clean end.
  const noteFailure = async (): Promise<void> => {
    const err = await receiver.failure;
    failed = true;
    return log.fatal({ err }, 'nothing can be stored any more; a new start recovers what was acknowledged');
  };
  const noteSignal = async (): Promise<void> => log.info({ signal: await signalled }, 'stopping');
  await Promise.race([noteFailure(), noteSignal()]);
  const delayMs = failed ? 0 : config.shutdownDelaySeconds * 1000;
  setTimeout(() => {
    log.error('the stop took too long; requests under way were cut');
    process.exit(exitCodes.failed);
  }, delayMs + stopDeadlineMs).unref();
  await receiver.stop(delayMs);
  log.info('stopped');
  // Whatever a library left behind must not keep the process alive.
  process.exit(failed ? exitCodes.failed : exitCodes.done);
}
