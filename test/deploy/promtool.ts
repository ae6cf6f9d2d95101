/** promtool, as somebody at a shell would run it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Resolves when promtool finds nothing to complain of, and fails the test with what it says otherwise. */
export async function runPromtool(...args: string[]): Promise<void> {
  try {
    await promisify(execFile)('promtool', args);
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    assert.fail(`promtool ${args.join(' ')}\n${stdout}${stderr}`);
  }
}
