/** Posts reports to a receiver, as an AP does, and waits with them while it cannot take them, as no AP does. */
import { Agent } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { exchange } from './exchange.ts';
import { failureCodes, type Outcome } from './outcome.ts';
import { judgeAnswer, judgeError, type Verdict } from './verdict.ts';
import { backoffMs } from './wait.ts';

export type { Outcome } from './outcome.ts';

export interface SenderOptions {
  /** `https://localhost:8443/telemetry`: the profile follows as one more segment. */
  readonly url: URL;
  /** PEM; the authorities that Node trusts when absent. */
  readonly ca?: string | undefined;
  /** `ca` is the very chain that the receiver serves, whoever issued it and whatever it names. */
  readonly isPinned?: true | undefined;
  readonly token?: string | undefined;
  /** Connections, which is how many reports can be on their way at once; more wait for their turn. */
  readonly concurrency: number;
  /** How long one report is waited with before it has failed. */
  readonly giveUpAfterMs?: number;
  /** How long one attempt may take. */
  readonly answerTimeoutMs?: number;
  /** The wait after a first attempt that the receiver sets no time for. */
  readonly firstWaitMs?: number;
  /** Aborted, it ends all waits and cuts off what is on its way. */
  readonly signal?: AbortSignal | undefined;
  /** Told before every wait. */
  readonly onRetry?: ((retry: Retry) => void) | undefined;
}

export interface Retry {
  /** How many attempts there were so far. */
  readonly attempts: number;
  readonly waitMs: number;
  readonly code: string | undefined;
  /** Untrusted text. */
  readonly detail: string | undefined;
}

export interface Sender {
  /**
   * Resolves with what became of the report; never rejects for what a receiver answers, or for its silence. What may pass (503, 429,
   * a connection that is refused, breaks, or is silent) is waited out and tried again, which is safe: the same bytes are a duplicate.
   * May be called any number of times at once.
   */
  send(profile: string, body: Uint8Array): Promise<Outcome>;
  /** Ends its connections. What is on its way is cut off. */
  close(): void;
}

const defaults = {
  giveUpAfterMs: 300_000,
  // Longer than a receiver takes with its default settings, 30 s for the request and then the commit.
  answerTimeoutMs: 60_000,
  firstWaitMs: 250,
};

/** `Retry-After: 0` is no reason to ask without a pause. */
const leastWaitMs = 10;

export function createSender(options: SenderOptions): Sender {
  const { ca, isPinned, concurrency } = options;
  const agent = new Agent({
    keepAlive: true,
    maxSockets: concurrency,
    ...(ca !== undefined && { ca }),
    ...(isPinned && { allowPartialTrustChain: true, checkServerIdentity: () => undefined }),
  });
  const path = options.url.pathname.replace(/\/+$/, '');
  return {
    send: (profile, body) =>
      deliver({ ...defaults, ...options, agent, path: `${path}/${encodeURIComponent(profile)}` }, body),
    close: () => agent.destroy(),
  };
}

type Delivery = SenderOptions & typeof defaults & { readonly agent: Agent; readonly path: string };

/** Tries until there is an outcome, or no time is left. */
async function deliver(delivery: Delivery, body: Uint8Array): Promise<Outcome> {
  const { giveUpAfterMs, firstWaitMs, signal, onRetry } = delivery;
  const beganAt = performance.now();
  for (let attempts = 1; ; attempts += 1) {
    const { isPassing, retryAfterMs, ...verdict } = await attempt(delivery, body);
    const durationMs = performance.now() - beganAt;
    if (!isPassing) return { ...verdict, attempts, durationMs };
    const waitMs = Math.max(retryAfterMs ?? backoffMs(attempts, firstWaitMs), leastWaitMs);
    if (durationMs + waitMs > giveUpAfterMs) {
      const detail = `${verdict.detail} Given up after attempt ${attempts}.`;
      return { ...verdict, detail, attempts, durationMs };
    }
    onRetry?.({ attempts, waitMs, code: verdict.code, detail: verdict.detail });
    const isInterrupted = await wait(waitMs, false, signal && { signal }).catch(() => true);
    if (isInterrupted) return { ...verdict, code: failureCodes.interrupted, attempts, durationMs };
  }
}

async function attempt(delivery: Delivery, body: Uint8Array): Promise<Verdict> {
  const { url: origin, path, agent, token, answerTimeoutMs: timeoutMs, signal } = delivery;
  try {
    return judgeAnswer(await exchange({ origin, path, agent, token, body, timeoutMs, signal }));
  } catch (error) {
    return judgeError(error, origin.origin);
  }
}
