/**
 * The script of a process that answers questions. SQLite is synchronous and node:sqlite cannot interrupt a query, nor can a
 * worker thread be ended while it runs one; a process can be killed.
 */
import type { DatabaseSync } from 'node:sqlite';
import { ConfigurationError } from '../../configuration-error.ts';
import { messageOf } from '../../error-message.ts';
import { StoreError } from '../store.ts';
import { explain, reportsLayout } from './database.ts';
import { answerQuestion } from './questions/questions.ts';
import { openForReading } from './reading.ts';
import type { ReaderAnswer, ReaderFault, ReaderOrder } from './reader-messages.ts';

let opened: { readonly file: string; readonly database: DatabaseSync } | undefined;

process.on('message', (order: ReaderOrder) => process.send?.(follow(order)));
process.once('disconnect', () => process.exit());
// A terminal and a service manager signal every process of a group; when this one is done is for the other to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

function follow(order: ReaderOrder): ReaderAnswer {
  try {
    if (order.type === 'open') {
      opened = { file: order.file, database: openForReading(order.file) };
      return { type: 'open' };
    }
    if (opened === undefined) throw new Error('a question came before the file');
    return { type: 'answer', answer: answerQuestion(opened.database, order.question) };
  } catch (error) {
    return { type: 'failed', fault: describe(error) };
  }
}

function describe(error: unknown): ReaderFault {
  const explained = opened === undefined ? error : explain(error, opened.file, reportsLayout);
  const ofStore = explained instanceof StoreError || explained instanceof ConfigurationError;
  return { ofStore, message: messageOf(explained) };
}
