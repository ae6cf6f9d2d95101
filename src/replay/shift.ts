import { timesOf, type Time } from './times.ts';

/** The latest time that a report may have: in the year 5138. */
const maxSeconds = 99_999_999_999;

/**
 * The report as if the AP had written it at `nowSeconds`: all its times are moved by as much as it takes to move `reporter.time`, or failing
 * that its newest `lastSeen`, there. Every other byte stays as it is, and numbers stay numbers, texts texts. What has neither time, or is no
 * JSON in UTF-8, stays as it is.
 */
export function shiftToNow(body: Buffer, nowSeconds: number): Buffer {
  const text = textOf(body);
  if (text === undefined) return body;
  const times = timesOf(text);
  const reference = referenceOf(times);
  if (reference === undefined) return body;
  const parts: string[] = [];
  let from = 0;
  for (const { index, length, seconds, isText } of times) {
    const moved = String(Math.min(Math.max(seconds + nowSeconds - reference, 0), maxSeconds));
    parts.push(text.slice(from, index), isText ? `"${moved}"` : moved);
    from = index + length;
  }
  return Buffer.from(parts.join('') + text.slice(from));
}

/** Of a member that comes twice the last one counts, as in the receiver. */
function referenceOf(times: readonly Time[]): number | undefined {
  const sent = times.findLast(({ kind }) => kind === 'sent');
  if (sent !== undefined) return sent.seconds;
  const heard = times.filter(({ kind }) => kind === 'heard').map(({ seconds }) => seconds);
  return heard.length === 0 ? undefined : heard.reduce((newest, seconds) => Math.max(newest, seconds));
}

/** What would not come out as it went in is left alone. */
function textOf(body: Buffer): string | undefined {
  const text = body.toString();
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
  return Buffer.from(text).equals(body) ? text : undefined;
}
