import { parseJson } from './json.ts';
import { timesOf } from './times.ts';

/** The latest time that a report may have: in the year 5138. */
const maxSeconds = 99_999_999_999;

/** When the AP wrote the report, Unix seconds: `reporter.time`, or failing that its newest `lastSeen`. Undefined when it has neither. */
export function writtenAt(body: Buffer): number | undefined {
  const times = timesOf(textOf(body) ?? '');
  // Of a member that comes twice the last one counts, as in the receiver.
  const sent = times.findLast(({ kind }) => kind === 'sent');
  if (sent !== undefined) return sent.seconds;
  const heard = times.filter(({ kind }) => kind === 'heard').map(({ seconds }) => seconds);
  return heard.length === 0 ? undefined : heard.reduce((newest, seconds) => Math.max(newest, seconds));
}

/**
 * The report with all its times so many seconds later. Every other byte stays as it is, and numbers stay numbers, texts texts. What
 * is no JSON in UTF-8 stays as it is.
 */
export function shiftBy(body: Buffer, bySeconds: number): Buffer {
  const text = textOf(body);
  if (text === undefined) return body;
  const parts: string[] = [];
  let from = 0;
  for (const { index, length, seconds, isText } of timesOf(text)) {
    const moved = String(Math.min(Math.max(seconds + bySeconds, 0), maxSeconds));
    parts.push(text.slice(from, index), isText ? `"${moved}"` : moved);
    from = index + length;
  }
  return Buffer.from(parts.join('') + text.slice(from));
}

/** What would not come out as it went in is left alone. */
function textOf(body: Buffer): string | undefined {
  const text = body.toString();
  return parseJson(body) !== undefined && Buffer.from(text).equals(body) ? text : undefined;
}
