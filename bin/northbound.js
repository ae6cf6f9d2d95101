#!/usr/bin/env node
// The only file that a Node.js older than ours has to be able to read.
import { existsSync } from 'node:fs';

const least = 24;

if (Number.parseInt(process.versions.node, 10) < least) {
  console.error(
    `northbound needs Node.js ${least} or newer, and this is ${process.version}. In a clone, 'npm ci' brings one along: ` +
      "use 'npm start', or 'npx northbound <command>'.",
  );
  process.exitCode = 1;
} else {
  const source = new URL('../src/cli.ts', import.meta.url);
  await import(existsSync(source) ? source.href : new URL('../dist/cli.js', import.meta.url).href);
}
