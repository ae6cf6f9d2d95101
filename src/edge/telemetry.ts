/** `POST /telemetry/{profile}`: where a report comes in and its receipt goes out. */
import type { Express, Request, Response } from 'express';
import { accept, refuse, type Accepted, type Intake } from '../intake/accept.ts';
import type { Metrics } from '../metrics.ts';
import { Problem } from '../problem.ts';
import type { Delivery } from '../report.ts';
import { methodNotAllowed } from './app.ts';
import { answerJson, asProblem } from './answer.ts';
import type { AuthenticateSender } from './auth.ts';
import { announcedBody, readBody, SenderGone, type BodyLimits } from './body.ts';
import type { InFlightBudget, Share } from './in-flight.ts';
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

export function routeTelemetry(app: Express, options: TelemetryOptions): void {
  for (const path of ['/telemetry', '/telemetry/:profile'])
    app
      .route(path)
      .post((request, response) => receive(request, response, options))
      .all(methodNotAllowed('POST'));
}

async function receive(request: Request, response: Response, options: TelemetryOptions): Promise<void> {
  const profile = profileOf(request);
  nameRoute(response, '/telemetry/{profile}');
  await options.authenticate(request);
  const { metrics, intake } = options;
  const { source } = intake.dialect;
  metrics.reportsReceived.inc({ source });
  let accepted: Accepted;
  try {
    options.admit();
    accepted = await withShare(request, options, async (share, gzip) => {
      const { bytes, fault } = await readBody(request, response, { ...options.bodyLimits, share, gzip });
      const delivery = deliver(request, { body: bytes, profile, source });
      return fault === undefined ? accept(delivery, intake) : refuse(delivery, fault, intake.quarantine);
    });
  } catch (error) {
    countRefused(metrics, source, error);
    throw error;
  }
  answerReceipt(response, accepted);
  countAccepted(metrics, accepted);
  options.observe(accepted);
}

function profileOf({ params }: Request): string {
  const profile = (params as { profile?: string }).profile ?? 'default';
  if (!profileName.test(profile))
    throw new Problem('not_found', 'A profile is 1 to 64 letters, digits, dots, underscores or hyphens.');
  return profile;
}

/** Holds a share of the in-flight budget for as long as `work` takes. */
async function withShare(
  request: Request,
  { bodyLimits, budget }: TelemetryOptions,
  work: (share: Share, gzip: boolean) => Promise<Accepted>,
): Promise<Accepted> {
  const { gzip, bytes } = announcedBody(request, bodyLimits.maxBodyBytes);
  const share = budget.open(bytes);
  try {
    return await work(share, gzip);
  } finally {
    share.release();
  }
}

function deliver(
  { socket }: Request,
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

function answerReceipt(response: Response, { report, receipt }: Accepted): void {
  answerJson(response, 200, {
    status: receipt.status,
    report: receipt.id,
    observations: report.observations,
  });
}

function countAccepted(metrics: Metrics, { report, receipt }: Accepted): void {
  const { source } = report.delivery;
  if (receipt.status === 'duplicate') return metrics.reportsDuplicate.inc({ source });
  metrics.reportsStored.inc({ source });
  metrics.observationsStored.inc({ source }, report.observations);
  metrics.sightingsStored.inc({ source }, receipt.newSightings);
}

function countRefused(metrics: Metrics, source: string, error: unknown): void {
  if (error instanceof SenderGone) return metrics.reportsRejected.inc({ source, reason: 'aborted' });
  const { code, kind } = asProblem(error);
  const counter = kind.status >= 500 ? metrics.reportsFailed : metrics.reportsRejected;
  counter.inc({ source, reason: code });
}
