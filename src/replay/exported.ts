/** A report as `northbound export reports` prints it: `{"id","profile","source","receivedAt","remote","body"}`. */
import { profileName } from '../profile-name.ts';
import { isObject } from '../intake/field.ts';
import { reportId } from '../report-id.ts';

export interface Exported {
  readonly id: string | undefined;
  readonly profile: string;
  /** As it came. */
  readonly body: Buffer;
}

/** Whether it is one, whole or not. No report of an AP has a `body`. */
export function isExported(value: unknown): boolean {
  return isObject(value) && 'body' in value;
}

/**
 * What a JSON value that is exported has in it.
 *
 * @throws {Error} that says what is wrong with it: it lacks something, or is not what came.
 */
export function readExported(value: unknown): Exported {
  const { id, profile, body } = value as Record<string, unknown>;
  if (typeof body !== 'string') throw new Error('is no exported report: its body is no text');
  if (typeof profile !== 'string' || !profileName.test(profile))
    throw new Error('is no exported report: its profile is missing, or is none');
  if (id !== undefined && typeof id !== 'string') throw new Error('is no exported report: its id is no text');
  if (!body.isWellFormed())
    throw new Error('was altered: its body holds half a character, which no report does');
  const bytes = Buffer.from(body);
  if (id !== undefined && id !== reportId(profile, bytes))
    throw new Error(
      'was altered: its id is not that of its profile and body; to send it as it is, take the id away',
    );
  return { id, profile, body: bytes };
}
