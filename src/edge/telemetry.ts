/** `POST /telemetry/{profile}`: where a report comes in and its receipt goes out. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Express, Request, Response } from 'express';
import { accept, refuse, type Accepted, type Intake } from '../intake/accept.ts';
import type { Metrics } from '../metrics.ts';
import { Problem } from '../problem.ts';
import type { Delivery } from '../report.ts';
import { methodNotAllowed } from './app.ts';
import { answerJsonText, asProblem } from './answer.ts';
import type { AuthenticateSender } from './auth.ts';
import { announcedBody, readBody, SenderGone, type BodyLimits } from './body.ts';
import type { InFlightBudget } from './in-flight.ts';
import { nameRoute } from './request-log.ts';
import { profileName } from '../profile-name.ts';

export interface TelemetryOptions {
  readonly authenticate: AuthenticateSender;
  /** Throws a passing `Problem` when no report could be stored now, so that none is read in vain. */
  readonly admit: () => void;
  readonly bodyLimits: BodyLimits;
  readonly budget: InFlightBudget;
  readonly intake: Intake;
  readonly metrics: Metrics;
  /** Told of every report that was answered with 200, after the answer. */
  readonly observe: (accepted: Accepted) => void;
}

/** The `route` label of reports. */
export const telemetryRoute = '/telemetry/{profile}';

export function routeTelemetry(app: Express, options: TelemetryOptions): void {
  for (const path of ['/telemetry', '/telemetry/:profile'])
    app
      .route(path)
      .post((request, response) => answerReport(request, response, options))
      .all(methodNotAllowed('POST'));
}

async function answerReport(request: Request, response: Response, options: TelemetryOptions): Promise<void> {
  const profile = profileOf(request);
  nameRoute(response, telemetryRoute);
  const accepted = await receive({ request, response, profile }, options);
  answerJsonText(response, 200, receiptText(accepted));
  conclude(accepted, options);
}

/** A report on its way in. */
export interface Incoming {
  readonly request: IncomingMessage;
  /** Only asked to tell the sender to go on. */
  readonly response: ServerResponse;
  readonly profile: string;
}

/**
 * The journey from the header to the receipt: resolves when the report is durable. To be answered then, and concluded.
 *
 * @throws {Problem} `unauthorized`, which counts as no report, and every other that stands between a report and its receipt.
 * @throws {SenderGone} when there is nobody to answer any more.
 */
export async function receive(incoming: Incoming, options: TelemetryOptions): Promise<Accepted> {
  await options.authenticate(incoming.request);
  const { metrics, intake } = options;
  const { source } = intake;
  metrics.reportsReceived.inc({ source });
  try {
    options.admit();
    return await take(incoming, options);
  } catch (error) {
    countRefused(metrics, source, error);
    throw error;
  }
}

/** Reads the body and hands it to the intake, holding a share of the in-flight budget until the receipt. */
async function take(incoming: Incoming, { bodyLimits, budget, intake }: TelemetryOptions): Promise<Accepted> {
  const { request, response, profile } = incoming;
  const { gzip, bytes: expectedBytes } = announcedBody(request, bodyLimits.maxBodyBytes);
  const share = budget.open(expectedBytes);
  try {
    const { maxBodyBytes, timeoutMs } = bodyLimits;
    const { bytes, fault } = await readBody(request, response, { maxBodyBytes, timeoutMs, share, gzip });
    const delivery = deliver(request, { body: bytes, profile, source: intake.source });
    return await (fault === undefined
      ? accept(delivery, intake)
      : refuse(delivery, fault, intake.quarantine));
  } finally {
    share.release();
  }
}

/** The body of a 200. */
export function receiptText({ report, receipt }: Accepted): string {
  // Letters, hex digits and a number: nothing to escape.
  return `{"status":"${receipt.status}","report":"${receipt.id}","observations":${report.observations}}`;
}

/** What follows the answer: counts the report, and tells who observes. */
export function conclude(accepted: Accepted, { metrics, observe }: TelemetryOptions): void {
  countAccepted(metrics, accepted);
  observe(accepted);
}

function profileOf({ params }: Request): string {
  const profile = (params as { profile?: string }).profile ?? 'default';
  if (!profileName.test(profile))
    throw new Problem('not_found', 'A profile is 1 to 64 letters, digits, dots, underscores or hyphens.');
  return profile;
}

function deliver(
  { socket }: IncomingMessage,
  { body, profile, source }: Pick<Delivery, 'body' | 'profile' | 'source'>,
): Delivery {
  return {
    body,
    profile,
    source,
    remote: socket.remoteAddress ?? 'unknown',
    receivedAtMs: Date.now(),
    receivedAtMonotonicMs: performance.now(),
  };
}

function countAccepted(metrics: Metrics, { report, receipt }: Accepted): void {
  const { source } = report.delivery;
  if (receipt.status === 'duplicate') return metrics.reportsDuplicate.inc({ source });
  metrics.reportsStored.inc({ source });
  metrics.observationsStored.inc({ source }, report.observations);
}

function countRefused(metrics: Metrics, source: string, error: unknown): void {
  if (error instanceof SenderGone) return metrics.reportsRejected.inc({ source, reason: 'aborted' });
  const { code, kind } = asProblem(error);
  const counter = kind.status >= 500 ? metrics.reportsFailed : metrics.reportsRejected;
  counter.inc({ source, reason: code });
}
