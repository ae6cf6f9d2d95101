/** What each question of the API takes on a large store, beside one that is nearly empty. */
import { mkdir } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import path from 'node:path';
import type { Bench } from './bench.ts';
import { apMac, deviceMac, fillStore } from './fill.ts';
import { percentile, rounded, type Table } from './figures.ts';
import { startNorthbound } from './servers.ts';

const dayMs = 86_400_000;
const maxRatio = 10;

/** Paths under `/api/v1`, with the number of the question in them: so that no answer can be one that is kept. */
const questions: Readonly<Record<string, (number: number, of: Known) => string>> = {
  '/summary': () => '/summary',
  '/limits': () => '/limits',
  '/aps': () => '/aps',
  '/aps/{mac}': (number, { aps }) => `/aps/${apMac(number % aps)}`,
  '/devices': (number, { devices }) => `/devices?limit=${1 + (number % Math.min(devices, 200))}`,
  '/devices?class': () => '/devices?class=arubaTag',
  '/devices?text': (number, { devices }) => `/devices?text=tag-${number % devices}`,
  '/devices?ap': (number, { aps }) => `/devices?ap=${apMac(number % aps)}&seen_since=1h`,
  '/devices?seen_since': () => '/devices?seen_since=15m',
  '/devices/{mac}': (number, { devices }) => `/devices/${deviceMac(number % devices)}`,
  '/devices/{mac}/sightings': (number, { devices }) => `/devices/${deviceMac(number % devices)}/sightings`,
  '/devices/{mac}/sightings?since': (number, { devices }) =>
    `/devices/${deviceMac(number % devices)}/sightings?since=7d&until=6d`,
  '/reports': () => '/reports',
  '/reports?ap': (number, { aps }) => `/reports?ap=${apMac(number % aps)}`,
  '/reports?since': () => '/reports?since=2d&until=1d',
  '/reports/{id}': (number, { reports }) => `/reports/${reports[number % reports.length] ?? ''}`,
  '/reports/{id}/body': (number, { reports }) => `/reports/${reports[number % reports.length] ?? ''}/body`,
  '/quarantine': () => '/quarantine',
};

/** What there is to ask for. */
interface Known {
  readonly devices: number;
  readonly aps: number;
  readonly reports: readonly string[];
}

export async function benchReads({ directory, isQuick }: Bench): Promise<Table[]> {
  const sightings = isQuick ? 200_000 : 10_000_000;
  const rounds = isQuick ? 20 : 200;
  const empty = await measure(path.join(directory, 'empty'), { sightings: 20, devices: 20, aps: 1 }, rounds);
  const large = await measure(path.join(directory, 'large'), { sightings, devices: 20_000, aps: 50 }, rounds);
  const rows = Object.keys(questions).map((name) => {
    const [before, after] = [empty[name] ?? [], large[name] ?? []];
    const [p99Before, p99After] = [percentile(before, 0.99), percentile(after, 0.99)];
    return [
      name,
      rounded(p99Before),
      rounded(percentile(after, 0.5)),
      rounded(p99After),
      rounded(p99After / p99Before),
    ];
  });
  const worst = Math.max(...rows.map((row) => Number(row.at(-1))));
  return [
    {
      title: `reads: ms for each question over HTTP, a store with one report beside one with ${sightings / 1e6} million sightings`,
      columns: ['', 'p99 empty', 'p50 large', 'p99 large', 'ratio of p99'],
      rows,
      verdict: { text: `no p99 is above ${maxRatio}x: the worst is ${worst}x`, holds: worst <= maxRatio },
    },
  ];
}

async function measure(
  dataDir: string,
  size: { sightings: number; devices: number; aps: number },
  rounds: number,
): Promise<Record<string, number[]>> {
  await mkdir(dataDir, { recursive: true });
  const now = Date.now();
  fillStore(path.join(dataDir, 'northbound.db'), { ...size, fromMs: now - 20 * dayMs, untilMs: now });
  const server = await startNorthbound({ dataDir });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (question: string): Promise<Buffer> => fetchAll(`${server.opsUrl}/api/v1${question}`, agent);
  try {
    const { items } = JSON.parse(String(await ask('/reports'))) as { items: { id: string }[] };
    const known: Known = { ...size, reports: items.map(({ id }) => id) };
    const took: Record<string, number[]> = {};
    for (const [name, questionOf] of Object.entries(questions))
      took[name] = await timeAll(rounds, (number) => ask(questionOf(number, known)));
    return took;
  } finally {
    agent.destroy();
    await server.stop();
  }
}

/** The first ones warm up the process that answers. */
async function timeAll(rounds: number, ask: (number: number) => Promise<unknown>): Promise<number[]> {
  for (let number = 0; number < 5; number += 1) await ask(number);
  const took: number[] = [];
  for (let number = 0; number < rounds; number += 1) {
    const startedAt = performance.now();
    await ask(number * 37);
    took.push(performance.now() - startedAt);
  }
  return took;
}

function fetchAll(url: string, agent: Agent): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  get(url, { agent }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', reject);
    answer.once('end', () => {
      const body = Buffer.concat(chunks);
      if (answer.statusCode === 200) resolve(body);
      else reject(new Error(`${url} was answered ${answer.statusCode}: ${body.toString()}`));
    });
  }).once('error', reject);
  return promise;
}
