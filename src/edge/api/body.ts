import type { Response } from 'express';

/** Answers with a body as it came: bytes to be saved, which no browser takes for anything else. */
export function answerBody(response: Response, id: string, body: Uint8Array): void {
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': `attachment; filename="${id}.json"`,
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': body.length,
  });
  response.end(body);
}
