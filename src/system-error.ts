/** The operating system refused something, say a write to a disk that fails; also when its error was wrapped since. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && ('syscall' in error || isSystemError(error.cause));
}
