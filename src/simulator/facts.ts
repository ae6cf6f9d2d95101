/**
 * What a device tells of itself, in the words of Telemetry-Https. An AP puts what it heard last into its table, and repeats it
 * in stale rows.
 */
export interface Facts {
  readonly deviceClass: readonly string[];
  readonly model?: string;
  readonly vendorName?: string;
  readonly localName?: string;
  readonly assetId?: string;
  readonly firmware?: Readonly<Record<string, string>>;
  readonly beacon?: Beacon;
  readonly txpower?: number;
  readonly sensors?: Readonly<Record<string, unknown>>;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly stats?: {
    readonly uptime?: number;
    readonly adv_cnt?: number;
    readonly seq_nr?: number;
  };
}

/** What a beacon advertises; both kinds may sit in one. */
export interface Beacon {
  readonly ibeacon?: {
    /** 32 hex digits, lower case. */
    readonly uuid: string;
    readonly major: number;
    readonly minor: number;
    readonly power: number;
  };
  readonly eddystone?: {
    readonly power: number;
    /** Hex digits, lower case. */
    readonly uid: { readonly nid: string; readonly bid: string };
  };
}

/** What a device tells at a moment: seconds since the simulation began. */
export type Telling = (elapsedSeconds: number) => Facts;
