/** `POST /auth/token`: where an AP with an authenticationURL logs in. (IoT Interface Guide 8.7 and 8.8, pp. 9-11) */
import type { Express, Request, Response } from 'express';
import type { Handshake } from '../credentials/handshake.ts';
import type { IssuedTokens } from '../credentials/issued-tokens.ts';
import { parseTokenRequest } from '../credentials/token-request.ts';
import { answerJson } from './answer.ts';
import { methodNotAllowed } from './app.ts';
import { SenderGone } from './body.ts';
import { createLoginBodyReader, type ReadLoginBody } from './login-body.ts';
import { nameRoute } from './request-log.ts';

export interface TokenEndpointOptions {
  readonly handshake: Handshake;
  /** From the header to the body's last byte. */
  readonly timeoutMs: number;
}

export function routeTokenEndpoint(app: Express, { handshake, timeoutMs }: TokenEndpointOptions): void {
  const read = createLoginBodyReader(timeoutMs);
  app
    .route('/auth/token')
    .post((request, response) => logIn(request, response, { handshake, read }))
    .all(methodNotAllowed('POST'));
}

async function logIn(
  request: Request,
  response: Response,
  { handshake, read }: { handshake: Handshake; read: ReadLoginBody },
): Promise<void> {
  nameRoute(response, '/auth/token');
  // [RFC 6749 §5.1] Refusals are nobody else's business either.
  response.setHeader('Cache-Control', 'no-store');
  const asked = parseTokenRequest(await read(request, response));
  const gone = new AbortController();
  response.once('close', () => gone.abort(new SenderGone('the sender hung up while it waited for its turn')));
  const address = request.socket.remoteAddress ?? 'unknown';
  answerTokens(response, await handshake(asked, { address, gone: gone.signal }));
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
