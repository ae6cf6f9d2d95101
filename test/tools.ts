/** Programs that some tests need and not every machine has. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';

/**
 * Whether a program is on the PATH. Without it the test is skipped, by name and with the reason, and has to return; with
 * `CI=true` it fails.
 */
export function requireTool(t: TestContext, tool: string): boolean {
  if (isOnPath(tool)) return true;
  const reason = `${tool} is not installed on this machine`;
  // A machine that is there to test everything must not pass by leaving something out.
  if (process.env['CI'] === 'true') throw new Error(reason);
  t.skip(reason);
  return false;
}

function isOnPath(tool: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.some((folder) => {
    try {
      accessSync(path.join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
