import type { Quarantine } from '../quarantine/quarantine.ts';
import { Problem } from '../problem.ts';
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
 * Parse, validate, normalise; in another thread perhaps.
 *
 * @throws {Problem} when the delivery is no report.
 */
export type ReadDelivery = (delivery: Delivery) => Report | Promise<Report>;

/** Where the journey ends, well or not. */
export interface Intake {
  /** The way in, as metrics and rows name it. */
  readonly source: string;
  readonly read: ReadDelivery;
  readonly store: Store;
  readonly quarantine: Quarantine;
}

/**
 * The spine of the journey: a delivery goes in, and comes out when it would survive a power cut.
 *
 * @throws {Problem} when the delivery is no report (permanent), and is in quarantine by then; or when it cannot be kept now
 * (passing), and may be sent again.
 */
export async function accept(delivery: Delivery, intake: Intake): Promise<Accepted> {
  try {
    return await store(delivery, intake);
  } catch (error) {
    return refuse(delivery, error, intake.quarantine);
  }
}

/** Parse, validate, normalise, append: the journey without the quarantine, for what comes out of it. */
export async function store(delivery: Delivery, { read, store: target }: Intake): Promise<Accepted> {
  const report = await read(delivery);
  const receipt = await target.append(report);
  return { report, receipt };
}

/** The steps that read a delivery, one after the other, here and now. */
export function createReading({ parse, validate, normalise }: Dialect): (delivery: Delivery) => Report {
  return (delivery) => {
    const value = parse(delivery.body);
    validate(value);
    return normalise(value, delivery);
  };
}

/**
 * Keeps what would be refused again, our own bugs included, since an AP does not send it twice; then throws the reason.
 *
 * @throws {Problem} `store_unavailable` in its place when it cannot be kept.
 */
export async function refuse(delivery: Delivery, reason: unknown, quarantine: Quarantine): Promise<never> {
  const passing = reason instanceof Problem && reason.kind.passing === true;
  if (!passing) await quarantine.keep(delivery, reason);
  throw reason;
}
