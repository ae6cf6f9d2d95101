/** What became of a report that was sent. */
export interface Outcome {
  /** `stored` and `duplicate` are durable; `refused` is the receiver's word on this report; `failed` is everything else. */
  readonly status: 'stored' | 'duplicate' | 'refused' | 'failed';
  /** Of the last answer, when there was one. */
  readonly httpStatus?: number | undefined;
  /** Of the problem [RFC 9457]; or of what stood in the way of an answer: see `failureCodes`. */
  readonly code?: string | undefined;
  /** What happened, and what to do. The receiver may have a word in it: untrusted text. */
  readonly detail?: string | undefined;
  /** The id that the receiver gave. */
  readonly report?: string | undefined;
  /** How often it was sent. */
  readonly attempts: number;
  /** From the call to the outcome, waits included. */
  readonly durationMs: number;
}

/** What can stand in the way of an answer that can be understood. */
export const failureCodes = {
  /** No connection, or it broke before the answer. */
  unreachable: 'unreachable',
  /** The connection stands, and no answer comes. */
  silent: 'silent',
  /** The certificate is not one of those that are trusted. */
  untrusted: 'untrusted',
  /** An answer that no receiver of reports gives. */
  strange: 'strange',
  /** The signal was aborted. */
  interrupted: 'interrupted',
} as const;

/**
 * Whether any other report would fare the same: nobody answers, the certificate is not trusted, or the token is wrong. Who has
 * many reports to send need not try the next.
 */
export function holdsForAll({ status, code }: Outcome): boolean {
  return code === 'unauthorized' || (status === 'failed' && code !== 'internal_error');
}
