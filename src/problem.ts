/**
 * Every refusal, in one table. [RFC 9457]
 *
 * A problem is **permanent** when the same input would be refused again, and **passing** when waiting can help;
 * a passing one tells the sender when to come back. Only `edge/` turns a problem into HTTP.
 */

/** What a problem code means to the sender. */
interface Kind {
  readonly status: number;
  readonly title: string;
  /** Whether the same request may succeed later, so that the answer carries `Retry-After`. */
  readonly passing?: true;
}

export const problemKinds = {
  invalid_utf8: { status: 400, title: 'The body is not UTF-8' },
  malformed_json: { status: 400, title: 'The body is not a JSON text' },
  nesting_too_deep: { status: 400, title: 'The JSON is nested too deeply' },
  malformed_encoding: { status: 400, title: 'The body cannot be decompressed' },
  invalid_query: { status: 400, title: 'The query cannot be understood' },
  bad_request: { status: 400, title: 'The request is malformed' },
  unauthorized: { status: 401, title: 'A valid credential is required' },
  forbidden: { status: 403, title: 'The request may not come from there' },
  not_found: { status: 404, title: 'There is nothing at this address' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_encoding: { status: 415, title: 'The encoding of the body is not supported' },
  expectation_failed: { status: 417, title: 'The expectation cannot be met' },
  schema_mismatch: { status: 422, title: 'The JSON is not a telemetry report' },
  too_many_requests: { status: 429, title: 'This login failed too often', passing: true },
  headers_too_large: { status: 431, title: 'The header fields are too large' },
  internal_error: { status: 500, title: 'Northbound met a bug of its own' },
  store_unavailable: { status: 503, title: 'The store is not available now', passing: true },
  disk_reserve: { status: 503, title: 'The disk is almost full', passing: true },
  overloaded: { status: 503, title: 'Too much is in flight', passing: true },
  shutting_down: { status: 503, title: 'Northbound is stopping', passing: true },
} as const satisfies Record<string, Kind>;

export type ProblemCode = keyof typeof problemKinds;

/** One place where a value is not what the schema says. */
export interface SchemaFault {
  /** JSON pointer into the body [RFC 6901]; the empty string is the whole body. */
  readonly pointer: string;
  readonly detail: string;
}

/**
 * What a sender caused or can wait out. Anything else that is thrown is an ordinary `Error` and means a bug.
 *
 * `detail` is shown to the sender: it names the header, pointer or setting at fault and says what to do.
 */
export class Problem extends Error {
  readonly code: ProblemCode;
  /** With `schema_mismatch`: where the body differs from the schema. */
  readonly faults: readonly SchemaFault[];
  /** With a passing problem: when to come back, where that is known. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    options: ErrorOptions & { faults?: readonly SchemaFault[]; retryAfterSeconds?: number } = {},
  ) {
    super(detail, options);
    this.name = 'Problem';
    this.code = code;
    this.faults = options.faults ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get kind(): Kind {
    return problemKinds[this.code];
  }
}
