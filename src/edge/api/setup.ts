/** What an AP has to know to post here. */
import { namePattern } from '../../credentials/credential.ts';
import { profileName } from '../../profile-name.ts';
import { maxDeviceClasses, reportIntervals } from '../../profile-bounds.ts';
import { Problem } from '../../problem.ts';
import { wholeNumber, type Parameter, type Parameters, type Said } from './parameters.ts';
import { route, type ApiRoute } from './route.ts';

export interface SetupItem {
  /** `https://host:port/telemetry` */
  readonly telemetryUrl: string;
  /** What is asked of senders. */
  readonly auth: 'token' | 'none';
  readonly certificate: { readonly expiresAt: string };
  /** Ours, which APs have to import; `null` with a certificate of the operator's own. */
  readonly ca: {
    /** SHA-256, `AB:CD:…` */
    readonly fingerprint256: string;
    /** Without TLS, for the `crypto pki-import` of Instant; `null` when there is no such listener. */
    readonly plainUrl: string | null;
  } | null;
  /** Whether the access token is shown to who asks for it here. */
  readonly tokenCanBeShown: boolean;
}

/** The lines to paste on the Aruba side. */
export interface ProfileText {
  readonly block: string;
  /** Whether the login's secret stands in the block, or a note of what is to be put in its place. */
  readonly secret: 'none' | 'shown' | 'hidden';
}

export type ProfileWish = Said<typeof wishes> & { readonly platform: Platform };

/** Who knows. */
export interface Setup {
  /** @throws {Problem} `store_unavailable` while the listener for APs is not open. */
  describe(): SetupItem;
  /** @throws {Problem} `invalid_query` when the login that is wished for is none; `store_unavailable` as above. */
  profile(wish: ProfileWish): Promise<ProfileText>;
}

export function setupRoutes(setup: Setup): ApiRoute[] {
  return [
    route('/api/v1/setup', {}, () => setup.describe()),
    route('/api/v1/profile', wishes, ({ query: { platform, ...wish } }) => {
      if (platform === undefined)
        throw new Problem('invalid_query', `'platform' must be ${wishes.platform.shouldBe}.`);
      return setup.profile({ ...wish, platform });
    }),
  ];
}

const platforms = ['instant', 'aos'] as const;
type Platform = (typeof platforms)[number];

const wishes = {
  platform: oneOf(platforms),
  name: {
    shouldBe: '1 to 64 letters, digits, dots, underscores or hyphens',
    read: (said) => (profileName.test(said) ? said : undefined),
  } satisfies Parameter<string>,
  interval: wholeNumber(reportIntervals.leastSeconds, reportIntervals.mostSeconds),
  classes: {
    shouldBe: `1 to ${maxDeviceClasses} device classes, separated by commas`,
    read(said) {
      const classes = said.split(',').map((item) => item.trim());
      const right = classes.length <= maxDeviceClasses && classes.every((item) => /^[a-z0-9-]+$/i.test(item));
      return right ? classes.join(',') : undefined;
    },
  } satisfies Parameter<string>,
  group: {
    shouldBe: 'the name of an AP group: 1 to 64 printable characters, none of them a quotation mark',
    read: (said) => (/^[ !#-~]{1,64}$/.test(said) ? said : undefined),
  } satisfies Parameter<string>,
  auth: oneOf(['none', 'token', 'password', 'client-credentials'] as const),
  credential: {
    shouldBe: 'the name of a credential, at most 64 characters',
    read: (said) => (namePattern.test(said) ? said : undefined),
  } satisfies Parameter<string>,
  secret: oneOf(['shown', 'hidden'] as const),
} satisfies Parameters;

function oneOf<Word extends string>(words: readonly Word[]): Parameter<Word> {
  return {
    shouldBe: `one of ${words.join(', ')}`,
    read: (said) => words.find((word) => word === said),
  };
}
