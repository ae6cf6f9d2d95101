/** Asks the ops listener. */

/** A problem that was answered, or that there was no answer. [RFC 9457] */
export class ApiProblem extends Error {
  /**
   * @param {number} status 0 when there was no answer.
   * @param {string} code
   * @param {string} detail
   */
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** An answer takes less, or a proxy gave up on it. */
const timeoutMs = 30_000;

/** @type {() => void} */
let signedOut = () => {};

/**
 * @param {() => void} listener told when an answer says that nobody is signed in.
 */
export function onSignedOut(listener) {
  signedOut = listener;
}

/**
 * @typedef {object} Asking
 * @property {'GET' | 'POST' | 'DELETE'} [method]
 * @property {object} [body]
 * @property {AbortSignal} [signal]
 */

/**
 * Resolves with the JSON of a 2xx answer.
 *
 * @template Answer
 * @param {string} path
 * @param {Asking} [asking]
 * @returns {Promise<Answer>}
 */
export async function ask(path, asking = {}) {
  const response = await send(path, asking);
  return /** @type {Answer} */ (await response.json());
}

/**
 * @param {string} path
 * @param {Asking} [asking]
 */
export async function askText(path, asking = {}) {
  const response = await send(path, asking);
  return response.text();
}

/**
 * @param {string} path
 * @param {Asking} asking
 */
async function send(path, { method = 'GET', body, signal }) {
  const patience = AbortSignal.timeout(timeoutMs);
  const response = await fetch(path, {
    method,
    signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
    }),
  }).catch((/** @type {unknown} */ cause) => {
    if (signal?.aborted === true) throw cause;
    throw new ApiProblem(0, 'unreachable', 'The receiver does not answer.');
  });
  if (response.ok) return response;
  const problem = await readProblem(response);
  // The sign-in itself is told by its own answer.
  if (problem.status === 401 && path !== '/api/v1/session') signedOut();
  throw problem;
}

/** @param {Response} response */
async function readProblem(response) {
  const problem = /** @type {{ code?: string, detail?: string }} */ (await response.json().catch(() => ({})));
  return new ApiProblem(
    response.status,
    problem.code ?? 'unknown',
    problem.detail ?? `The answer was ${response.status}.`,
  );
}

/**
 * `query('/api/v1/devices', { text: 'bed 5', ap: undefined })` → `/api/v1/devices?text=bed+5`
 *
 * @param {string} path
 * @param {Readonly<Record<string, string | number | undefined | null>>} parameters what is empty is left out.
 */
export function query(path, parameters) {
  const said = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined || value === null || value === '' ? [] : [[name, String(value)]],
  );
  return said.length === 0 ? path : `${path}?${new URLSearchParams(said).toString()}`;
}
