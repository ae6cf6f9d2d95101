/** What happens, as it happens, for the page. [https://html.spec.whatwg.org/multipage/server-sent-events.html] */
import type { Response } from 'express';
import type { Accepted } from '../../intake/accept.ts';
import { Problem } from '../../problem.ts';
import { describeLimits, type WatchedLimits } from './limits.ts';
import { route, type ApiRoute } from './route.ts';

const maxClients = 32;
const tickMs = 1_000;
/** Proxies cut a connection on which nothing moves, after a minute at most. */
const ticksPerHeartbeat = 15;
/** In one event; of the others only the number is told. */
const maxReports = 100;
/** A client for which this much waits does not read. */
const maxWaitingBytes = 256 * 1024;

/** The clients that listen, and what they are told. */
export interface Events {
  /** Takes a report that was answered with 200. Costs nothing while nobody listens. */
  observe(accepted: Accepted): void;
  /**
   * Answers with events until the client or this receiver leaves. The first is `summary`.
   *
   * @throws {Problem} `overloaded` when too many listen.
   */
  connect(response: Response, summary: unknown): void;
  /** Ends every answer, and takes no client any more. */
  close(): void;
}

export function openEvents(limits: WatchedLimits): Events {
  const clients = new Set<Response>();
  const feed = createFeed();
  let timer: NodeJS.Timeout | undefined;
  let ticks = 0;
  let crossingsTold = limits.crossings();
  let isClosed = false;

  const tell = (message: string): void => {
    for (const client of clients)
      // It gets no second chance: a page connects again by itself, and begins with a summary.
      if (client.writableLength > maxWaitingBytes) client.destroy();
      else client.write(message);
  };
  const tick = (): void => {
    ticks += 1;
    const reports = feed.take();
    if (reports !== undefined) tell(event('reports', reports));
    if (crossingsTold !== limits.crossings()) tell(event('limits', describeLimits(limits)));
    crossingsTold = limits.crossings();
    if (ticks % ticksPerHeartbeat === 0) tell(':\n\n');
  };
  const forget = (client: Response): void => {
    clients.delete(client);
    if (clients.size > 0) return;
    clearInterval(timer);
    feed.take();
  };

  return {
    observe(accepted) {
      if (clients.size > 0) feed.add(accepted);
    },
    connect(response, summary) {
      if (isClosed) throw new Problem('shutting_down', 'Northbound is stopping.');
      if (clients.size >= maxClients)
        throw new Problem('overloaded', `${maxClients} clients listen already: close one of them.`);
      if (clients.size === 0) {
        crossingsTold = limits.crossings();
        timer = setInterval(tick, tickMs).unref();
      }
      clients.add(response);
      response.once('close', () => forget(response));
      begin(response);
      response.write(event('summary', summary));
    },
    close() {
      isClosed = true;
      for (const client of clients) client.end();
    },
  };
}

/** @param summarise gives the first event. */
export function eventsRoute(events: Events, summarise: () => Promise<unknown>): ApiRoute {
  return route('/api/v1/events', {}, async ({ request, response }) => {
    const summary = await summarise();
    if (request.method === 'HEAD') begin(response).end();
    else if (!request.socket.destroyed) events.connect(response, summary);
  });
}

function begin(response: Response): Response {
  // Between two events nothing moves for longer than a request may take.
  response.socket?.setTimeout(0);
  return response.writeHead(200, { 'Content-Type': 'text/event-stream', Connection: 'close' });
}

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** What was answered since the last look. */
function createFeed() {
  let reports: object[] = [];
  let leftOut = 0;
  return {
    add({ report, receipt }: Accepted): void {
      if (reports.length >= maxReports) {
        leftOut += 1;
        return;
      }
      const { profile, receivedAtMs } = report.delivery;
      reports.push({
        id: report.id,
        profile,
        ap: report.reporter.mac,
        status: receipt.status,
        observations: report.observations,
        receivedAt: new Date(receivedAtMs).toISOString(),
      });
    },
    /** Nothing when nothing was answered. */
    take(): { reports: readonly object[]; leftOut: number } | undefined {
      if (reports.length === 0) return undefined;
      const taken = { reports, leftOut };
      reports = [];
      leftOut = 0;
      return taken;
    },
  };
}
