/** The small JSON bodies with which somebody logs in. */
import type { Request, Response } from 'express';
import { parse } from '../intake/parse.ts';
import { Problem } from '../problem.ts';
import { announcedBody, readBody } from './body.ts';
import { createInFlightBudget } from './in-flight.ts';

/** Two tokens and some names take one; the rest is for what firmware may add. */
const maxBodyBytes = 8_192;
/** Apart from the reports' budget: who is not logged in yet takes nothing from those who are. */
const maxInFlightBytes = 1_048_576;

/**
 * Resolves with the JSON value.
 *
 * @throws {Problem} as `readBody` does, and `bad_request` when it is no JSON.
 */
export type ReadLoginBody = (request: Request, response: Response) => Promise<unknown>;

/** @param timeoutMs from the header to the body's last byte. */
export function createLoginBodyReader(timeoutMs: number): ReadLoginBody {
  const budget = createInFlightBudget(maxInFlightBytes);
  return async (request, response) => {
    const { gzip, bytes } = announcedBody(request, maxBodyBytes);
    const share = budget.open(bytes);
    try {
      const body = await readBody(request, response, { share, gzip, maxBodyBytes, timeoutMs });
      if (body.fault !== undefined) throw body.fault;
      return parseJson(body.bytes);
    } finally {
      share.release();
    }
  };
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
