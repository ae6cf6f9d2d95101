/** Reads one body, counting its bytes as they come. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGunzip } from 'node:zlib';
import { Problem } from '../problem.ts';
import type { Share } from './in-flight.ts';

/** The sender hung up before its body was complete: there is nobody to answer. */
export class SenderGone extends Error {
  override name = 'SenderGone';
}

export interface BodyLimits {
  /** For the bytes as they come, and for what they decompress to. */
  readonly maxBodyBytes: number;
  /** From the header to the last byte. */
  readonly timeoutMs: number;
}

/** What the header says of the body. */
interface Announced {
  readonly gzip: boolean;
  /** 0 when the header does not say. */
  readonly bytes: number;
}

/**
 * What the header announces, checked before a byte of the body is read.
 *
 * Any Content-Type passes, because nobody knows what every AP sends, unless it names a charset that is not UTF-8.
 *
 * @throws {Problem} `unsupported_encoding`, `body_too_large`.
 */
export function announcedBody({ headers }: IncomingMessage, maxBodyBytes: number): Announced {
  const coding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  // [RFC 9110 §8.4.1.3] x-gzip is gzip.
  const gzip = coding === 'gzip' || coding === 'x-gzip';
  if (!gzip && coding !== 'identity' && coding !== '')
    throw new Problem('unsupported_encoding', 'Content-Encoding must be gzip or identity, or be left out.');
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase();
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')
    throw new Problem(
      'unsupported_encoding',
      'Content-Type names a charset other than UTF-8: JSON is sent as UTF-8.',
    );
  const bytes = Number(headers['content-length'] ?? 0);
  if (bytes > maxBodyBytes) throw tooLarge(maxBodyBytes);
  return { gzip, bytes };
}

/** What came. */
export interface Body {
  /**
   * Decompressed; as they came where that is not possible. They are there until the share is released.
   */
  readonly bytes: Buffer;
  /** Why they could not be decompressed: `malformed_encoding`. */
  readonly fault?: Problem;
}

/**
 * The whole body.
 *
 * @throws {Problem} `body_too_large` as soon as it is known, `request_timeout`, `overloaded`.
 * @throws {SenderGone} when the connection ends before the body does.
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  { share, gzip, maxBodyBytes, timeoutMs }: BodyLimits & { share: Share; gzip: boolean },
): Promise<Body> {
  const { promise, resolve, reject } = Promise.withResolvers<Body>();
  const limits = { share, maxBodyBytes, reject };
  const sink = gzip ? createGunzipSink(limits, resolve) : createCountedSink(limits);
  const gone = (): void => {
    // A request closes after its end, too, and gunzip may have work left then.
    if (!request.readableEnded) reject(new SenderGone('the sender hung up before its body was read'));
  };
  const timer = hasCome(request) ? undefined : setTimeout(() => reject(tooSlow(timeoutMs)), timeoutMs);
  // They stay: a sink that was stopped takes nothing, and a promise that was kept hears nothing.
  request.on('data', sink.take).on('end', () => sink.end(resolve));
  request.on('close', gone).on('error', gone);
  // Its login may have been looked at for a moment: then it can be gone by now, and nothing would say so any more.
  if (request.destroyed) gone();
  // The sender waits for this word, having heard that nothing stands against the body. [RFC 9110 §10.1.1]
  if (request.headers.expect !== undefined) response.writeContinue();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    sink.stop();
  }
}

/** Most bodies come in one packet with their header. For them a clock would be much of what reading costs. */
function hasCome({ headers, readableLength, destroyed }: IncomingMessage): boolean {
  return !destroyed && readableLength === Number(headers['content-length']);
}

/** Where a body's chunks go. Faults are told to `reject`, never thrown. */
interface Sink {
  take(chunk: Buffer): void;
  /** The body is complete. */
  end(resolve: (body: Body) => void): void;
  /** Nothing is wanted any more. */
  stop(): void;
}

interface SinkLimits {
  readonly share: Pick<Share, 'add' | 'join'>;
  readonly maxBodyBytes: number;
  readonly reject: (error: unknown) => void;
}

/** Keeps chunks until there are too many. */
function createCountedSink({ share, maxBodyBytes, reject }: SinkLimits): Sink {
  let chunks: Buffer[] | undefined = [];
  let bytes = 0;
  return {
    take(chunk) {
      if (chunks === undefined) return;
      bytes += chunk.length;
      if (bytes > maxBodyBytes) return reject(tooLarge(maxBodyBytes));
      try {
        share.add(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        reject(error);
      }
    },
    end(resolve) {
      // Nothing is reserved before it has come.
      if (chunks !== undefined) resolve({ bytes: share.join(chunks, bytes) });
    },
    stop: () => void (chunks = undefined),
  };
}

/**
 * Of several tallies the share holds the greatest: a body that came compressed is there twice, and must not need twice the share
 * of one that did not.
 */
function createTallies(share: Pick<Share, 'add' | 'join'>): () => Pick<Share, 'add' | 'join'> {
  let held = 0;
  return () => {
    let tally = 0;
    return {
      join: (pieces, bytes) => share.join(pieces, bytes),
      add(bytes) {
        tally += bytes;
        if (tally <= held) return;
        share.add(tally - held);
        held = tally;
      },
    };
  };
}

/**
 * Feeds chunks to gunzip as they come, so that a bomb is known for one before it has been sent. Bytes that are no gzip are
 * taken to their end, so that they can be kept.
 */
function createGunzipSink(limits: SinkLimits, resolve: (body: Body) => void): Sink {
  const tally = createTallies(limits.share);
  const compressed = createCountedSink({ ...limits, share: tally() });
  const body = createCountedSink({ ...limits, share: tally() });
  const gunzip = createGunzip();
  let fault: Problem | undefined;
  let ended = false;
  const endWithFault = (): void => compressed.end(({ bytes }) => resolve({ bytes, ...(fault && { fault }) }));
  gunzip.on('data', body.take);
  gunzip.once('end', () => body.end(resolve));
  gunzip.once('error', (cause) => {
    fault = new Problem(
      'malformed_encoding',
      `The body is not valid gzip (${cause.message}): send it whole.`,
      { cause },
    );
    if (ended) endWithFault();
  });
  return {
    take(chunk) {
      compressed.take(chunk);
      if (!gunzip.destroyed) gunzip.write(chunk);
    },
    end() {
      ended = true;
      if (fault === undefined) gunzip.end();
      else endWithFault();
    },
    stop() {
      gunzip.destroy();
      compressed.stop();
      body.stop();
    },
  };
}

function tooLarge(maxBodyBytes: number): Problem {
  return new Problem(
    'body_too_large',
    `The body is larger than ${maxBodyBytes} bytes: split the report, or raise NORTHBOUND_MAX_BODY_BYTES.`,
  );
}

function tooSlow(timeoutMs: number): Problem {
  return new Problem(
    'request_timeout',
    `The body did not arrive within ${timeoutMs / 1000} s: send it faster.`,
  );
}
