/** What every refusal has in common. */
import assert from 'node:assert/strict';
import { problemKinds, type ProblemCode } from '../../src/problem.ts';
import type { Answer } from '../receiver.ts';

/** Headers that only some refusals carry. */
const conditions: readonly (readonly [header: string, isDue: (status: number) => boolean])[] = [
  ['www-authenticate', (status) => status === 401],
  ['allow', (status) => status === 405],
  ['retry-after', (status) => status === 503 || status === 429],
];

/** A problem as RFC 9457 wants it, with this status and code, and with the headers that the status asks for. */
export function assertProblem(answer: Answer, status: number, code: ProblemCode): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  const { detail, instance, errors: _errors, ...members } = answer.json ?? {};
  assert.deepEqual(members, {
    type: `urn:northbound:problem:${code}`,
    title: problemKinds[code].title,
    status,
    code,
  });
  assert.match(String(detail), /\w+ \w+/, 'the detail says something');
  assert.match(String(instance), /^[0-9a-f-]{36}$/, 'the instance is the request id');
  assert.equal(answer.headers['x-request-id'], instance);
  for (const [header, isDue] of conditions)
    assert.equal(answer.headers[header] !== undefined, isDue(status), `${header} with ${status}`);
}
