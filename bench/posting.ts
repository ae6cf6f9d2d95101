/** Posts over many connections at once. */
import type { Connection } from './connection.ts';
import { createPaced, createUnpaced, type Due, type Span } from './due.ts';
import type { Template } from './template.ts';

/** One AP: its connection, its report, and since when the post under way was wanted. */
export interface Lane {
  readonly connection: Connection;
  readonly template: Template;
  wantedAt: number;
}

/** What became of the posts. */
export interface Tally {
  posted: number;
  /** Answers other than 200. */
  failed: number;
  /** Answers to what was posted while it counted. */
  answered: number;
  lastAnswerAt: number;
  /** Of those that count; for what was never posted, how long it had waited at the end. */
  readonly latenciesMs: number[];
  unposted: number;
}

/**
 * Posts until the span ends, and waits for the last answer.
 *
 * @param rate reports per second over all lanes; as many as are answered when left out.
 * @throws {Error} when a connection breaks.
 */
export async function postAll(lanes: readonly Lane[], span: Span, rate?: number): Promise<Tally> {
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  const due = rate === undefined ? createUnpaced(span) : createPaced(span, rate);
  const tally = createTally(span);
  const idle = [...lanes];

  function postNext(lane: Lane): boolean {
    const wantedAt = due.next();
    if (wantedAt === undefined) return false;
    lane.wantedAt = wantedAt;
    lane.template.tick();
    tally.posted += 1;
    lane.connection.post(lane.template.request);
    return true;
  }

  function rest(lane: Lane): void {
    idle.push(lane);
    if (due.isOver() && idle.length === lanes.length) finish();
  }

  for (const lane of lanes)
    lane.connection.hear((status) => {
      count(tally, lane, status, span);
      if (!postNext(lane)) rest(lane);
    });
  due.start(() => {
    for (const lane of idle.splice(0)) if (!postNext(lane)) rest(lane);
  });
  await Promise.race([finished, ...lanes.map(({ connection }) => connection.broken)]);
  countUnposted(tally, due, span);
  return tally;
}

function createTally({ countFrom }: Span): Tally {
  return { posted: 0, failed: 0, answered: 0, lastAnswerAt: countFrom, latenciesMs: [], unposted: 0 };
}

function count(tally: Tally, { wantedAt }: Lane, status: number, { countFrom }: Span): void {
  const now = performance.now();
  if (status !== 200) tally.failed += 1;
  if (wantedAt < countFrom) return;
  tally.answered += 1;
  tally.lastAnswerAt = now;
  tally.latenciesMs.push(now - wantedAt);
}

/** How long these would have waited in the end nobody knows: at least until now. */
function countUnposted(tally: Tally, { left }: Due, { endsAt }: Span): void {
  tally.unposted = left.length;
  for (const wantedAt of left) tally.latenciesMs.push(endsAt - wantedAt);
}
