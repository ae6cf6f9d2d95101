/** Tests that install packages need a registry, or npm's cache of one. */
import { execFile } from 'node:child_process';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

/** Whether packages can be installed. Where not, the test is skipped by name and has to return; with `CI=true` it fails. */
export async function canInstall(t: TestContext): Promise<boolean> {
  try {
    await promisify(execFile)('npm', ['ping'], { timeout: 20_000 });
    return true;
  } catch {
    const reason = 'no package registry can be reached from this machine';
    if (process.env['CI'] === 'true') throw new Error(reason);
    t.skip(reason);
    return false;
  }
}
