/** The operating system refused something, say a write to a disk that fails; also when its error was wrapped since. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && ('syscall' in error || isSystemError(error.cause));
}

/** A path leads elsewhere than it should, or a permission is missing. */
const pathFaults = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ELOOP']);

/** The path or its permissions are at fault, which a human has to mend; also when the error was wrapped since. */
export function isPathFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return pathFaults.has((error as NodeJS.ErrnoException).code ?? '') || isPathFault(error.cause);
}
