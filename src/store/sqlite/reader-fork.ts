import { fork, type ChildProcess } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import path from 'node:path';

/**
 * Starts a process that answers questions, as `fork` does: where it cannot be started, this throws, or the process has no id
 * and says why in an 'error'. It needs nothing of this process's environment, which may hold secrets; the cache only makes it
 * start sooner.
 */
export function forkReader(): ChildProcess {
  const script = new URL(`./reader-process${path.extname(import.meta.url)}`, import.meta.url);
  const cache = getCompileCacheDir();
  return fork(script, [], {
    env: cache === undefined ? {} : { NODE_COMPILE_CACHE: path.dirname(cache) },
    execArgv: [],
    serialization: 'advanced',
    // What it says when it crashes belongs to the log.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}
