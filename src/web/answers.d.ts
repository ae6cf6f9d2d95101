/** What the API answers, as schemas/openapi.json says. */
import type {
  ApItem,
  DepartureItem,
  DeviceCountItem,
  DeviceItem,
  ReportItem,
  Whereabouts,
} from '../store/items.ts';

export type { Candidate, DeviceItem, ReportItem, SightingItem, Whereabouts } from '../store/items.ts';

export interface Setup {
  readonly telemetryUrl: string;
  readonly auth: 'token' | 'none';
  readonly certificate: { readonly expiresAt: string };
  readonly ca: { readonly fingerprint256: string; readonly plainUrl: string | null } | null;
  readonly tokenCanBeShown: boolean;
}

export interface Profile {
  readonly block: string;
  readonly secret: 'none' | 'shown' | 'hidden';
}

export interface Session {
  readonly required: boolean;
  readonly signedIn: boolean;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

export interface Stream {
  readonly profile: string;
  readonly ap: string;
  readonly intervalSeconds: number | null;
  readonly over: boolean;
  readonly lastReportAt: string;
}

export interface LiveAp extends ApItem {
  readonly active: boolean;
  readonly streams: readonly Stream[];
}

export interface ApDetail extends LiveAp {
  readonly deviceCounts: readonly DeviceCountItem[];
  readonly latestReports: readonly ReportItem[];
}

export interface DeviceDetail extends DeviceItem {
  readonly sightingsCount: number;
  readonly departures: readonly DepartureItem[];
  readonly where: Whereabouts;
}

export interface LimitFigures {
  readonly activeAps: {
    readonly figure: number;
    readonly limit: number;
    readonly exceeded: boolean;
    readonly remedy: string | null;
  };
  readonly reportInterval: {
    readonly streamsOver: number;
    readonly limitSeconds: number;
    readonly exceeded: boolean;
  };
}

export interface Limits extends LimitFigures {
  readonly streams: readonly (Stream & { readonly remedy: string | null })[];
  readonly streamsLeftOut: number;
}

export interface Summary {
  readonly version: string;
  readonly startedAt: string;
  readonly ready: boolean;
  readonly failing: readonly { readonly name: string; readonly detail: string }[];
  readonly store: {
    readonly kind: string;
    readonly durability: string;
    readonly bytes: number;
    readonly quarantineBytes: number;
  };
  readonly totals: Readonly<Record<'aps' | 'devices' | 'sightings' | 'departures' | 'reports', number>>;
  readonly newestReport: ReportItem | null;
  readonly sinceStart: Readonly<Record<'stored' | 'duplicate' | 'rejected' | 'failed', number>>;
  readonly limits: LimitFigures;
}

export interface Readiness {
  readonly status: string;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail?: string }[];
}

export interface ReportEvents {
  readonly reports: readonly {
    readonly id: string;
    readonly profile: string;
    readonly ap: string;
    readonly status: 'stored' | 'duplicate';
    readonly observations: number;
    readonly receivedAt: string;
  }[];
  readonly leftOut: number;
}

export interface QuarantineItem {
  readonly id: string;
  readonly profile: string;
  readonly source: string;
  readonly remote: string;
  readonly code: string;
  readonly detail: string;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly times: number;
  readonly bodyBytes: number;
}

export interface QuarantineEntry extends QuarantineItem {
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
}

export interface Receipt {
  readonly status: 'stored' | 'duplicate';
  readonly report: string;
  readonly observations: number;
}
