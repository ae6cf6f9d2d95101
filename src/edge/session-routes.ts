/** `/api/v1/session`: how the page learns whether a token is asked for, and exchanges it for a cookie. */
import type { Express, Request, RequestHandler, Response } from 'express';
import { Problem } from '../problem.ts';
import { answerJson } from './answer.ts';
import { methodNotAllowed } from './app.ts';
import { createLoginBodyReader } from './login-body.ts';
import { nameRoute } from './request-log.ts';
import { cookieName, type Sessions, type SignIn } from './session.ts';

export const sessionPath = '/api/v1/session';

/** A token takes a moment. */
const bodyTimeoutMs = 10_000;

/** How operators sign in where they have to. */
export interface OpsSignIn {
  readonly sessions: Sessions;
  readonly signIn: SignIn;
}

/** @param how nothing where nobody has to sign in. */
export function routeSession(app: Express, requireOrigin: RequestHandler, how: OpsSignIn | undefined): void {
  const name: RequestHandler = (_request, response, next) => {
    nameRoute(response, sessionPath);
    next();
  };
  app
    .route(sessionPath)
    .all(name)
    .get((request, response) => answerSession(response, how, isSignedIn(request, how)))
    .post(requireOrigin, answerSignIn(how))
    .delete(requireOrigin, (request, response) => {
      how?.sessions.close(request);
      setCookie(request, response, `${cookieName(request)}=; Max-Age=0`);
      answerSession(response, how, how === undefined);
    })
    .all(methodNotAllowed('GET', 'HEAD', 'POST', 'DELETE'));
}

function answerSignIn(how: OpsSignIn | undefined): RequestHandler {
  const readBody = createLoginBodyReader(bodyTimeoutMs);
  return async (request, response) => {
    if (how !== undefined) {
      const token = tokenOf(await readBody(request, response));
      how.signIn(token, request.socket.remoteAddress ?? 'unknown');
      setCookie(request, response, how.sessions.open(request));
    }
    answerSession(response, how, true);
  };
}

function isSignedIn(request: Request, how: OpsSignIn | undefined): boolean {
  return how === undefined || how.sessions.find(request) === 'open';
}

function answerSession(response: Response, how: OpsSignIn | undefined, signedIn: boolean): void {
  answerJson(response, 200, { required: how !== undefined, signedIn });
}

/** No script can read it, no other site's page makes a browser send it, and over TLS it never leaves in the clear. */
function setCookie({ socket }: Request, response: Response, pair: string): void {
  const secure = 'encrypted' in socket ? '; Secure' : '';
  response.setHeader('Set-Cookie', `${pair}; Path=/; HttpOnly; SameSite=Strict${secure}`);
}

function tokenOf(body: unknown): string {
  const token = typeof body === 'object' && body !== null && 'token' in body ? body.token : undefined;
  if (typeof token === 'string' && token !== '') return token;
  throw new Problem('bad_request', 'The body must be a JSON object: {"token":"<the ops token>"}.');
}
