/** What was caught, as a part of a sentence that says more. */

/** Whether the file system said that there is no such file, at any depth of causes. */
export function isAbsence(caught: unknown): boolean {
  if (!(caught instanceof Error)) return false;
  return ('code' in caught && caught.code === 'ENOENT') || isAbsence(caught.cause);
}
