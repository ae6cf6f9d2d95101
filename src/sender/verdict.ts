/** What an answer means for the report, and what its absence does. */
import { messageOf } from '../error-message.ts';
import { SilenceError, type Answer } from './exchange.ts';
import { failureCodes, type Outcome } from './outcome.ts';
import { parseRetryAfter } from './wait.ts';

/** An outcome, unless waiting can help. */
export interface Verdict extends Omit<Outcome, 'attempts' | 'durationMs'> {
  readonly isPassing: boolean;
  /** When to come back, where the receiver says so. */
  readonly retryAfterMs?: number | undefined;
}

/** 502 and 504 are what a balancer says of a receiver that restarts. */
const passingStatuses = new Set([429, 502, 503, 504]);

/** What is said of a connection that may come about yet. The same bytes are a duplicate: to send them again is safe. */
const passingErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
]);

/** What may stand in an answer of ours. */
interface Said {
  readonly status?: unknown;
  readonly report?: unknown;
  readonly code?: unknown;
  readonly detail?: unknown;
}

export function judgeAnswer({ status: httpStatus, retryAfter, text }: Answer): Verdict {
  const said = parse(text);
  if (httpStatus === 200) return judgeReceipt(said);
  const isRefusal = httpStatus >= 400 && httpStatus < 500 && httpStatus !== 429;
  const fallback = httpStatus < 400 ? failureCodes.strange : `http_${httpStatus}`;
  const detail = typeof said.detail === 'string' ? said.detail : `The answer is ${httpStatus}.`;
  return {
    status: isRefusal ? 'refused' : 'failed',
    httpStatus,
    code: typeof said.code === 'string' ? said.code : fallback,
    detail:
      httpStatus === 401 ? `${detail} Name a file with a token of that receiver: --token-file FILE.` : detail,
    isPassing: passingStatuses.has(httpStatus),
    retryAfterMs: parseRetryAfter(retryAfter),
  };
}

/** A 200 without a receipt is another server's, and says nothing of durability. */
function judgeReceipt({ status, report }: Said): Verdict {
  const known = { httpStatus: 200, isPassing: false };
  if (status === 'stored' || status === 'duplicate')
    return { status, report: typeof report === 'string' ? report : undefined, ...known };
  const detail = 'The answer is 200 without a receipt: name the /telemetry of a receiver with --url.';
  return { status: 'failed', code: failureCodes.strange, detail, ...known };
}

/** @param origin whom it was sent to. */
export function judgeError(error: unknown, origin: string): Verdict {
  const errorCode = (error as NodeJS.ErrnoException).code ?? '';
  const message = reasonOf(error) || errorCode;
  const isPassing = error instanceof SilenceError || passingErrors.has(errorCode);
  const { code, says } = remedies.find(({ codes }) => codes.test(errorCode)) ?? fallback;
  return { status: 'failed', code, detail: `${origin} ${says(message)}.`, isPassing };
}

/** OpenSSL wraps it in numbers and the names of its source files. */
function reasonOf(error: unknown): string {
  const message = messageOf(error);
  return /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1] ?? message;
}

interface Remedy {
  /** Node's, for an error on the way to an answer. */
  readonly codes: RegExp;
  readonly code: string;
  /** Follows the origin. */
  readonly says: (message: string) => string;
}

/** The first one that fits counts. */
const remedies: readonly Remedy[] = [
  {
    codes: /^ABORT_ERR$/,
    code: failureCodes.interrupted,
    says: () => 'was not waited for: the report may be stored or not',
  },
  {
    codes: /^NO_ANSWER$/,
    code: failureCodes.silent,
    says: (message) => `is silent: ${message}`,
  },
  {
    codes: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    code: failureCodes.untrusted,
    says: (message) => `has a certificate for other names (${message}): name one of them with --url`,
  },
  {
    codes: /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    code: failureCodes.untrusted,
    says: (message) =>
      `has a certificate out of its time (${message}): renew it there, or set the clock here`,
  },
  {
    codes: /^ERR_SSL_.*CERTIFICATE_REQUIRED$/,
    code: failureCodes.strange,
    says: () =>
      'asks for a client certificate, which only APs bring: name a receiver that asks for none with --url',
  },
  {
    codes: /^(ERR_SSL_|EPROTO|HPE_)/,
    code: failureCodes.strange,
    says: (message) =>
      `does not speak HTTPS with us (${message}): name the address that APs post to with --url`,
  },
  {
    codes: /CERT|^UNABLE_TO|SIGNATURE|^INVALID_CA|^PATH_LENGTH|^INVALID_PURPOSE/,
    code: failureCodes.untrusted,
    says: (message) =>
      `has a certificate that is not trusted (${message}): name the CA that issued it with --ca FILE`,
  },
];

const fallback: Omit<Remedy, 'codes'> = {
  code: failureCodes.unreachable,
  says: (message) => `cannot be reached: ${message}`,
};

function parse(text: string): Said {
  try {
    return (JSON.parse(text) ?? {}) as Said;
  } catch {
    return {};
  }
}
