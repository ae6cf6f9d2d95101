/** `POST /auth/token`: where an AP with an authenticationURL logs in. (IoT Interface Guide 8.7 and 8.8, pp. 9-11) */
import type { Express, Request, Response } from 'express';
import type { Handshake } from '../credentials/handshake.ts';
import type { IssuedTokens } from '../credentials/issued-tokens.ts';
import { parseTokenRequest } from '../credentials/token-request.ts';
import { parse } from '../intake/parse.ts';
import { Problem } from '../problem.ts';
import { answerJson } from './answer.ts';
import { methodNotAllowed } from './app.ts';
import { announcedBody, readBody, SenderGone } from './body.ts';
import { createInFlightBudget, type InFlightBudget } from './in-flight.ts';
import { nameRoute } from './request-log.ts';

/** Two tokens and some names take one; the rest is for what firmware may add. */
const maxBodyBytes = 8_192;
/** Apart from the reports' budget: who is not logged in yet takes nothing from those who are. */
const maxInFlightBytes = 1_048_576;

export interface TokenEndpointOptions {
  readonly handshake: Handshake;
  /** From the header to the body's last byte. */
  readonly timeoutMs: number;
}

export function routeTokenEndpoint(app: Express, options: TokenEndpointOptions): void {
  const budget = createInFlightBudget(maxInFlightBytes);
  app
    .route('/auth/token')
    .post((request, response) => logIn(request, response, { ...options, budget }))
    .all(methodNotAllowed('POST'));
}

async function logIn(
  request: Request,
  response: Response,
  { handshake, ...reading }: TokenEndpointOptions & { budget: InFlightBudget },
): Promise<void> {
  nameRoute(response, '/auth/token');
  // [RFC 6749 §5.1] Refusals are nobody else's business either.
  response.setHeader('Cache-Control', 'no-store');
  const asked = parseTokenRequest(parseJson(await readWhole(request, response, reading)));
  const gone = new AbortController();
  response.once('close', () => gone.abort(new SenderGone('the sender hung up while it waited for its turn')));
  const address = request.socket.remoteAddress ?? 'unknown';
  answerTokens(response, await handshake(asked, { address, gone: gone.signal }));
}

async function readWhole(
  request: Request,
  response: Response,
  { budget, timeoutMs }: { budget: InFlightBudget; timeoutMs: number },
): Promise<Buffer> {
  const { gzip, bytes } = announcedBody(request, maxBodyBytes);
  const share = budget.open(bytes);
  try {
    const body = await readBody(request, response, { share, gzip, maxBodyBytes, timeoutMs });
    if (body.fault !== undefined) throw body.fault;
    return body.bytes;
  } finally {
    share.release();
  }
}

/** Whatever is no JSON is no such request; V8's own words could quote a secret from the body, and are not passed on. */
function parseJson(body: Buffer): unknown {
  try {
    return parse(body);
  } catch (cause) {
    if (!(cause instanceof Problem)) throw cause;
    throw new Problem('bad_request', 'The body must be a JSON object in UTF-8.', { cause });
  }
}

/**
 * `token_type` is compared exactly. `api_url` is left out: it would replace the whole URL of the profile, and with it the
 * segment that names the profile.
 */
function answerTokens(response: Response, issued: IssuedTokens): void {
  answerJson(response, 200, {
    access_token: issued.accessToken,
    token_type: 'bearer',
    expires_in: issued.expiresInSeconds,
    refresh_token: issued.refreshToken,
  });
}
