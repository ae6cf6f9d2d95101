/**
 * Every question there is, as a function of a database that is open for reading: it returns at once or when it is done, and
 * throws what SQLite throws.
 */
import type { DatabaseSync } from 'node:sqlite';
import { ap, aps } from './aps.ts';
import { device, devices } from './devices.ts';
import { report, reportBody, reports } from './reports.ts';
import { sightings } from './sightings.ts';
import { totals } from './totals.ts';

export const questions = { totals, aps, ap, devices, device, sightings, reports, report, reportBody };

export type QuestionName = keyof typeof questions;

type Answering<Name extends QuestionName> = (typeof questions)[Name];

/** What a question takes besides the database. */
export type QuestionArguments<Name extends QuestionName> =
  Parameters<Answering<Name>> extends [DatabaseSync, ...infer Rest] ? Rest : never;

export type QuestionAnswer<Name extends QuestionName> = ReturnType<Answering<Name>>;

/** A question on its way to the process that answers it. */
export interface Question {
  readonly name: QuestionName;
  readonly args: readonly unknown[];
}

/** The answer, of one moment: nothing is stored or removed while it is put together. */
export function answerQuestion(database: DatabaseSync, { name, args }: Question): unknown {
  const answer = questions[name] as (database: DatabaseSync, ...args: readonly unknown[]) => unknown;
  database.exec('BEGIN');
  try {
    return answer(database, ...args);
  } finally {
    // SQLite may have ended it by itself after an error.
    if (database.isTransaction) database.exec('COMMIT');
  }
}
