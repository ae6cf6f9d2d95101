/** What was named to be replayed: files, directories, stdin. */
import { createReadStream, type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { messageOf } from '../error-message.ts';

export interface Input {
  /** As it is shown: the path, or `stdin`. */
  readonly name: string;
  /** Undefined of what cannot be known, stdin or a pipe. */
  readonly bytes: number | undefined;
  /** From its first byte. That of a file may be opened again and again. */
  open(): Readable;
}

/** What is in a directory and can be replayed. */
const endings = ['.json', '.ndjson', '.jsonl'];

/** Why something named gives no input. */
export interface Fault {
  readonly place: string;
  readonly fault: string;
}

export interface Inputs {
  readonly inputs: readonly Input[];
  /** How many files in directories end otherwise. */
  readonly leftOut: number;
  /** Directories that cannot be read or hold nothing that can be replayed. */
  readonly faults: readonly Fault[];
}

/** `-` is stdin. Directories are entered to any depth, in the order of their names; a link to a directory is not followed. */
export async function findInputs(names: readonly string[]): Promise<Inputs> {
  const found = { inputs: [] as Input[], leftOut: 0, faults: [] as Fault[] };
  for (const name of names) {
    if (name === '-') found.inputs.push({ name: 'stdin', bytes: undefined, open: () => process.stdin });
    else if (await isDirectory(name)) await enterNamed(name, found);
    else found.inputs.push(await fileInput(name));
  }
  return found;
}

interface Found {
  readonly inputs: Input[];
  leftOut: number;
  readonly faults: Fault[];
}

async function enterNamed(directory: string, found: Found): Promise<void> {
  const before = found.inputs.length + found.faults.length;
  await enter(directory, found);
  if (found.inputs.length + found.faults.length === before)
    found.faults.push({ place: directory, fault: `holds no file that ends in ${endings.join(', ')}` });
}

async function enter(directory: string, found: Found): Promise<void> {
  let entries: Dirent[];
  try {
    entries = await readdir(directory, { withFileTypes: true });
  } catch (error) {
    found.faults.push({ place: directory, fault: messageOf(error) });
    return;
  }
  for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    const name = path.join(directory, entry.name);
    if (entry.isDirectory()) await enter(name, found);
    else if (endings.includes(path.extname(name)) && !(await isDirectory(name)))
      found.inputs.push(await fileInput(name));
    else found.leftOut += 1;
  }
}

/** One that is not there is found out when it is opened. */
async function fileInput(name: string): Promise<Input> {
  const stats = await stat(name).catch(() => undefined);
  return { name, bytes: stats?.isFile() ? stats.size : undefined, open: () => createReadStream(name) };
}

async function isDirectory(name: string): Promise<boolean> {
  return (await stat(name).catch(() => undefined))?.isDirectory() === true;
}
