import { destination, pino, stdTimeFunctions, type Logger } from 'pino';
import { formatAddress } from '../address.ts';
import { readConfig, unknownVariables, type Config } from '../config.ts';
import { openReceiver, type Receiver } from '../serve.ts';
import { version } from '../version.ts';
import { settingFlags, settingHelp, settingOptions, type Command, type Invocation } from './command.ts';
import { welcome } from './welcome.ts';

/** A stop that has not ended by then never will. It takes 10 s at most, after the delay. */
const stopDeadlineMs = 10_000;

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
  const { environment, values } = invocation;
  const file = values['config'] as string | undefined;
  const config = readConfig({ flags: settingFlags(invocation), environment, file });
  const log = pino(
    { level: config.logLevel, base: null, timestamp: stdTimeFunctions.isoTime },
    destination(2),
  );
  for (const name of unknownVariables(environment))
    log.warn({ name }, 'this variable is no setting and has no effect');
  const receiver = await openReceiver(config, log);
  announce(receiver, config, log);
  return untilEnd(receiver, config, log);
}

function announce({ addresses, certificates }: Receiver, config: Config, log: Logger): void {
  for (const [listener, address] of Object.entries(addresses))
    if (address !== undefined)
      log.info({ listener, address: formatAddress(address), port: address.port }, 'listening');
  log.info({ version, store: config.store.split(':', 1)[0], dataDir: config.dataDir }, 'ready');
  process.stdout.write(`${welcome(config, addresses, certificates.caFingerprint256())}\n`);
}

/** Resolves with the exit code when the receiver has stopped; a second signal does not wait for that. */
async function untilEnd(receiver: Receiver, config: Config, log: Logger): Promise<number> {
  const { promise: signalled, resolve } = Promise.withResolvers<string>();
  let signals = 0;
  const hear = (signal: string): void => {
    signals += 1;
    if (signals > 1) process.exit(1);
    resolve(signal);
  };
  process.on('SIGTERM', hear).on('SIGINT', hear);
  const reason = await Promise.race([signalled, receiver.failure]);
  const failed = reason instanceof Error;
  if (failed)
    log.fatal({ err: reason }, 'nothing can be stored any more; a new start recovers what was acknowledged');
  else log.info({ signal: reason }, 'stopping');
  const delayMs = failed ? 0 : config.shutdownDelaySeconds * 1000;
  setTimeout(() => {
    log.error('the stop took too long; requests under way were cut');
    process.exit(1);
  }, delayMs + stopDeadlineMs).unref();
  await receiver.stop(delayMs);
  log.info('stopped');
  // Whatever a library left behind must not keep the process alive.
  process.exit(failed ? 1 : 0);
}
