/** What PostgreSQL's error codes mean for a store that has promised durability. [https://www.postgresql.org/docs/current/errcodes-appendix.html] */
import { ConfigurationError } from '../../configuration-error.ts';
import { messageOf } from '../../error-message.ts';
import { Problem } from '../../problem.ts';
import { describeUrl } from './connection.ts';

/** The code that the server, the system or TLS put on an error; empty when there is none. */
function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** The server said it, and not the connection to it: it is still there. */
function isServersWord(error: unknown): boolean {
  return (
    /^[0-9A-Z]{5}$/.test(codeOf(error)) && (error as { severity?: unknown } | null)?.severity !== undefined
  );
}

/** A value was refused for what it is: the report is at fault, not the store. */
export function isRefusal(error: unknown): boolean {
  // Data exceptions, constraints, and limits that no report in its bounds meets.
  if (isServersWord(error)) return /^(22|23|54)/.test(codeOf(error));
  // Thrown while a value was written down.
  return error instanceof RangeError || error instanceof RefusedValue;
}

/** The server gave the statement up, since it took too long. */
export function isTimedOut(error: unknown): boolean {
  return isServersWord(error) && codeOf(error) === '57014';
}

/** A value that cannot be written down for the server. */
export class RefusedValue extends Error {
  override name = 'RefusedValue';
}

/**
 * The transaction was undone, and the same one may succeed at once: two waited for each other, or a day was dropped in between.
 */
export function isRetriable(error: unknown): boolean {
  return (
    error instanceof TryAgain || (isServersWord(error) && ['40001', '40P01', '42P01'].includes(codeOf(error)))
  );
}

/** What was looked up is not so any more. */
export class TryAgain extends Error {
  override name = 'TryAgain';
}

/** The connection was lost, or is of no use any more: another one may work. */
export function isConnectionLost(error: unknown): boolean {
  if (isServersWord(error)) return /^(08|57P)/.test(codeOf(error));
  const ours = [TryAgain, RefusedValue, RangeError, Problem];
  return !ours.some((kind) => error instanceof kind);
}

/** The server cannot be reached, or takes no connection yet: it may come. */
export function isAbsent(error: unknown): boolean {
  if (isServersWord(error)) return isConnectionLost(error) || isExhausted(error);
  return /^E[A-Z]/.test(codeOf(error)) || /^(connection terminated|timeout)/i.test(messageOf(error));
}

/** The server has no room for another connection. */
export function isExhausted(error: unknown): boolean {
  return codeOf(error) === '53300' || /timeout exceeded when trying to connect/.test(messageOf(error));
}

/** What an append that could not be kept is told; it may be sent again. */
export function problemOf(error: unknown, url: string): Problem {
  if (error instanceof Problem) return error;
  if (isExhausted(error))
    return new Problem('overloaded', `${describeUrl(url)} has no connection left: send it again later.`, {
      cause: error,
    });
  return new Problem('store_unavailable', `${describeUrl(url)}: ${reasonOf(error)}`, { cause: error });
}

/** One line for a person. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  // Node gathers the failed attempts on several addresses in an error without a message.
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  const message = messageOf(first ?? error);
  return code === '' || message.includes(code) ? message : `${message} (${code})`;
}

/** Wrong login, no such database, no permission; or TLS that cannot work: waiting helps against none of them. */
const misconfigured = /^(28|3D|3F|42501|0A000|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_|ERR_TLS|ERR_SSL|EPROTO)/;

/** @returns what is thrown in place of an error that a human has to mend; nothing when the server may yet come. */
export function misconfigurationOf(error: unknown, url: string): ConfigurationError | undefined {
  const refusesTls = /server does not support SSL/i.test(messageOf(error));
  const lacksPassword = /password must be a string|SASL/.test(messageOf(error));
  if (!misconfigured.test(codeOf(error)) && !refusesTls && !lacksPassword) return undefined;
  return new ConfigurationError(
    [
      `NORTHBOUND_STORE=${describeUrl(url)} cannot be opened (${reasonOf(error)}): check user, password, database, permissions ` +
        'and sslmode',
    ],
    { cause: error },
  );
}

/** Others held what was to be locked, for longer than there was time to wait. */
export function isLockTimeout(error: unknown): boolean {
  return isServersWord(error) && codeOf(error) === '55P03';
}
