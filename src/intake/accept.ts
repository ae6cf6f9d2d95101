import type { Delivery, Receipt, Report } from '../report.ts';
import type { Store } from '../store/store.ts';

/** How one kind of sender speaks. Each step throws a `Problem` when the delivery is at fault. */
export interface Dialect {
  /** The way in, as metrics and rows name it. */
  readonly source: string;
  /** Bytes to a value. */
  parse(body: Uint8Array): unknown;
  /** Returns when the value is true to the schema. */
  validate(value: unknown): void;
  /** A valid value to the report that stores understand. */
  normalise(value: unknown, delivery: Delivery): Report;
}

/** A report that is durable. */
export interface Accepted {
  readonly report: Report;
  readonly receipt: Receipt;
}

/**
 * The spine of the journey: a delivery goes in, and comes out when it would survive a power cut.
 *
 * @throws {Problem} when the delivery is no report (permanent) or the store cannot take it now (passing).
 */
export async function accept(delivery: Delivery, dialect: Dialect, store: Store): Promise<Accepted> {
  const value = dialect.parse(delivery.body);
  dialect.validate(value);
  const report = dialect.normalise(value, delivery);
  const receipt = await store.append(report);
  return { report, receipt };
}
