/** What strace saw of a process, and faults that it puts in a system call's place. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** One system call. Places are line numbers: of two calls, the one at the lower place came first. */
export interface Call {
  readonly name: string;
  /** What the first argument leads to: a path, or `TCP:[127.0.0.1:8443->127.0.0.1:50000]`. */
  readonly target: string;
  /** What it returned; -1 with an error, `undefined` while it has not. */
  readonly result: number | undefined;
  readonly begin: number;
  readonly end: number;
  /** `DELAYED`, `INJECTED`: that strace had a hand in it. */
  readonly note: string;
}

export interface StraceOptions {
  /** Where the trace is written. */
  readonly log: string;
  readonly calls: readonly string[];
  /** Only calls on this file are seen, and tampered with. */
  readonly onlyOn?: string;
  /** For instance `fsync:error=EIO:when=3`. */
  readonly inject?: string;
}

/** The words before a command line that run it under strace, all threads included. */
export function strace({ log, calls, onlyOn, inject }: StraceOptions): string[] {
  // Without -yy nobody could tell files and connections apart; with --seccomp-bpf only these calls become slower.
  const words = [
    'strace',
    '-f',
    '--seccomp-bpf',
    '-yy',
    '-s',
    '0',
    '-o',
    log,
    '-e',
    `trace=${calls.join(',')}`,
  ];
  if (onlyOn !== undefined) words.push('-P', onlyOn);
  if (inject !== undefined) words.push('-e', `inject=${inject}`);
  return words;
}

/** Reads traces until `isThere` holds: strace writes a little later than it sees. */
export async function untilTraced(
  log: string,
  isThere: (calls: readonly Call[]) => boolean,
): Promise<Call[]> {
  for (;;) {
    const calls = parseTrace(await readFile(log, 'utf8'));
    if (isThere(calls)) return calls;
    await sleep(10);
  }
}

/** The calls in the order in which they began. A call that another thread's overtakes stands in two lines. */
export function parseTrace(text: string): Call[] {
  const calls: Call[] = [];
  const unfinished = new Map<string, Call & { end: number }>();
  for (const [place, line] of text.split('\n').entries()) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const begun = /^(\w+)\(\d+<(.*?)>(?=[,)]| <unf)/.exec(rest);
    if (begun !== null) {
      const [, name = '', target = ''] = begun;
      const isWhole = !rest.endsWith('<unfinished ...>');
      const call = { name, target, begin: place, ...(isWhole ? ending(rest, place) : pending) };
      calls.push(call);
      if (!isWhole) unfinished.set(thread, call);
    } else if (rest.startsWith('<... ')) {
      const call = unfinished.get(thread);
      unfinished.delete(thread);
      if (call !== undefined) Object.assign(call, ending(rest, place));
    }
  }
  return calls;
}

const pending = { result: undefined, end: Infinity, note: '' };

function ending(line: string, place: number): Pick<Call, 'result' | 'end' | 'note'> {
  const [, result, note = ''] = /\) += (-?\d+)(?: .*?)?(?:\((DELAYED|INJECTED)\))?$/.exec(line) ?? [];
  return { result: result === undefined ? undefined : Number(result), end: place, note };
}
