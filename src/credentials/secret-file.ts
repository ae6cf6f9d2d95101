import { readFileSync } from 'node:fs';
import { ConfigurationError } from '../config.ts';
import { messageOf } from '../error-message.ts';
import type { Kind } from './credential.ts';
import { secretFault } from './secret.ts';

/**
 * The secret in the file that `--secret-file` names, without the line end that an editor adds.
 *
 * @throws {ConfigurationError} when it cannot be read or is of another shape than its kind asks for. It is never shown.
 */
export function readSecretFile(file: string, kind: Kind): string {
  let secret: string;
  try {
    secret = readFileSync(file, 'utf8').trimEnd();
  } catch (cause) {
    throw new ConfigurationError([`--secret-file=${file} cannot be read: ${messageOf(cause)}`], { cause });
  }
  const fault = secretFault(kind, secret);
  if (fault !== undefined)
    throw new ConfigurationError([`--secret-file=${file}: the secret of a ${kind} ${fault}`]);
  return secret;
}
