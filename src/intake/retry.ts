/** Sends what was refused through the journey again, say after a schema was mended. */
import { store, type Accepted, type Intake } from './accept.ts';
import type { Entry } from '../quarantine/entries.ts';

/**
 * Resolves when the entry's report is durable and the entry is gone. The report keeps the time and the sender of when it
 * first came. A crash in between leaves both, and the next try finds a duplicate.
 *
 * @throws {Problem} as the journey does; the entry stays as it is.
 */
export async function retryEntry(entry: Entry, body: Buffer, intake: Intake): Promise<Accepted> {
  const { id, profile, source, remote, firstAt } = entry;
  const receivedAtMs = Date.parse(firstAt);
  const delivery = { body, profile, source, remote, receivedAtMs, receivedAtMonotonicMs: performance.now() };
  const accepted = await store(delivery, intake);
  await intake.quarantine.remove(id);
  return accepted;
}
