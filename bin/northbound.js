#!/usr/bin/env node
// The only file that a Node.js older than ours has to be able to read.
import { existsSync } from 'node:fs';

const least = 24;
// Tells how long its log is without moving it: the first releases of Node.js 24 have an older one.
const leastSqlite = { major: 3, minor: 51 };

if (Number.parseInt(process.versions.node, 10) < least) {
  console.error(
    `northbound needs Node.js ${least} or newer, and this is ${process.version}. In a clone, 'npm ci' brings one along: ` +
      "use 'npm start', or 'npx northbound <command>'.",
  );
  process.exitCode = 1;
} else if (hasOlderSqlite()) {
  console.error(
    `northbound needs SQLite ${leastSqlite.major}.${leastSqlite.minor} or newer, and Node.js ${process.version} has ${process.versions.sqlite}: ` +
      'use a newer release of Node.js.',
  );
  process.exitCode = 1;
} else {
  const source = new URL('../src/cli.ts', import.meta.url);
  await import(existsSync(source) ? source.href : new URL('../dist/cli.js', import.meta.url).href);
}

function hasOlderSqlite() {
  const [major = 0, minor = 0] = (process.versions.sqlite ?? '').split('.').map(Number);
  return major < leastSqlite.major || (major === leastSqlite.major && minor < leastSqlite.minor);
}
