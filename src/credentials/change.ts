/** Adding and revoking, from a process of its own. A receiver on the same data directory notices within about a second. */
import { randomBytes } from 'node:crypto';
import { CredentialError, defaultName, type Credential, type Kind } from './credential.ts';
import { changeCredentials } from './file.ts';
import { hashSecret } from './scrypt.ts';
import { digestToken } from './secret.ts';

/**
 * Keeps what proves the secret. Resolves when that would survive a power cut.
 *
 * @param secret of the shape that its kind asks for.
 * @throws {CredentialError} when the name or the token is taken.
 * @throws {ConfigurationError} when the file is damaged or cannot be written.
 */
export async function addCredential(
  dataDir: string,
  { kind, name, secret }: { kind: Kind; name: string; secret: string },
): Promise<Credential> {
  if (name === defaultName)
    throw new CredentialError(`the name ${defaultName} is taken by the access token: choose another`);
  const common = { id: randomBytes(8).toString('hex'), name, createdAt: new Date().toISOString() };
  const added: Credential =
    kind === 'token'
      ? { ...common, kind, sha256: digestToken(secret) }
      : { ...common, kind, scrypt: await hashSecret(secret) };
  await changeCredentials(dataDir, (credentials) => {
    if (credentials.some((one) => one.name === name))
      throw new CredentialError(
        `there is a credential ${name} already: revoke it first, or choose another name`,
      );
    const twin = credentials.find(
      (one) => 'sha256' in one && 'sha256' in added && one.sha256 === added.sha256,
    );
    // Or revoking one of the two would let its token in all the same.
    if (twin !== undefined)
      throw new CredentialError(`the credential ${twin.name} has this token already: choose another token`);
    return [...credentials, added];
  });
  return added;
}

/**
 * Forgets the credential, and with it whatever was issued to it.
 *
 * @throws {CredentialError} when there is none of that name.
 * @throws {ConfigurationError} when the file is damaged or cannot be written.
 */
export async function revokeCredential(dataDir: string, name: string): Promise<void> {
  await changeCredentials(dataDir, (credentials) => {
    const left = credentials.filter((one) => one.name !== name);
    if (left.length === credentials.length)
      throw new CredentialError(`there is no credential ${name}: 'northbound credential list' shows them`);
    return left;
  });
}
