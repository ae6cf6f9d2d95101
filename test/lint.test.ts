/** The linter holds the one direction that imports run in: edge -> intake -> store, sources -> intake. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { root, temporaryDirectory } from './receiver.ts';

/** What a file in the folder may not import. */
const forbidden: Record<string, string[]> = {
  store: [
    'edge/app',
    'intake/parse',
    'sources/telemetry-https/dialect',
    'limits/monitor',
    'commands/serve',
    'serve',
    'cli',
  ],
  intake: ['edge/app', 'sources/telemetry-https/dialect', 'limits/monitor', 'commands/serve', 'serve', 'cli'],
  sources: ['edge/app', 'store/open', 'limits/monitor', 'commands/serve', 'serve', 'cli'],
  limits: [
    'edge/app',
    'intake/parse',
    'store/open',
    'sources/telemetry-https/dialect',
    'commands/serve',
    'serve',
    'cli',
  ],
  quarantine: [
    'edge/app',
    'intake/parse',
    'sources/telemetry-https/dialect',
    'receiver/site',
    'serve',
    'cli',
  ],
  edge: ['sources/telemetry-https/dialect', 'commands/serve', 'receiver/site', 'serve', 'cli'],
};

const allowed: Record<string, string[]> = {
  store: ['report', 'problem'],
  intake: ['store/store', 'report'],
  sources: ['intake/parse', 'config'],
  limits: ['metrics', 'report'],
  quarantine: ['store/sqlite/database', 'report-id'],
  edge: ['intake/accept', 'store/store', 'metrics'],
};

/** What the linter says of a file in `src/<folder>/` that imports `src/<target>.ts`. Our rules, and nobody else's files. */
async function lint(
  t: TestContext,
  folder: string,
  target: string,
): Promise<{ code: number | null; output: string }> {
  const directory = await temporaryDirectory(t);
  await copyFile(path.join(root, '.oxlintrc.json'), path.join(directory, '.oxlintrc.json'));
  await mkdir(path.join(directory, 'src', folder), { recursive: true });
  const probe = `import { it } from '../${target}.ts';\n\n/** Passes it on. */\nexport const passedOn = it;\n`;
  await writeFile(path.join(directory, 'src', folder, 'probe.ts'), probe);
  const oxlint = path.join(root, 'node_modules', '.bin', 'oxlint');
  const { status, stdout, stderr } = spawnSync(oxlint, ['--deny-warnings'], {
    cwd: directory,
    encoding: 'utf8',
  });
  return { code: status, output: stdout + stderr };
}

describe('the linter', () => {
  for (const [folder, targets] of Object.entries(forbidden)) {
    for (const target of targets) {
      test(`refuses an import of src/${target}.ts in src/${folder}/`, async (t) => {
        const { code, output } = await lint(t, folder, target);
        assert.equal(code, 1, output);
        assert.match(output, /no-restricted-imports/);
      });
    }
  }

  for (const [folder, targets] of Object.entries(allowed)) {
    for (const target of targets) {
      test(`allows an import of src/${target}.ts in src/${folder}/`, async (t) => {
        const { code, output } = await lint(t, folder, target);
        assert.equal(code, 0, output);
      });
    }
  }
});

test('nothing imports edge but edge, what builds it, and the commands', () => {
  const importers = globSync('src/**/*.ts', { cwd: root }).filter((file) =>
    /from '(?:\.\.?\/)+edge\//.test(readFileSync(path.join(root, file), 'utf8')),
  );
  const strangers = importers.filter(
    (file) => !/^src\/(?:serve\.ts|receiver\/|commands\/|edge\/)/.test(file),
  );
  assert.deepEqual(strangers, []);
});
