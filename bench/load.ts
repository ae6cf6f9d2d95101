/**
 * The sending half of a measurement, as a process of its own: `node load.ts '<LoadOptions as JSON>'` posts over keep-alive
 * connections and prints a `LoadResult`.
 *
 * Bodies are made once, and before each post the digits of their times are written anew: so every body is unique and
 * every row a new sighting, and sending costs little beside receiving.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { percentile } from './figures.ts';

export interface LoadOptions {
  readonly url: string;
  readonly caFile: string;
  readonly token: string;
  readonly connections: number;
  /** Rows of each report. */
  readonly devices: number;
  /** What is posted before this is not counted. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Reports per second over all connections; as many as are answered when left out. */
  readonly rate?: number;
  /** Tells runs on one server apart. */
  readonly run: number;
}

export interface LoadResult {
  readonly reportsPerSecond: number;
  readonly posted: number;
  /** Answers other than 200. */
  readonly failed: number;
  readonly bodyBytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Devices of the whole site; APs that stand side by side hear some of the same. */
const siteDevices = 4_000;
const firstTime = 1_700_000_000;

/** A request whose times can be written anew. */
interface Template {
  readonly request: Buffer;
  readonly bodyBytes: number;
  readonly timesAt: readonly number[];
}

function createTemplate({ devices, token, url, run }: LoadOptions, connection: number): Template {
  const mac = (number: number): string =>
    number
      .toString(16)
      .padStart(12, '0')
      .toUpperCase()
      .replace(/..(?!$)/g, '$&:');
  const ap = mac(0x02_00_00_00_00_00 + run * 4096 + connection);
  const body = Buffer.from(
    JSON.stringify({
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
        mac: mac(0x06_00_00_00_00_00 + ((connection * 40 + index) % siteDevices)),
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
    }),
  );
  const head = Buffer.from(
    `POST ${new URL(url).pathname}/bench HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  const request = Buffer.concat([head, body]);
  const timesAt: number[] = [];
  const digits = String(firstTime);
  for (let at = request.indexOf(digits); at >= 0; at = request.indexOf(digits, at + 1)) timesAt.push(at);
  return { request, bodyBytes: body.length, timesAt };
}

function writeTime({ request, timesAt }: Template, time: number): void {
  const digits = Buffer.from(String(time));
  for (const at of timesAt) digits.copy(request, at);
}

/** What all connections share. */
interface Tally {
  readonly startedAt: number;
  readonly countFrom: number;
  readonly endsAt: number;
  nextDueAt: number;
  posted: number;
  failed: number;
  answeredInTime: number;
  lastAnswerAt: number;
  readonly latenciesMs: number[];
}

async function postFor(options: LoadOptions): Promise<LoadResult> {
  const ca = readFileSync(options.caFile);
  const { hostname, port } = new URL(options.url);
  const sockets = await Promise.all(
    Array.from({ length: options.connections }, () => open(hostname, Number(port), ca)),
  );
  const now = performance.now();
  const countFrom = now + options.warmUpSeconds * 1000;
  const tally: Tally = {
    startedAt: now,
    countFrom,
    endsAt: countFrom + options.seconds * 1000,
    nextDueAt: now,
    posted: 0,
    failed: 0,
    answeredInTime: 0,
    lastAnswerAt: countFrom,
    latenciesMs: [],
  };
  const templates = sockets.map((_, connection) => createTemplate(options, connection));
  await Promise.all(
    sockets.map((socket, index) => postAll(socket, templates[index] as Template, tally, options.rate)),
  );
  for (const socket of sockets) socket.destroy();
  return {
    reportsPerSecond: tally.answeredInTime / ((tally.lastAnswerAt - countFrom) / 1000),
    posted: tally.posted,
    failed: tally.failed,
    bodyBytes: templates[0]?.bodyBytes ?? 0,
    p50Ms: percentile(tally.latenciesMs, 0.5),
    p99Ms: percentile(tally.latenciesMs, 0.99),
    maxMs: percentile(tally.latenciesMs, 1),
  };
}

async function open(host: string, port: number, ca: Buffer): Promise<TLSSocket> {
  const socket = connect({ host, port, ca, servername: 'localhost' }).setNoDelay();
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  return socket;
}

async function postAll(socket: TLSSocket, template: Template, tally: Tally, rate?: number): Promise<void> {
  for (let time = firstTime + 1; ; time += 1) {
    let dueAt = performance.now();
    if (rate !== undefined) {
      dueAt = tally.nextDueAt;
      tally.nextDueAt += 1000 / rate;
      if (dueAt >= tally.endsAt) return;
      await sleep(dueAt - performance.now());
    } else if (dueAt >= tally.endsAt) return;
    writeTime(template, time);
    tally.posted += 1;
    const status = await exchange(socket, template.request);
    const answeredAt = performance.now();
    if (status !== 200) tally.failed += 1;
    if (dueAt < tally.countFrom) continue;
    tally.answeredInTime += 1;
    tally.lastAnswerAt = Math.max(tally.lastAnswerAt, answeredAt);
    tally.latenciesMs.push(answeredAt - dueAt);
  }
}

/** Posts, and resolves with the status when the whole answer is here. */
function exchange(socket: TLSSocket, request: Buffer): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let text = '';
  const onData = (chunk: Buffer): void => {
    text += chunk.toString('latin1');
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const length = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? Number.NaN);
    if (text.length < headEnd + 4 + length) return;
    socket.off('data', onData).off('close', onClose);
    resolve(Number(text.slice(9, 12)));
  };
  const onClose = (): void => reject(new Error(`the connection closed, having said: ${text.slice(0, 500)}`));
  socket.on('data', onData).once('close', onClose).write(request);
  return promise;
}

const [options] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await postFor(JSON.parse(options ?? '{}') as LoadOptions)));
