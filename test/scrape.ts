/** What a Prometheus would see. */
import type { Target } from './receiver.ts';

/** One scrape, by series: `northbound_reports_stored_total{source="telemetry-https"}` → 3. Labels as they were written. */
export type Scrape = ReadonlyMap<string, number>;

export interface ScrapeText {
  readonly text: string;
  readonly samples: Scrape;
}

/** Scrapes the ops listener, which has to be open: plain HTTP and no token. */
export async function scrape({ opsUrl }: Pick<Target, 'opsUrl'>): Promise<ScrapeText> {
  const answer = await fetch(`${opsUrl}/metrics`, { headers: { Connection: 'close' } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`/metrics answered ${answer.status}: ${text}`);
  return { text, samples: readSamples(text) };
}

/** The values of all series whose name is `northbound_` and `name`, by their labels as written; no labels is ''. */
export async function series(target: Pick<Target, 'opsUrl'>, name: string): Promise<Record<string, number>> {
  const { samples } = await scrape(target);
  const pattern = new RegExp(`^northbound_${name}(?:\\{(.*)\\})?$`);
  const found: Record<string, number> = {};
  for (const [key, value] of samples) {
    const match = pattern.exec(key);
    if (match !== null) found[match[1] ?? ''] = value;
  }
  return found;
}

/** Scrapes until `isThere` holds for the series: for what a receiver notes only after its answer, or without one. */
export async function untilSeries(
  target: Pick<Target, 'opsUrl'>,
  name: string,
  isThere: (found: Record<string, number>) => boolean,
): Promise<void> {
  while (!isThere(await series(target, name))) continue;
}

function readSamples(text: string): Scrape {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^([^#\s{]+(?:\{.*\})?) (\S+)$/.exec(line);
    if (match !== null) samples.set(match[1] ?? '', Number(match[2]));
  }
  return samples;
}
