import type { Report } from '../../report.ts';

/** A report on its way to the thread that appends: what the tables keep of it, and no byte more, since each is copied. */
export interface Parcel {
  readonly id: string;
  readonly profile: string;
  readonly source: string;
  readonly remote: string;
  readonly receivedAtMs: number;
  readonly reporter: Report['reporter'];
  readonly observations: number;
  readonly rows: Uint8Array;
  readonly deviceCounts: Report['deviceCounts'];
  readonly bodyBytes: number;
  /** One of the two: the body as it came, or compressed where that was done on the way. */
  readonly body: Uint8Array | undefined;
  readonly compressedBody: Uint8Array | undefined;
}

export function toParcel(report: Report): Parcel {
  const { id, delivery, reporter, observations, rows, deviceCounts, compressedBody } = report;
  const { body, profile, source, remote, receivedAtMs } = delivery;
  return {
    id,
    profile,
    source,
    remote,
    receivedAtMs,
    reporter,
    observations,
    rows,
    deviceCounts,
    bodyBytes: body.length,
    body: compressedBody === undefined ? body : undefined,
    compressedBody,
  };
}

/** About how many bytes of memory it takes. */
export function weigh({ body, compressedBody, rows }: Parcel): number {
  return (compressedBody ?? body ?? rows).length + rows.length;
}
