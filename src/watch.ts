/** Looking at something again and again, where what goes wrong must not end the process. */
import { ConfigurationError } from './config.ts';
import { messageOf } from './error-message.ts';

export interface Watch {
  /** Looks now. Never rejects; looks never overlap, and a call during one waits for that one. */
  check(): Promise<void>;
  /** Stops looking. Resolves when no look is under way. */
  close(): Promise<void>;
}

export interface WatchOptions {
  /** A look that rejects has changed nothing. */
  readonly look: () => Promise<void>;
  /** Told why a look rejected: once for as long as it is the same reason. */
  readonly warn: (fault: string) => void;
  readonly everyMs: number;
}

/** The timer does not keep the process alive. */
export function openWatch({ look, warn, everyMs }: WatchOptions): Watch {
  let lastFault: string | undefined;
  let running: Promise<void> | undefined;

  async function lookOnce(): Promise<void> {
    try {
      await look();
      lastFault = undefined;
    } catch (error) {
      const fault = faultOf(error);
      if (fault !== lastFault) warn(fault);
      lastFault = fault;
    }
  }

  const check = (): Promise<void> =>
    (running ??= lookOnce().finally(() => {
      running = undefined;
    }));
  const timer = setInterval(() => void check(), everyMs).unref();
  return {
    check,
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}

/** In one line. */
function faultOf(error: unknown): string {
  return error instanceof ConfigurationError ? error.faults.join('; ') : messageOf(error);
}
