/**
 * Reports that come the way every AP sends them, answered without the app: its router and its middleware cost more than the whole
 * rest of the edge. The steps are those of `telemetry.ts`, and nobody can tell the two ways apart by an answer, a line of the log
 * or a metric.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { answerFailure } from './failure.ts';
import { createFollower, describeRequest } from './request-log.ts';
import { createSecurityHeaders, setHeaders } from './security-headers.ts';
import { conclude, receiptText, receive, telemetryRoute, type TelemetryOptions } from './telemetry.ts';

/** Names the profile as it stands there: what is percent-encoded or a whole URL is the app's to read. */
const directPath = /^\/telemetry(?:\/([A-Za-z0-9._-]{1,64}))?(?:\?|$)/;

/** The profile of a report that the app need not look at; nothing for whatever is out of the ordinary. */
export function directProfile({ method, url = '', headers }: IncomingMessage): string | undefined {
  if (method !== 'POST' || headers.host === undefined || headers.expect !== undefined) return undefined;
  const match = directPath.exec(url);
  return match === null ? undefined : (match[1] ?? 'default');
}

/** Answers one report; resolves when that is done, and never rejects. */
export type AnswerDirectly = (
  request: IncomingMessage,
  response: ServerResponse,
  profile: string,
) => Promise<void>;

export function createDirectTelemetry(options: TelemetryOptions & { log: Logger }): AnswerDirectly {
  const { log, metrics } = options;
  const securityHeaders = createSecurityHeaders();
  const follow = createFollower(log, metrics);
  return async (request, response, profile) => {
    const id = randomUUID();
    follow({ id, route: telemetryRoute, request, response });
    try {
      const accepted = await receive({ request, response, profile }, options);
      answer(response, ['X-Request-Id', id, ...securityHeaders], receiptText(accepted));
      conclude(accepted, options);
    } catch (error) {
      if (!response.headersSent) setHeaders(response, ['X-Request-Id', id, ...securityHeaders]);
      answerFailure({ request, response, logBug: bugLog(log, id, request) }, error);
    }
  };
}

/** In one go: header fields that are set one by one are checked and kept one by one. */
function answer(response: ServerResponse, headers: string[], text: string): void {
  headers.push('Content-Type', 'application/json', 'Content-Length', String(Buffer.byteLength(text)));
  response.writeHead(200, headers).end(text);
}

function bugLog(log: Logger, id: string, { method, url, socket }: IncomingMessage) {
  return (err: Error, message: string): void =>
    log.error({ req: describeRequest({ id, method, url, remote: socket.remoteAddress }), err }, message);
}
