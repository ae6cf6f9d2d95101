/** Reports out of what was named, one by one. */
import { isUtf8 } from 'node:buffer';
import path from 'node:path';
import { addAbortSignal } from 'node:stream';
import { messageOf } from '../error-message.ts';
import { isObject } from '../intake/field.ts';
import { isExported, readExported } from './exported.ts';
import type { Input } from './input.ts';
import { parseJson } from './json.ts';
import { blankMark } from './mark.ts';
import { splitItems, splitLines, type Piece } from './piece.ts';
import { rewindable, type Rewindable } from './rewind.ts';

/** A report to be posted. */
export interface Parcel {
  /** `file:line`, or the file that is the report. */
  readonly place: string;
  /** Undefined when it is not told. */
  readonly profile: string | undefined;
  readonly body: Buffer;
  /** How many bytes of the input are read once it is. */
  readonly endsAt: number;
}

/** What should be a report and cannot be read. */
export interface Unreadable {
  readonly place: string;
  readonly fault: string;
  readonly endsAt: number;
}

export interface ReadingOptions {
  /** The longest report, or line, that is read: memory is taken for it. */
  readonly maxBytes: number;
  /** Aborted, it ends the reading. */
  readonly signal: AbortSignal;
}

/**
 * What an input holds, in its order: a file is one report with its bytes as they stand, or many: lines of which each is an exported report
 * or a report, or a list of exported reports. Whatever its name, what it begins with decides. Faults are told, and the rest goes on.
 */
export async function* readParcels(
  input: Input,
  options: ReadingOptions,
): AsyncGenerator<Parcel | Unreadable> {
  const { maxBytes, signal } = options;
  const stream = addAbortSignal(signal, input.open());
  let endsAt = 0;
  try {
    const source = rewindable(stream as AsyncIterable<Buffer>);
    const kind = await kindOf(input.name, source, maxBytes);
    // What is posted byte for byte keeps its mark.
    const chunks = kind === 'report' ? source.all() : blankMark(source.all());
    for await (const piece of split[kind](chunks, maxBytes)) {
      endsAt = piece.endsAt;
      const place = kind === 'report' ? input.name : `${input.name}:${piece.line}`;
      yield { place, endsAt, ...unpack(piece, kind, maxBytes) };
    }
  } catch (error) {
    if (!signal.aborted) yield { place: input.name, endsAt, fault: messageOf(error) };
  } finally {
    stream.destroy();
  }
}

/** `report`: the whole of it is one. */
type Kind = 'report' | 'lines' | 'list';

const split: Record<Kind, (chunks: AsyncIterable<Buffer>, maxBytes: number) => AsyncGenerator<Piece>> = {
  report: wholeOf,
  lines: splitLines,
  list: splitItems,
};

async function kindOf(name: string, source: Rewindable, maxBytes: number): Promise<Kind> {
  const beginning = (): AsyncGenerator<Buffer> => blankMark(source.beginning(maxBytes));
  if (await startsList(beginning())) {
    const [item] = await firstOf(1, splitItems(beginning(), maxBytes));
    // Of an export of nothing there is nothing to send.
    return item === undefined || isExported(valueOf(item)) ? 'list' : 'report';
  }
  const [first, second] = await firstOf(2, splitLines(beginning(), maxBytes));
  const line = valueOf(first);
  if (isExported(line) || isExported(valueOf(second))) return 'lines';
  const ending = path.extname(name);
  if (first === undefined) return ending === '.json' ? 'report' : 'lines';
  const hasMore = isObject(line) && second !== undefined;
  return hasMore || ending === '.ndjson' || ending === '.jsonl' ? 'lines' : 'report';
}

function valueOf(piece: Piece | undefined): unknown {
  return piece?.bytes && parseJson(piece.bytes);
}

async function startsList(chunks: AsyncGenerator<Buffer>): Promise<boolean> {
  for await (const chunk of chunks) {
    const text = chunk.toString().trimStart();
    if (text !== '') return text.startsWith('[');
  }
  return false;
}

async function firstOf(count: number, pieces: AsyncGenerator<Piece>): Promise<Piece[]> {
  const first: Piece[] = [];
  for await (const piece of pieces) if (first.push(piece) === count) break;
  return first;
}

async function* wholeOf(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Piece> {
  const parts: Buffer[] = [];
  let endsAt = 0;
  for await (const chunk of chunks) {
    endsAt += chunk.length;
    if (endsAt > maxBytes) break;
    parts.push(chunk);
  }
  yield { line: 1, bytes: endsAt > maxBytes ? undefined : Buffer.concat(parts), endsAt };
}

type Content = Pick<Parcel, 'profile' | 'body'> | Pick<Unreadable, 'fault'>;

function unpack({ bytes }: Piece, kind: Kind, maxBytes: number): Content {
  if (bytes === undefined) return { fault: `is longer than ${maxBytes} bytes, which no report is` };
  try {
    // A file is posted as it stands, whatever it is: what the receiver makes of it is the receiver's word.
    const value = kind === 'report' ? parseJson(bytes) : parseLine(bytes);
    if (isExported(value)) return readExported(value);
    if (kind === 'report') return { profile: undefined, body: bytes };
    if (isObject(value) && 'reporter' in value) return { profile: undefined, body: trim(bytes) };
    return { fault: "is no report, and none that 'northbound export reports' prints" };
  } catch (error) {
    return { fault: messageOf(error) };
  }
}

/** In a line or an item the report's own bytes are wrapped: what they were has to be certain. */
function parseLine(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new Error('is not UTF-8');
  try {
    return JSON.parse(bytes.toString());
  } catch (cause) {
    throw new Error(`is no JSON: ${messageOf(cause)}`, { cause });
  }
}

/** Without what separates it from others. */
function trim(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString().trim());
}
