/** The requests that a measurement posts. */

/** Which devices there are, and how many of them two APs that stand side by side do not share. */
export interface Site {
  readonly devices: number;
  readonly apart: number;
}

export interface TemplateOptions {
  readonly url: string;
  readonly token: string;
  /** Rows of each report. */
  readonly devices: number;
  readonly site?: Site;
  /** Tells runs on one server apart. */
  readonly run: number;
}

/** A request whose times can be written anew, so that its body is a new one and every row a new sighting. */
export interface Template {
  readonly request: Buffer;
  readonly bodyBytes: number;
  /** Writes the time a second later than the last one. */
  tick(): void;
}

const usualSite: Site = { devices: 4_000, apart: 40 };

/** The first of the times that are written, Unix seconds. */
export const firstTime = 1_700_000_000;

const zero = '0'.charCodeAt(0);

/** Makes the request of one AP, which has one connection to itself. */
export function createTemplate(options: TemplateOptions, connection: number): Template {
  const { token, url } = options;
  const body = Buffer.from(JSON.stringify(reportOf(options, connection)));
  const head = Buffer.from(
    `POST ${new URL(url).pathname} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  const request = Buffer.concat([head, body]);
  const digits = String(firstTime);
  const timesAt: number[] = [];
  for (let at = request.indexOf(digits); at >= 0; at = request.indexOf(digits, at + 1)) timesAt.push(at);
  let time = firstTime;
  return {
    request,
    bodyBytes: body.length,
    tick() {
      time += 1;
      writeTime(request, timesAt, time);
    },
  };
}

/** Writes only the digits in which a time differs from the one before it: sending is to cost little beside receiving. */
function writeTime(request: Buffer, timesAt: readonly number[], time: number): void {
  let rest = time;
  for (let place = String(firstTime).length - 1; place >= 0; place -= 1) {
    const digit = rest % 10;
    for (const at of timesAt) request[at + place] = zero + digit;
    if (digit !== 0) return;
    rest = Math.floor(rest / 10);
  }
}

function reportOf({ devices, site = usualSite, run }: TemplateOptions, connection: number) {
  const ap = macOf(0x02_00_00_00_00_00 + run * 4096 + connection);
  return {
    meta: { version: 1 },
    reporter: {
      name: ap.toLowerCase(),
      mac: ap,
      ipv4: '192.0.2.7',
      hwType: 'AP-515',
      swVersion: '8.10.0.6',
      swBuild: '88888',
      time: firstTime,
    },
    reported: Array.from({ length: devices }, (_, index) => ({
      deviceClass: ['iBeacon', 'arubaBeacon'],
      model: 'BT-AP515',
      firmware: { bankA: 'C', version: '1.3-71' },
      mac: macOf(0x06_00_00_00_00_00 + ((connection * site.apart + index) % site.devices)),
      stats: { uptime: 1_209_600, frame_cnt: 1 + (index % 90) },
      rssi: { smooth: -40 - (index % 50) },
      beacons: [
        {
          ibeacon: {
            uuid: '4152554E-F99B-4A3B-86D0-947070693A78',
            major: index % 700,
            minor: index % 90,
            power: -56,
          },
        },
      ],
      txpower: 14,
      sensors: { battery: 100 },
      vendorName: 'Aruba',
      lastSeen: firstTime,
      BeaconEvent: { event: 'update' },
    })),
  };
}

function macOf(number: number): string {
  return number
    .toString(16)
    .padStart(12, '0')
    .toUpperCase()
    .replace(/..(?!$)/g, '$&:');
}
