import type { IncomingMessage } from 'node:http';

/** What a request asks for behind its path. Whoever sends an absolute URL may put anything before that. [RFC 9112 §3.2.2] */
export function queryOf({
  originalUrl,
}: IncomingMessage & { readonly originalUrl: string }): URLSearchParams {
  const mark = originalUrl.indexOf('?');
  return new URLSearchParams(mark === -1 ? '' : originalUrl.slice(mark + 1));
}
