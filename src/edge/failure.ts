/** Everything that was thrown on the way to an answer ends here, whichever way the request took. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerProblem, asProblem } from './answer.ts';
import { SenderGone } from './body.ts';
import { noteProblem } from './request-log.ts';

/** A request that failed, and where a bug is told that shows after its answer. */
export interface Failed {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly logBug: (error: Error, message: string) => void;
}

/** Answers with the problem; a sender that is gone is not answered, and an answer that was given stands. */
export function answerFailure({ request, response, logBug }: Failed, error: unknown): void {
  if (error instanceof SenderGone) {
    response.destroy();
    return;
  }
  if (response.headersSent) {
    // The answer is right, and what came after it is a bug.
    logBug(error as Error, 'after the answer');
    if (!response.writableEnded) response.destroy();
    return;
  }
  const problem = asProblem(error);
  noteProblem(response, problem);
  answerProblem(request, response, problem);
}
