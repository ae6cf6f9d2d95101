/** What `npm pack` puts into the package, and that it runs from there. Takes the working tree. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { plainEnvironment } from './commands/command-line.ts';
import { closeAfter, root, temporaryDirectory } from './receiver.ts';
import { requireTool } from './tools.ts';

const run = promisify(execFile);

const sources = [
  'bin',
  'src',
  'schemas',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'README.md',
];

test('a package that is packed in a clean clone brings its program along, and serves', async (t) => {
  if (!requireTool(t, 'tar')) return;
  const folder = await temporaryDirectory(t);
  const clone = path.join(folder, 'clone');
  for (const name of sources) cpSync(path.join(root, name), path.join(clone, name), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(clone, 'node_modules'));
  mkdirSync(path.join(clone, 'dist'));
  writeFileSync(path.join(clone, 'dist', 'removed.js'), '');

  await run('npm', ['pack', '--pack-destination', folder], { cwd: clone });

  await run('tar', ['-xzf', readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''], {
    cwd: folder,
  });
  const installed = path.join(folder, 'package');
  // In place of an install: what it depends on is that of the clone.
  symlinkSync(path.join(root, 'node_modules'), path.join(installed, 'node_modules'));
  assert.deepEqual(readdirSync(installed).toSorted(), [
    'README.md',
    'bin',
    'dist',
    'node_modules',
    'package.json',
    'schemas',
    'src',
  ]);
  // Of the sources, only what is served as it is.
  assert.deepEqual(readdirSync(path.join(installed, 'src')), ['web']);
  const kinds = readdirSync(path.join(installed, 'src', 'web')).map((name) => path.extname(name));
  assert.deepEqual([...new Set(kinds)].toSorted(), ['.css', '.html', '.js', '.svg']);
  assert.equal(readdirSync(path.join(installed, 'dist')).includes('removed.js'), false);
  const { stdout } = await run(process.execPath, [path.join(installed, 'bin', 'northbound.js'), '--version']);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  await serveBriefly(t, installed, path.join(folder, 'data'));
});

/** A start opens both writers' threads and reads the schema; a stop right after it is a clean one. */
async function serveBriefly(t: TestContext, installed: string, dataDir: string): Promise<void> {
  const ports = ['--listen', '127.0.0.1:0', '--ops-listen', '127.0.0.1:0'];
  const args = [path.join('bin', 'northbound.js'), 'serve', '--data-dir', dataDir, ...ports];
  const child = spawn(process.execPath, args, { cwd: installed, env: plainEnvironment() });
  closeAfter(t, () => child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const said = text(child.stderr);
  child.stdout.once('data', () => child.kill('SIGTERM'));
  assert.equal(await ended, 0, await said);
  assert.match(await said, /"msg":"ready"/);
}
