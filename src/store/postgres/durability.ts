/** The settings of the server without which a receipt would be no promise. */

/** What to select; `unsafeSettingIn` understands the row. A server may be told otherwise while it runs: it is asked with every batch. */
export const selectDurability = `current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
  current_setting('synchronous_commit') AS synchronous_commit`;

/** What each has to be at least, and what an operator writes down for that. */
const safe: Readonly<Record<string, readonly string[]>> = {
  fsync: ['on'],
  full_page_writes: ['on'],
  // The others answer before the log is on the disk, or before a synchronous standby has it there.
  synchronous_commit: ['on', 'remote_apply'],
};

/** The setting that breaks the promise, and what to do; nothing when all are safe. */
export function unsafeSettingIn(row: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const name = Object.keys(safe).find((each) => !safe[each]?.includes(String(row?.[each])));
  if (name === undefined) return undefined;
  const value = String(row?.[name]);
  return `the server runs with ${name}=${value}, so a power cut could take reports that were answered: set ${name}=on for it`;
}
