/** The header fields that keep browsers from doing anything with an answer but read it. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/**
 * Names and values by turns, as Node's `writeHead` takes them. They are the same for every answer: helmet is asked once, not with
 * every request.
 */
export function createSecurityHeaders(): readonly string[] {
  const headers: string[] = [];
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  response.setHeader = (name, value) => {
    headers.push(name, String(value));
    return response;
  };
  // The answers are data: nothing may be loaded, framed or sniffed.
  const protect = helmet({
    strictTransportSecurity: false,
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"] } },
  });
  protect(response.req, response, () => {});
  return headers;
}

/** For an answer whose other header fields are set one by one, too. */
export function setHeaders(response: ServerResponse, headers: readonly string[]): void {
  for (let at = 0; at + 1 < headers.length; at += 2) response.setHeader(headers[at]!, headers[at + 1]!);
}
