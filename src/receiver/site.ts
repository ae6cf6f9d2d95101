import type { Logger } from 'pino';
import type { Address } from '../address.ts';
import type { Config } from '../config.ts';
import type { Phase } from '../edge/https.ts';
import type { Certificates } from '../edge/tls/certificates.ts';
import type { Intake } from '../intake/accept.ts';
import type { Metrics } from '../metrics.ts';
import type { Reader } from '../store/reader.ts';

/** What the parts of a receiver share while it is built and while it runs. */
export interface Site {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly certificates: Certificates;
  /** Let go of in reverse. */
  readonly opened: AsyncDisposableStack;
  /** What changes while it runs. */
  readonly state: {
    phase: Phase;
    /** Whether reports can be kept; `undefined` when they can. */
    storeFault: () => string | undefined;
    diskFault: () => string | undefined;
    /** Where reports go, and who tells of them; nothing while the store is being opened, or once it is closed. */
    open: { readonly intake: Intake; readonly reader: Reader } | undefined;
    /** Where APs post, and where only the CA certificate is, once it listens there. */
    telemetry?: Address;
    ca?: Address;
  };
}
